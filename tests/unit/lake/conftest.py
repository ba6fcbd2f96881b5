"""A world for the lake's tests: raw files as the contract's loader writes them, and the steps run over them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest

from revenue_assets.contract.datasets import get_dataset
from revenue_assets.lake import steps
from revenue_assets.lake.files import Lake

Row = dict[str, Any]


def utc(text: str) -> datetime:
    """The UTC time of an ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class StandInSource:
    """What the lake needs of a source."""

    name: str = "test"
    matching: str = "event_id"
    until: datetime = field(default_factory=lambda: utc("2030-01-01"))
    datasets: dict[str, str] = field(default_factory=dict)

    def as_of(self) -> datetime:
        return self.until


class World:
    """Raw files of one source. Every dataset that is put here counts as delivered."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.source = StandInSource()
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")

    def put(self, dataset: str, rows: Sequence[Row]) -> None:
        """Write a snapshot."""
        self.source.datasets[dataset] = ""
        self._write(dataset, rows, self.lake.snapshot_file("raw", dataset, self.source.name))

    def put_events(self, dataset: str, rows: Sequence[Row], months: Sequence[str] = ()) -> None:
        """Write events into the files of their months; `months` get a file even if they have no event."""
        self.source.datasets[dataset] = ""
        by_month: dict[str, list[Row]] = {month: [] for month in months}
        for row in rows:
            by_month.setdefault(f"{row['occurred_at'].astimezone(UTC):%Y-%m}", []).append(row)
        for month, those in by_month.items():
            self._write(dataset, those, self.lake.month_file("raw", dataset, month, self.source.name))

    def contract(self, subscriptions: Sequence[Row], meters: Sequence[Row] = (), **mappings: str) -> None:
        """One plan `plan` that prices each meter; event names map to meters as given (none: by name)."""
        meters = meters or [{"meter_id": "calls"}]
        self.put("plans", [{"plan_id": "plan", "name": "Plan", "billing_interval": "month", "currency": "USD"}])
        self.put("subscriptions", [{"plan_id": "plan", "status": "active"} | row for row in subscriptions])
        self.put("meters", [{"name": "m", "unit": "u", "aggregation": "sum"} | row for row in meters])
        prices = [
            {"price_id": meter["meter_id"], "plan_id": "plan", "meter_id": meter["meter_id"], "currency": "USD"}
            | {"charge_model": "per_unit", "valid_from": utc("2000-01-01"), "unit_amount": "1"}
            for meter in meters
        ]
        self.put("contract_prices", prices)

    def run(self, months: Sequence[str]) -> None:
        """Stage and build the months in the order given."""
        for dataset in ("usage_events", "reported_events"):
            if dataset in self.source.datasets:
                steps.stage_events(self.source, dataset, months)
        steps.build_billing_periods(self.source, months)
        steps.build_event_findings(self.source, months)
        steps.build_period_usage(self.source, months)
        steps.build_usage_daily(self.source, months)

    def read(self, dataset: str, *months: str, zone: Any = "reconciled") -> list[Row]:
        """The rows of these months (all months, if none is named), in the order of the files."""
        rows: list[Row] = []
        for month in months or self.lake.months(zone, dataset, self.source.name):
            file = self.lake.month_file(zone, dataset, month, self.source.name)
            reading = self._connection.execute(
                "select * exclude file_row_number from read_parquet($file, file_row_number = true,"
                " hive_partitioning = false) order by file_row_number",
                {"file": str(file)},
            )
            names = [column[0] for column in reading.description or []]
            rows += [dict(zip(names, values, strict=True)) for values in reading.fetchall()]
        return rows

    def _write(self, dataset: str, rows: Sequence[Row], target: Path) -> None:
        columns = get_dataset(dataset).stored_columns()
        defaults = {"source_name": self.source.name, "organization_id": "org", "units": "1", "multiplier": "1"}
        table = pyarrow.table(
            {
                name: pyarrow.array([row.get(name, defaults.get(name)) for row in rows], _arrow_type(type_))
                for name, type_ in columns.items()
            }
        )
        self._connection.register("rows_to_write", table)
        selected = ", ".join(f"{name}::{type_} as {name}" for name, type_ in columns.items())
        target.parent.mkdir(parents=True, exist_ok=True)
        self._connection.execute(f"copy (select {selected} from rows_to_write) to '{target}' (format parquet)")
        self._connection.unregister("rows_to_write")


def _arrow_type(type_: str) -> pyarrow.DataType:
    if type_.startswith("TIMESTAMP"):
        return pyarrow.timestamp("us", tz="UTC")
    return {"INTEGER": pyarrow.int32(), "BOOLEAN": pyarrow.bool_()}.get(type_, pyarrow.string())


@pytest.fixture(scope="session")
def make_world() -> Callable[[Path], World]:
    """A world whose lake is in a folder of the caller's choice."""
    return lambda folder: World(Lake(folder))


@pytest.fixture
def world(home: Path) -> World:
    """An empty world in a home of its own."""
    return World(Lake.from_settings())
