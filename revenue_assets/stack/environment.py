"""The environment in which Dagster and dbt run for this installation.

`revenue up`, `revenue close`, `revenue exec` and the tests all take it from here, so that runs started in any of
these ways land in the same Dagster instance. What the variables mean: dagster.yaml and dbt/profiles.yml.
"""

import os
import sys
from pathlib import Path

from revenue_assets.errors import SettingsError
from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.warehouse.connection import DatabaseAddress, connect, database_address

DAGSTER_SCHEMA = "dagster"
_QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
}
_LOCK = 20_260_102  # any constant: two that create the schema at once wait for each other


def dagster_environment() -> dict[str, str]:
    """Prepare Dagster's home and schema and return the variables to set on top of `os.environ`.

    Starts the embedded server when it is needed. Raise WarehouseUnavailableError when the warehouse does not answer.
    """
    address = database_address()
    _ensure_schema()
    settings = get_settings()
    programs = Path(sys.executable).parent  # dbt is found by name, also when the environment is not activated
    return {
        **_QUIET,
        **address.environment(),
        **_storage(address),
        "DAGSTER_EVENT_BATCH_SIZE": "500",  # events that plan a run, and those of one step, are stored together
        "DAGSTER_HOME": str(_ensure_dagster_home()),
        # The sensor of late events reads the sources: a large one takes longer than the minute that Dagster gives.
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "600",
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # Absolute, because a detached process has another working directory.
        "REVENUE_HOME": str(settings.home),
        "LAKE_URL": str(settings.lake_dir),
        "REVENUE_SOURCES_DIR": str(settings.sources_dir),
    }


def dagster_home() -> Path:
    """The folder of this installation's Dagster instance."""
    given = os.environ.get("DAGSTER_HOME")
    return Path(given) if given else get_settings().home / "dagster"


def _storage(address: DatabaseAddress) -> dict[str, str]:
    # dagster-postgres talks through psycopg2, which SQLAlchemy 2.1 no longer takes unless it is spelled out.
    return {"DAGSTER_PG_URL": address.url("psycopg2", options=f"-csearch_path={DAGSTER_SCHEMA}")}


def _ensure_schema() -> None:
    with connect() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("set local client_min_messages = warning")
        connection.execute(f"create schema if not exists {DAGSTER_SCHEMA}")


def _ensure_dagster_home() -> Path:
    """Create Dagster's home with the project's dagster.yaml in it, linked, so that a changed file takes effect."""
    home, configuration = dagster_home(), PROJECT_DIR / "dagster.yaml"
    if not configuration.exists():
        raise SettingsError(f"{configuration} is missing: run the command from a whole checkout of the project.")
    home.mkdir(parents=True, exist_ok=True)
    link = home / "dagster.yaml"
    if link.resolve() != configuration.resolve():
        beside = home / f".dagster.yaml.{os.getpid()}"
        beside.symlink_to(configuration)
        beside.replace(link)
    return home
