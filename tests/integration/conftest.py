"""Small companies for the tests of the dbt project: rows go straight into `raw` and `lake`, then dbt runs in process.

One run costs seconds, so a test module writes all its cases side by side, one organization each, builds once and then
only reads. Every company has account `a` with subscription `s` to the monthly plan `p`, and meter `calls`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from revenue_assets.settings import PROJECT_DIR
from revenue_assets.warehouse.address import DatabaseAddress

REFERENCE = ["accounts", "meters", "plans", "subscriptions", "contract_prices", "billing_prices"]
DOCUMENTS = ["invoices", "invoice_lines", "credit_notes", "credit_applications"]
CASH = ["payment_attempts", "refunds", "disputes"]
UNPAID = " ".join(CASH)  # datasets without which the ladder ends at credited
EVERYTHING = ["usage_events", "reported_events", *REFERENCE, *DOCUMENTS, *CASH]
BEFORE_REQUANTIFIED = ["actual", "less_rejected", "less_unreported"]
RUNGS = [*BEFORE_REQUANTIFIED, "requantified", "less_overwritten", "with_reported_twice", "reported"]
# The ladder and what follows from it, with their tests: what most modules are about, in a third of the time of all.
LADDER = ("build", "--select", "+path:models/marts/revenue", "--indirect-selection", "cautious")
Row = dict[str, Any]


@dataclass
class Books:
    """One database that holds the cases of a test module, and what dbt made of them."""

    connection: psycopg.Connection
    address: DatabaseAddress
    target: Path

    def add(self, table: str, organization: str, **columns: object) -> None:
        """Insert one row into `raw` or `lake` (`lake.` given in the name)."""
        schema, _, name = table.rpartition(".")
        row: Row = {"source_name": "test", "organization_id": organization} | columns
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(schema or "raw", name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        self.connection.execute(statement, row)

    def company(
        self,
        organization: str,
        *,
        without: str = UNPAID,
        also: str = "",
        as_of: str = "2025-06-01",
        currency: str = "USD",
        call: str | None = "0.10",
        fee: str | None = None,
        is_internal: bool = False,
        billing_vendor: str = "generic",
        **dates: str,
    ) -> None:
        """A company that delivers the usual datasets but those `without`, and `also` others; with a price per call.

        `dates` are those of its subscription.
        """
        datasets = [name for name in EVERYTHING if name not in without.split()] + also.split()
        told = {"as_of": as_of, "grace_days": 3, "matching": "event_id", "billing_vendor": billing_vendor}
        self.add("organizations", organization, datasets=datasets, **told)
        owner = {"name": "A", "currency": currency, "created_at": "2024-01-01", "is_internal": is_internal}
        self.add("accounts", organization, account_id="a", **owner)
        self.add("plans", organization, plan_id="p", name="P", billing_interval="month", currency=currency)
        self.subscription(organization, **dates)
        if call is not None:
            self.price(organization, "call", meter_id="calls", currency=currency, unit_amount=call)
        if fee is not None:
            self.price(organization, "fee", charge_model="flat", currency=currency, unit_amount=fee)

    def subscription(self, organization: str, subscription: str = "s", **columns: object) -> None:
        """A subscription to plan `p`, served from 2025 on."""
        row = {"account_id": "a", "plan_id": "p", "status": "active", "started_at": "2025-01-01", "time_zone": "UTC"}
        self.add("subscriptions", organization, subscription_id=subscription, **(row | columns))

    def price(self, organization: str, price_id: str, table: str = "contract_prices", **columns: object) -> None:
        """A price of plan `p`, valid since 2024."""
        row: Row = {"plan_id": "p", "charge_model": "per_unit", "currency": "USD", "valid_from": "2024-01-01"}
        row |= {"included_units": 0, "proration": "day", "bill_in": "arrears"}
        row |= {"zero_usage_flat_fee": True, "rounding": "up"}
        self.add(table, organization, price_id=price_id, **(row | columns))

    def period(self, organization: str, start: str = "2025-01-01", end: str = "2025-02-01", **columns: Any) -> None:
        """A billing period; whole unless `days` gives (served, of the period)."""
        served, whole = columns.pop("days", (31, 31))
        row: Row = {"account_id": "a", "subscription_id": "s", "plan_id": "p", "currency": "USD"}
        row |= {"days_in_service": served, "days_in_period": whole, "fraction": Decimal(served) / whole}
        row |= {"seconds_in_service": served * 86400, "seconds_in_period": whole * 86400}
        row |= {"period_start": start, "period_end": end, "billing_month": _month_before(end)}
        self.add("lake.billing_periods", organization, **(row | columns))

    def usage(self, organization: str, units: str, start: str = "2025-01-01", end: str = "2025-02-01") -> None:
        """A period's quantities, used on its first day: one number for every rung, or seven in their order."""
        quantities = units.split() * (7 if len(units.split()) == 1 else 1)
        row: Row = {f"units_{rung}": quantity for rung, quantity in zip(RUNGS, quantities, strict=True)}
        row |= {"events_actual": 9, "events_reported": 8, "first_event_at": start, "last_event_at": start}
        row |= {"period_start": start, "period_end": end, "billing_month": _month_before(end)}
        whose: Row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls"}
        self.add("lake.period_usage", organization, **whose, **row)
        day: Row = {"usage_date": start[:10], "outcome": "claimed", "events": 9, "units": quantities[0]}
        of_period = {name: row[name] for name in ("period_start", "period_end", "billing_month")}
        self.add("lake.period_usage_daily", organization, **whose, **of_period, **day)

    def invoice(self, organization: str, invoice_id: str, lines: str, **columns: object) -> None:
        """An invoice with lines such as `usage 100 10.00, tax - 1.90`: kind, units or -, amount; ids l1, l2, ..."""
        row: Row = {"account_id": "a", "subscription_id": "s", "status": "paid", "currency": "USD"}
        row |= {"issued_at": "2025-02-01", "period_start": "2025-01-01", "period_end": "2025-02-01"} | columns
        self.add("invoices", organization, invoice_id=invoice_id, **row)
        for number, line in enumerate(filter(None, lines.split(", ")), start=1):
            kind, units, amount = line.split()
            of: Row = {"kind": kind, "amount": amount, "currency": row["currency"], "invoice_id": invoice_id}
            of |= {"units": None if units == "-" else units, "meter_id": "calls" if kind == "usage" else None}
            self.add("invoice_lines", organization, invoice_line_id=f"{invoice_id}-l{number}", **of)

    def payment(self, organization: str, invoice_id: str, amount: str, **columns: object) -> None:
        """A try to collect, which succeeded unless the columns say otherwise."""
        row: Row = {"attempt_id": f"pay-{invoice_id}", "attempt_number": 1, "attempted_at": "2025-02-02"}
        row |= {"invoice_id": invoice_id, "currency": "USD", "status": "succeeded", "amount": amount}
        self.add("payment_attempts", organization, **(row | columns))

    def build_ladder(self, first: str = "", last: str = "") -> dict[str, str]:
        """Build what is needed for the marts of revenue and test it; return the status of every node."""
        return self.dbt(*LADDER, first=first, last=last)

    def build(self, first: str = "", last: str = "", only: str = "") -> None:
        """Build the months `first` to `last`, all when empty, without the tests; every node must succeed.

        `only` names models (separated by blanks) that are built with what they need, and nothing else.
        """
        selected = ["--select", *(f"+{model}" for model in only.split())] if only else []
        statuses = self.dbt("build", "--exclude-resource-type", "test", *selected, first=first, last=last)
        assert set(statuses.values()) == {"success"}

    def dbt(self, *arguments: str, first: str = "", last: str = "") -> dict[str, str]:
        """Run a dbt command over the months `first` to `last`; return the status of every node that ran."""
        return {result.node.name: str(result.status) for result in self._invoke(*arguments, first=first, last=last)}

    def compile(self, template: str) -> str:
        """The SQL that dbt makes of a template."""
        (result,) = self._invoke("compile", "--inline", template)
        return str(result.node.compiled_code)

    def _invoke(self, *arguments: str, first: str = "", last: str = "") -> Any:
        from dbt.cli.main import dbtRunner

        from revenue_assets.assets.dbt_connections import kept_connections
        from revenue_assets.assets.dbt_lean import lean
        from revenue_assets.assets.dbt_project import project_in

        self.connection.commit()
        months = [f"-c revenue.{end}_month={month}-01" for end, month in (("from", first), ("to", last)) if month]
        project = str(PROJECT_DIR / "dbt")
        places = ["--project-dir", project, "--profiles-dir", project]
        places += ["--target-path", str(self.target), "--log-path", str(self.target)]
        places += ["--quiet", "--no-write-json", "--log-level-file", "info"]
        environment = self.address.environment() | {"PGOPTIONS": " ".join(months)}
        with mock.patch.dict(os.environ, environment), kept_connections(), lean():
            outcome = dbtRunner(manifest=project_in(self.address.database)).invoke([*arguments, *places])
        assert outcome.exception is None, outcome.exception
        return outcome.result.results  # type: ignore[union-attr]

    def findings(self, organization: str) -> list[Row]:
        """The findings of an organization."""
        return self.rows(
            "select * from marts.revmatch_leaks where organization_id = %s order by finding_id", organization
        )

    def reconciliation(self, organization: str) -> Row:
        """The one row of an organization with one account and period."""
        (row,) = self.rows("select * from marts.mart_account_reconciliation where organization_id = %s", organization)
        return row

    def rungs(self, organization: str) -> list[Row]:
        """The nine rungs of an organization with one month and currency."""
        query = "select * from marts.mart_revenue_ladder where organization_id = %s order by rung_number"
        return self.rows(query, organization)

    def rows(self, query: str, *values: object) -> list[Row]:
        """The rows of a query as dictionaries."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()

    def leaks(self, organization: str) -> dict[tuple[str, str], Decimal]:
        """The amounts of an organization's findings by (item, code)."""
        return {(row["item"], row["code"]): row["leak_amount"] for row in self.findings(organization)}

    def causes(self, organization: str) -> dict[tuple[str, str], Decimal]:
        """The amounts of all causes of an organization, all that are no findings included, by (item, code)."""
        query = "select item, code, leak_amount from intermediate.int_leak_causes where organization_id = %s"
        return {(row["item"], row["code"]): row["leak_amount"] for row in self.rows(query, organization)}

    def ladder(self, organization: str, item: str = "calls") -> list[Decimal | None]:
        """The nine rungs of the one row that an item has."""
        query = "select * from intermediate.int_ladder where organization_id = %s and item = %s"
        (row,) = self.rows(query, organization, item)
        return [value for name, value in row.items() if name.endswith("_amount")]


def _month_before(end: str) -> str:
    """The first day of the month that holds the last instant before a date written as YYYY-MM-DD."""
    return (date.fromisoformat(end[:10]) - timedelta(days=1)).replace(day=1).isoformat()


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps what it renders."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="module")
def books(embedded_server: DatabaseAddress, database_template: str, dbt_target: Path) -> Iterator[Books]:
    """An empty database for the cases of a module, always of the same name: for another one dbt would render anew."""
    address = replace(embedded_server, database="books")
    words = {"name": sql.Identifier(address.database), "template": sql.Identifier(database_template)}
    with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
        administration.execute(sql.SQL("create database {name} template {template}").format(**words))
        with psycopg.connect(**address.keywords(), options="-c timezone=UTC") as connection:  # type: ignore[arg-type]
            yield Books(connection, address, dbt_target)
        administration.execute(sql.SQL("drop database {name} with (force)").format(**words))
