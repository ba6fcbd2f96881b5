"""Brings the tables of schema `app`, which no rebuild derives again, to the state that this version works with.

One numbered file per change in app_migrations/versions, applied in order by Alembic. A change that was released is
never edited: the next one is a new file. There is no way down: `revenue restore` goes back to a backup.
"""

from functools import cache
from io import StringIO
from pathlib import Path

import psycopg

from revenue_assets.errors import CloseError

_FOLDER = Path(__file__).with_name("app_migrations")
_VERSION = "select version_num from app.alembic_version"


def is_current(connection: psycopg.Connection) -> bool:
    """Whether nothing is missing, and nothing is there that this version does not know."""
    return _version(connection) == _versions()[-1]


def migrate(connection: psycopg.Connection) -> None:
    """Apply what is missing, in the transaction of the caller, who has made the schema and keeps others away.

    Raise CloseError, before anything is changed, when a later version of this program has been here.
    """
    if is_current(connection):
        return
    stands, known = _version(connection), _versions()
    if stands and stands not in known:
        raise CloseError(
            f"A later version of revenue-assets has changed this database (schema app is at {stands}, this version "
            f"knows {known[-1]}): install that version again, or `revenue restore` a backup from before."
        )
    connection.execute(_script(stands).encode())


def _version(connection: psycopg.Connection) -> str:
    """The last migration that was applied; empty when none ever was."""
    if not connection.execute("select to_regclass('app.alembic_version')::text").fetchall()[0][0]:
        return ""
    return "".join(version for (version,) in connection.execute(_VERSION))


@cache
def _versions() -> tuple[str, ...]:
    """All migrations, by the numbers of their files: Alembic itself takes too long to load to ask it each time."""
    return tuple(sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")))


def _script(stands: str) -> str:
    """The SQL of the migrations that are missing, and of the note that they are applied."""
    from alembic import command
    from alembic.config import Config

    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(_FOLDER))
    command.upgrade(config, f"{stands}:head" if stands else "head", sql=True)
    return written.getvalue()
