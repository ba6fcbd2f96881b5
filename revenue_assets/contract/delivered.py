"""What a source delivers of a month of events, in two values: how many rows, and a digest of their content.

The digest does not depend on the order of the rows. It is of the values as the contract types them, so that a column
that is not loaded, or the same number written in another way, changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb


@dataclass(frozen=True)
class Delivered:
    """Rows in, their digest, and the latest time that a good one tells (None where it was not asked for)."""

    rows: int
    digest: str
    latest_at: datetime | None = None

    def is_same_as(self, other: "Delivered") -> bool:
        """Whether the rows are the same; of digests of two versions of DuckDB, only their number can be compared."""
        is_comparable = _version(self.digest) == _version(other.digest)
        return self.rows == other.rows and (not is_comparable or self.digest == other.digest)


def versioned(digest: str) -> str:
    """A digest with the version of DuckDB that made it: each is free to hash in its own way."""
    return f"duckdb-{duckdb.__version__}:{digest}"


def _version(digest: str) -> str:
    return digest.partition(":")[0]
