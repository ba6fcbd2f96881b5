"""How long a close takes by the number of months it closes: by `revenue close`, and from the UI through the daemon.

The demo company with 24 months of usage, in the bench's own installation. Each close is one run of Dagster; where its
seconds went is read from the run's events, and the seconds of SQL from PostgreSQL, which adds up all its sessions.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from revenue_assets.months import shift
from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.warehouse.connection import connect, database_address

SPANS = (24, 12, 1)  # the first one builds the tables, the others replace months that are there
WAYS = ("close", "daemon")
_COMPANY = Path(__file__).with_name("two_years.toml")
_SEED = 42
_SQL = """
select active_time / 1000 from pg_stat_database where datname = current_database()
"""
_EVENTS = Path(__file__).with_name("sql") / "run_parts.sql"
Times = dict[str, tuple[float, float]]


def run_months(way: str, months: int) -> Times:
    """Seconds by the clock and of all cores, of the whole and of its parts, for a close of the last `months` months."""
    os.environ["REVENUE_SOURCES_DIR"] = str(PROJECT_DIR / "sources")
    get_settings.cache_clear()
    first, last = _simulated_months(months)
    database_address()
    before, began, used = _sql_seconds(), time.perf_counter(), _cpu_seconds()
    if way == "close":
        _revenue("close", "--source", "simulated", "--from", first, "--to", last)
    else:
        began = _through_the_daemon(first, last)
    whole, used = time.perf_counter() - began, _cpu_seconds() - used
    company = name_of(way, months)
    parts = _parts()
    parts["SQL, all sessions added up"] = _sql_seconds() - before
    told = {f"{company}: {part}": (seconds, 0.0) for part, seconds in parts.items()}
    inside = sum(seconds for part, seconds in parts.items() if not part.startswith("SQL"))
    return {
        f"{company}: whole": (whole, used if way == "close" else 0.0),
        f"{company}: per month": (whole / months, 0.0),
        f"{company}: before and after the run": (max(whole - inside, 0.0), 0.0),
        **told,
    }


def name_of(way: str, months: int) -> str:
    """How the measurements of a close are called."""
    by = "revenue close" if way == "close" else "UI and daemon"
    return f"months, {months} by {by}"


def _simulated_months(months: int) -> tuple[str, str]:
    from revenue_assets.simulation.about import is_another
    from revenue_assets.simulation.profiles import profile_named

    profile, home = profile_named(str(_COMPANY)), get_settings().home
    if is_another(profile, _SEED, home):
        _revenue("simulate", "--profile", str(_COMPANY), "--seed", str(_SEED))
    last = profile.months[-1]
    return shift(last, 1 - months), last


def _through_the_daemon(first: str, last: str) -> float:
    """Close from the UI; give the moment of the click. The services run before, as they do for a user."""
    from tests.end_to_end.dagster_ui import DagsterUi

    _revenue("up")
    ui = DagsterUi(get_settings().ui_url)
    config = {"resources": {"platform": {"config": {"sources": ["simulated"], "overrides": {}}}}}
    began = time.perf_counter()
    status = ui.ended(ui.launch("monthly_close", (first, last), config), 3600)
    if status != "SUCCESS":
        raise SystemExit(f"The run ended with {status}.")
    return began


def _parts() -> dict[str, float]:
    """The seconds of the latest run by what it did."""
    with connect() as connection:
        rows = connection.execute(_EVENTS.read_bytes()).fetchall()
    return {str(part): float(seconds) for part, seconds in rows}


def _sql_seconds() -> float:
    with connect() as connection:
        (row,) = connection.execute(_SQL.encode()).fetchall()
    return float(row[0])


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _revenue(*arguments: str) -> None:
    program = "from revenue_assets.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or done.stdout.strip() or json.dumps(arguments))
