"""Which delivery of each month of events is in the lake, in the usage per period and in the marts: app.loaded_months.

A run of the hourly sync brings events into the lake that no close has seen yet, so what was closed is noted apart from
what was loaded. Each stage takes over what the one before holds; comparing with a source is `contract.deliveries`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from revenue_assets.contract.delivered import Delivered
from revenue_assets.months import first_day, month_of

Stage = Literal["loaded", "built", "closed"]
_BEFORE: dict[Stage, Stage] = {"built": "loaded", "closed": "built"}

_LOADED = """
insert into app.loaded_months (source_name, dataset, month, stage, rows, digest, latest_at, noted_at)
values (%(source)s, %(dataset)s, %(month)s, 'loaded', %(rows)s, %(digest)s, %(latest_at)s, %(at)s)
on conflict (source_name, dataset, month, stage) do update
set rows = excluded.rows, digest = excluded.digest, latest_at = excluded.latest_at, noted_at = excluded.noted_at
"""
_NEXT_STAGE = """
insert into app.loaded_months (source_name, dataset, month, stage, rows, digest, latest_at, noted_at)
select source_name, dataset, month, %(stage)s, rows, digest, latest_at, %(at)s
from app.loaded_months
where source_name = any(%(sources)s) and month = any(%(months)s) and stage = %(before)s
on conflict (source_name, dataset, month, stage) do update
set rows = excluded.rows, digest = excluded.digest, latest_at = excluded.latest_at, noted_at = excluded.noted_at
"""
_AT_STAGE = """
select dataset, month, rows, digest, latest_at
from app.loaded_months
where source_name = %s and stage = %s
order by dataset, month
"""
_LAST_LOADS = """
select source_name, max(latest_at), max(noted_at)
from app.loaded_months
where stage = 'loaded'
group by source_name
"""


@dataclass(frozen=True)
class LastLoad:
    """The latest time that a source's loaded events tell (None without events), and when it was loaded last."""

    latest_at: datetime | None
    loaded_at: datetime


def note_loaded(
    connection: psycopg.Connection, source: str, dataset: str, delivered: Mapping[str, Delivered], at: datetime
) -> None:
    """Note what a load brought of each month."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _LOADED,
            [
                {"source": source, "dataset": dataset, "month": first_day(month), "at": at}
                | {"rows": each.rows, "digest": each.digest, "latest_at": each.latest_at}
                for month, each in sorted(delivered.items())
            ],
        )


def note_stage(
    connection: psycopg.Connection, sources: Sequence[str], months: Sequence[str], stage: Stage, at: datetime
) -> None:
    """Note that these months have come to this stage, with what the stage before it holds of them."""
    wanted = {"sources": list(sources), "months": [first_day(month) for month in months]}
    connection.execute(_NEXT_STAGE, wanted | {"stage": stage, "before": _BEFORE[stage], "at": at})


def months_at(connection: psycopg.Connection, source: str, stage: Stage) -> dict[str, dict[str, Delivered]]:
    """What is at this stage of a source: by dataset, then by month."""
    found: dict[str, dict[str, Delivered]] = {}
    for dataset, month, rows, digest, latest_at in connection.execute(_AT_STAGE, [source, stage]).fetchall():
        found.setdefault(dataset, {})[month_of(month)] = Delivered(rows, digest, latest_at)
    return found


def last_loads(connection: psycopg.Connection) -> dict[str, LastLoad]:
    """The last load of events of every source that was ever loaded."""
    return {source: LastLoad(latest, noted) for source, latest, noted in connection.execute(_LAST_LOADS).fetchall()}
