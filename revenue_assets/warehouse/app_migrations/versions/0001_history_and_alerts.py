"""The history of findings, the book and the outbox of alerts, and what was loaded.

Written so that a schema from before there were migrations, which has these tables, is taken as it is.
"""

from pathlib import Path

from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    """Create the tables that are not there."""
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
