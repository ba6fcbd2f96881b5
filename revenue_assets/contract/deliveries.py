"""What a source delivers of its months now, for comparing it with what was loaded (`contract.load`).

One scan per dataset; nothing is written. How long it takes: docs/automation.md#late-events.
"""

from collections.abc import Sequence

from revenue_assets.contract import reading
from revenue_assets.contract.delivered import Delivered, versioned
from revenue_assets.contract.load import prepare
from revenue_assets.contract.parts import months_of
from revenue_assets.contract.source import Source
from revenue_assets.lake.engine import duckdb_session


def delivered_now(source: Source, dataset_name: str, months: Sequence[str]) -> dict[str, Delivered]:
    """Rows and digest of each of these months of an event dataset; a month of which nothing comes has zero rows.

    SourceError when the SELECT cannot be read.
    """
    wanted = sorted(months)
    if not wanted:
        return {}
    part = months_of(prepare(source, dataset_name), source.select(dataset_name), wanted)
    with duckdb_session() as duck, reading.explained(source, dataset_name):
        found = duck.execute(part.validation.count_by_month(part.condition)).fetchall()
    nothing = Delivered(0, versioned("0"))
    return dict.fromkeys(wanted, nothing) | {
        month: Delivered(rows, versioned(digest)) for month, rows, digest in found if month in wanted
    }
