"""Wrong input, one case after the other: a sentence or a quarantined row, and never a row less than came in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revenue_assets.contract.load import ConservationError, LoadReport, load_month_datasets, load_snapshot
from revenue_assets.contract.load import _check_conservation as check_conservation
from revenue_assets.contract.source import Source, load_source
from revenue_assets.errors import RevenueError, SourceError
from revenue_assets.lake.files import Lake
from revenue_assets.settings import get_settings

MakeSource = Callable[..., Source]
GOOD = ("e0", "a1", "call", "2025-03-05 10:00:00", "1.5")


@pytest.fixture
def make_source(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSource:
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    get_settings.cache_clear()

    def make(as_of: str = "2025-04-01 00:00:00+00", **selects: str) -> Source:
        folder = tmp_path / "sources" / "shop"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "source.toml").write_text('organization_id = "org"\n[parameters]\ndata_dir = "/nowhere"\n')
        (folder / "as_of.sql").write_text(f"select timestamptz '{as_of}'")
        for name, select in selects.items():
            (folder / f"{name}.sql").write_text(select)
        return load_source("shop")

    return make


def events(*rows: tuple[Any, ...], columns: str = "event_id, account_id, event_name, occurred_at, units") -> str:
    values = ", ".join("(" + ", ".join("null" if v is None else repr(v) for v in row) + ")" for row in rows)
    return f"select * from (values {values}) as given ({columns})"


def read(pattern: Path) -> list[dict[str, Any]]:
    rows = duckdb.sql(f"select * from read_parquet('{pattern}', hive_partitioning = false, union_by_name = true)")
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


@pytest.mark.parametrize(
    ("changed", "reason", "month"),
    [
        ({4: "abc"}, "units: 'abc' is not a number", "2025-03"),
        ({4: "NaN"}, "units: 'NaN' is not a finite number", "2025-03"),
        ({4: "inf"}, "units: 'inf' is not a finite number", "2025-03"),
        ({4: "-1"}, "units: '-1' is negative", "2025-03"),
        ({4: "0.1234567890123"}, "units: '0.1234567890123' has more than 12 decimals", "2025-03"),
        ({4: "1e27"}, "units: '1e27' is too large a number", "2025-03"),
        ({4: None}, "units is missing", "2025-03"),
        ({0: None}, "event_id is missing", "2025-03"),
        ({0: ""}, "event_id is missing", "2025-03"),
        ({1: None}, "account_id is missing", "2025-03"),
        ({1: "", 4: "x"}, "account_id is missing; units: 'x' is not a number", "2025-03"),
        ({3: "0014-11-20"}, "occurred_at: '0014-11-20' is before the year 2000", None),
        ({3: "2025-04-03"}, "occurred_at: '2025-04-03' is after the source's as_of + 1 day", None),
        ({3: "yesterday"}, "occurred_at: 'yesterday' is not a timestamp", None),
        ({3: None}, "occurred_at is missing", None),
    ],
)
def test_a_bad_event_is_quarantined_whole_with_its_reason(
    make_source: MakeSource, changed: dict[int, Any], reason: str, month: str | None
) -> None:
    bad = tuple(changed.get(position, value) for position, value in enumerate(("e1", *GOOD[1:])))
    source = make_source(usage_events=events(GOOD, bad))
    report = load_month_datasets(source, "usage_events", ["2025-03"])
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (2, 1, 1)
    root = Lake.from_settings().root
    (row,) = read(root / f"quarantine/usage_events/month={month or 'undated'}/shop.parquet")
    assert row["reason"] == reason
    assert json.loads(row["original"]) == dict(
        zip(("event_id", "account_id", "event_name", "occurred_at", "units"), bad, strict=True)
    )
    assert (row["source_name"], row["organization_id"], row["dataset"]) == ("shop", "org", "usage_events")
    assert sum(report.reasons.values()) == 1
    (kept,) = read(root / "raw/usage_events/month=2025-03/shop.parquet")
    assert kept["event_id"] == "e0"


def test_nan_as_a_double_is_quarantined_and_other_doubles_keep_their_digits(make_source: MakeSource) -> None:
    units = "[0.1::double, 'nan'::double, '-inf'::double, 123456789012.1::double][i] as units"
    rest = "'e' || i as event_id, 'a' as account_id, 'x' as event_name, date '2025-03-01' as occurred_at"
    source = make_source(usage_events=f"select {rest}, {units} from range(1, 5) t (i)")
    report = load_month_datasets(source, "usage_events", ["2025-03"])
    assert report.reasons == {"units is not a finite number": 2}
    kept = read(Lake.from_settings().root / "raw/usage_events/month=2025-03/shop.parquet")
    assert sorted(str(row["units"]) for row in kept) == ["0.100000000000", "123456789012.100000000000"]


def test_an_empty_month_is_a_valid_empty_file(make_source: MakeSource) -> None:
    report = load_month_datasets(make_source(usage_events=events(GOOD)), "usage_events", ["2025-01", "2025-02"])
    assert report.per_month == {"2025-01": (0, 0, 0), "2025-02": (0, 0, 0), "undated": (0, 0, 0)}
    assert read(Lake.from_settings().root / "raw/usage_events/month=2025-02/shop.parquet") == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_months_one_by_one_and_as_a_range_give_the_same_and_undated_rows_once(
    make_source: MakeSource, tmp_path: Path, form: str
) -> None:
    rows: list[tuple[Any, ...]] = [(f"e{n}", "a", "x", f"2025-0{1 + n % 3}-28 23:59:59.999999", n) for n in range(30)]
    rows += [("old", "a", "x", "0014-01-01 00:00:00", 1), ("none", "a", "x", None, 1)]
    duckdb.sql(
        f"copy (select * replace (cast(occurred_at as timestamp) as occurred_at) from ({events(*rows)})) "
        f"to '{tmp_path}/events.{form}'"
    )
    reader = "read_csv" if form == "csv" else "read_parquet"
    source = make_source(usage_events=f"select * from {reader}('{tmp_path}/events.{form}') -- all of them\n;")
    root = Lake.from_settings().root
    reports = [load_month_datasets(source, "usage_events", [month]) for month in ("2025-03", "2025-01", "2025-02")]
    assert [report.rows_in for report in reports] == [12, 12, 12]
    one_by_one = sorted(map(str, read(root / "*/usage_events/*/shop.parquet")))
    report = load_month_datasets(source, "usage_events", ["2025-01", "2025-02", "2025-03"])
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (32, 30, 2)
    assert report.per_month["undated"] == (2, 0, 2)
    assert sorted(map(str, read(root / "*/usage_events/*/shop.parquet"))) == one_by_one
    assert len(one_by_one) == 32


def test_a_missing_file_is_one_sentence_with_the_remedy_and_changes_nothing(make_source: MakeSource) -> None:
    load_month_datasets(make_source(usage_events=events(GOOD)), "usage_events", ["2025-03"])
    source = make_source(usage_events="select * from read_csv(:data_dir || '/usage.csv')")
    with pytest.raises(SourceError) as caught:
        load_month_datasets(source, "usage_events", ["2025-03"])
    assert str(caught.value) == (
        "Source shop, dataset usage_events: there is no file /nowhere/usage.csv; put it there or correct the place "
        "with --set data_dir=FOLDER."
    )
    assert len(read(Lake.from_settings().root / "raw/usage_events/month=2025-03/shop.parquet")) == 1


def test_a_missing_column_is_one_sentence(make_source: MakeSource) -> None:
    source = make_source(usage_events="select 'e' as event_id, 'a' as account_id, now() as occurred_at")
    with pytest.raises(
        SourceError, match="the SELECT does not deliver event_name, which the contract requires; add it"
    ):
        load_month_datasets(source, "usage_events", ["2025-03"])


@pytest.mark.parametrize(
    ("select", "sentence"),
    [
        ("select * from nowhere", "the SELECT fails"),
        ("selec 1", "the SELECT fails"),
        ("select * from read_csv(:dta_dir)", "the SELECT uses :dta_dir, but the parameters are data_dir"),
    ],
)
def test_a_select_that_fails_is_one_sentence(make_source: MakeSource, select: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence) as caught:
        load_snapshot(make_source(plans=select), "plans")
    assert "\n" not in str(caught.value)


def test_a_bad_value_far_down_a_csv_costs_one_row_when_read_as_text(make_source: MakeSource, tmp_path: Path) -> None:
    lines = [f"e{n},a,x,2025-03-01 00:00:00,{'many' if n == 60_000 else n}" for n in range(70_000)]
    (tmp_path / "usage.csv").write_text("event_id,account_id,event_name,occurred_at,units\n" + "\n".join(lines))
    report = load_month_datasets(
        make_source(usage_events=f"select * from read_csv('{tmp_path}/usage.csv', all_varchar = true)"),
        "usage_events",
        ["2025-03"],
    )
    assert (report.rows_in, report.rows_out, report.reasons) == (70_000, 69_999, {"units is not a number": 1})
    source = make_source(usage_events=f"select * from read_csv('{tmp_path}/usage.csv')")
    with pytest.raises(SourceError, match="all_varchar = true"):
        load_month_datasets(source, "usage_events", ["2025-03"])


def test_duplicate_keys_are_quarantined_in_documents_and_kept_in_events(make_source: MakeSource) -> None:
    plans = events(
        ("p", "B", "month", "EUR"),
        ("p", "A", "month", "EUR"),
        ("q", "C", "week", "EUR"),
        ("q", "D", "year", "XXX"),
        ("q", "E", "year", "KWD"),
        columns="plan_id, name, billing_interval, currency",
    )
    source = make_source(plans=plans, usage_events=events(GOOD, GOOD))
    report = load_snapshot(source, "plans")
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (5, 2, 3)
    root = Lake.from_settings().root
    assert {row["name"] for row in read(root / "raw/plans/shop.parquet")} == {"A", "E"}
    assert {row["reason"] for row in read(root / "quarantine/plans/shop.parquet")} == {
        "duplicate key: plan_id 'p'",
        "billing_interval: 'week' is not one of month, year",
        "currency: 'XXX' is not an ISO 4217 currency",
    }
    report = load_month_datasets(source, "usage_events", ["2025-03"])
    assert (report.rows_out, report.rows_quarantined) == (2, 0)


def test_rules_over_several_columns_and_defaults(make_source: MakeSource) -> None:
    prices = events(
        ("ok", "p", "2025-01-01", None),
        ("nobody", None, "2025-01-01", None),
        ("backwards", "p", "2025-02-01", "2025-01-01"),
        columns="price_id, plan_id, valid_from, valid_to",
    )
    source = make_source(
        contract_prices=f"select *, 'flat' as charge_model, 1 as unit_amount, 'USD' as currency from ({prices})"
    )
    report = load_snapshot(source, "contract_prices")
    assert report.reasons == {
        "plan_id and subscription_id are both missing": 1,
        "valid_to is before valid_from": 1,
    }
    (row,) = read(Lake.from_settings().root / "raw/contract_prices/shop.parquet")
    defaults = [row[name] for name in ("rounding", "proration", "bill_in", "zero_usage_flat_fee")]
    assert defaults == ["up", "day", "advance", True]
    assert row["included_units"] == 0


def test_equal_events_without_ids_are_numbered_alike_on_both_sides(make_source: MakeSource) -> None:
    rows = [("a", "x", "2025-03-01", "1"), ("a", "x", "2025-03-01", "1.0"), ("b", "x", "2025-03-01", "1")]
    columns = "account_id, event_name, occurred_at, units"
    source = make_source(
        usage_events=f"select 'u' || account_id as event_id, * from ({events(*rows, columns=columns)})",
        reported_events=events(*rows[1:], columns=columns),
    )
    assert source.matching == "natural_key"
    for name in source.datasets:
        load_month_datasets(source, name, ["2025-03"])
    root = Lake.from_settings().root
    used = {row["event_id"]: row for row in read(root / "raw/usage_events/month=2025-03/shop.parquet")}
    reported = {row["event_id"] for row in read(root / "raw/reported_events/month=2025-03/shop.parquet")}
    assert len(used) == 3
    assert reported < used.keys()
    assert sorted(event_id[-2:] for event_id in used) == [":1", ":1", ":2"]
    assert sorted(row["properties"] for row in used.values()) == ['{"event_id":"ua"}'] * 2 + ['{"event_id":"ub"}']


def test_rows_that_get_lost_on_the_way_are_refused() -> None:
    with pytest.raises(ConservationError, match="10 rows came in, but 7 went on and 2 to quarantine") as caught:
        check_conservation(LoadReport("usage_events", "shop", rows_in=10, rows_out=7, rows_quarantined=2))
    assert caught.value.can_retry


def test_a_dataset_is_loaded_the_way_it_is_kept(make_source: MakeSource) -> None:
    source = make_source(usage_events=events(GOOD), plans="select 1 as plan_id")
    with pytest.raises(RevenueError, match="is kept as one snapshot"):
        load_month_datasets(source, "plans", ["2025-03"])
    with pytest.raises(RevenueError, match="is kept by month"):
        load_snapshot(source, "usage_events")
    with pytest.raises(SourceError, match=r"delivers no dataset 'invoices'; it delivers usage_events, plans\."):
        load_snapshot(source, "invoices")
    with pytest.raises(SourceError, match="'invoice' is not a dataset of the contract; it has usage_events,"):
        load_snapshot(source, "invoice")
