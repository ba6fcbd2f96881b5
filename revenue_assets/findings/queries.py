"""Queries on the marts; each `.sql` file beside this module is one statement with named parameters."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from revenue_assets.errors import CloseError
from revenue_assets.months import first_day
from revenue_assets.warehouse.connection import connect

# The columns of a finding, in the order in which they are given out.
FINDING_COLUMNS = (
    "finding_id",
    "organization_id",
    "account_id",
    "subscription_id",
    "item",
    "period_start",
    "period_end",
    "billing_month",
    "currency",
    "code",
    "name",
    "bucket",
    "direction",
    "certainty",
    "units",
    "events",
    "entitled_amount",
    "billed_amount",
    "leak_amount",
    "maturity",
    "recoverable_until",
    "remedy",
    "recoverable_amount",
    "confidence",
    "severity",
    "first_event_at",
    "last_event_at",
    "computed_at",
)
AMOUNT_COLUMNS = ("entitled_amount", "billed_amount", "leak_amount", "recoverable_amount")

Row = dict[str, Any]


@dataclass(frozen=True)
class Filters:
    """Which findings are wanted; None means all. `id_from` is the beginning of a finding's id.

    With `as_of` they are those that were reported just before that instant.
    """

    source: str | None = None
    account: str | None = None
    month: str | None = None
    code: str | None = None
    as_of: datetime | None = None
    id_from: str | None = None


@dataclass(frozen=True)
class Totals:
    """Money of several findings in one currency; over is positive, and the net is under less over."""

    currency: str
    minor_unit: int | None
    under: Decimal
    over: Decimal

    @property
    def net(self) -> Decimal:
        """What the company lost, less what its customers overpaid."""
        return self.under - self.over


def find(filters: Filters) -> list[Row]:
    """The findings, the largest of each currency first; with `account_name` and `minor_unit` beside the columns."""
    month = first_day(filters.month) if filters.month else None
    return rows(
        "findings",
        {
            "source": filters.source,
            "account": filters.account,
            "month": month,
            "code": filters.code,
            "as_of": filters.as_of,
            "id_from": filters.id_from,
        },
    )


def ladder(source: str, first: str, last: str) -> list[Row]:
    """Rungs of a source: organization_id, currency, minor_unit, rung, rung_number, amount (None: not delivered)."""
    return rows("ladder", {"source": source, "first": first_day(first), "last": first_day(last)})


def leaks_by_code(source: str, first: str, last: str) -> list[Row]:
    """Findings of a source counted and added up by organization, currency and code; under and over apart."""
    return rows("leaks_by_code", {"source": source, "first": first_day(first), "last": first_day(last)})


def absorbed_by_code(source: str, first: str, last: str) -> list[Row]:
    """What commitments and discounts made up for, by organization, currency and code; in no total of leaks."""
    return rows("absorbed_by_code", {"source": source, "first": first_day(first), "last": first_day(last)})


def reported_month(source: str, last: str | None = None) -> date | None:
    """The first day of the newest month of a source that is closed and over, up to `last`; None if there is none."""
    (row,) = rows("reported_month", {"source": source, "last": first_day(last) if last else None})
    month: date | None = row["month"]
    return month


def executive_kpis(source: str, month: date) -> list[Row]:
    """The executive KPIs of a source's month, one row per organization and currency; none if it is not closed."""
    return rows("executive_kpis", {"source": source, "month": month})


def executive_findings(source: str, month: date, limit: int | None = None) -> list[Row]:
    """The sentences about a source's month that is over; at most `limit` of each organization and currency."""
    return rows("executive_findings", {"source": source, "month": month, "limit": limit})


def totals(findings: list[Row], certainty: str = "confirmed") -> list[Totals]:
    """Under and over of the findings of a certainty, by currency; currencies are never added up.

    What is potential is never in one sum with what is confirmed.
    """
    found = []
    counted = [row for row in findings if row["certainty"] == certainty]
    for currency in sorted({row["currency"] for row in counted}):
        rows = [row for row in counted if row["currency"] == currency]
        amounts = [row["leak_amount"] for row in rows]
        under = sum((amount for amount in amounts if amount > 0), Decimal(0))
        over = -sum((amount for amount in amounts if amount < 0), Decimal(0))
        found.append(Totals(currency, rows[0]["minor_unit"], under, over))
    return found


def rows(statement: str, parameters: Mapping[str, object]) -> list[Row]:
    """What the statement of this name gives; CloseError when nothing has been closed yet."""
    text = (Path(__file__).parent / f"{statement}.sql").read_bytes()
    with connect() as connection, _nothing_closed_yet(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, parameters).fetchall()


@contextmanager
def _nothing_closed_yet() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise CloseError("Nothing has been closed yet: run `revenue close --source NAME` first.") from None
