"""Checks of the tables of schema `raw`: they hold what the lake holds, and all their rows can be told whose they are.

Tolerance: none. Null: a currency that a row leaves out is none to look up. Zero: a dataset without rows agrees.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import psycopg
from psycopg.rows import dict_row

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.comparison import Part, differing_parts
from revenue_assets.checks.verdicts import compared, in_words
from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.warehouse.connection import connect

SAME_ROWS = "same_rows_in_lake_and_warehouse"
KNOWN_OWNERS = "every_row_has_a_known_organization"
KNOWN_CURRENCIES = "every_amount_has_a_known_currency"
_DELIVERING = "select distinct source_name from raw.organizations where %s = any(datasets)"
_BESIDE = {
    KNOWN_OWNERS: (
        "organizations",
        "Every account, subscription, price and document belongs to an organization of which it is known until when "
        "its source has told everything.",
    ),
    KNOWN_CURRENCIES: (
        "currencies",
        "Every currency of accounts, prices, documents and payments is one of ISO 4217, so that amounts are rounded to "
        "its minor unit.",
    ),
}


def raw_table_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of this module; one step of a run."""
    same = [
        dg.AssetCheckSpec(
            SAME_ROWS,
            asset=dg.AssetKey(["raw", dataset]),
            blocking=True,
            description=f"raw.{dataset} in PostgreSQL has the rows of the lake's files: as many, with the same sums.",
        )
        for dataset in SNAPSHOT_DATASETS
    ]
    beside = [
        dg.AssetCheckSpec(name, asset=dg.AssetKey(["raw", asset]), blocking=True, description=description)
        for name, (asset, description) in _BESIDE.items()
    ]

    @dg.multi_asset_check(name="raw_tables_are_right", specs=[*same, *beside], can_subset=True)
    def raw_tables_are_right(
        context: dg.AssetCheckExecutionContext, platform: Platform
    ) -> Iterator[dg.AssetCheckResult]:
        wanted = [spec for spec in [*same, *beside] if spec.key in context.selected_asset_check_keys]
        with connect() as connection, duckdb_session() as duck:
            for spec in wanted:
                dataset = spec.asset_key.path[-1]
                if spec.name == SAME_ROWS:
                    files = snapshot_files(connection, dataset)
                    sources = platform.source_names()
                    yield compared(
                        spec, differing_parts(connection, duck, f"raw.{dataset}", files, None, sources=sources)
                    )
                else:
                    yield compared(spec, unknown(connection, spec.name))

    return [raw_tables_are_right]


def snapshot_files(connection: psycopg.Connection, dataset: str) -> dict[Part, Path]:
    """The file of every source that delivers this dataset now; a file from before it stopped is no part of anything."""
    lake = Lake.from_settings()
    found = connection.execute(_DELIVERING, [dataset]).fetchall()
    return {(source, None): lake.snapshot_file("raw", dataset, source) for (source,) in found}


def unknown(connection: psycopg.Connection, check: str) -> Sequence[str]:
    """What the statement named as the check finds, in words."""
    statement = Path(__file__).with_name(f"{check}.sql").read_bytes()
    with connection.cursor(row_factory=dict_row) as cursor:
        return [in_words(row) for row in cursor.execute(statement)]
