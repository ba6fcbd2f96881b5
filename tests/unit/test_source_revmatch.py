"""The source revmatch delivers what its files hold: the counts and sums per tenant that came with them."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from revenue_assets.contract.access import raw_select
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.load import load_month_datasets, load_snapshot
from revenue_assets.contract.source import Source, load_source

# Tenant: usage rows, charges, entitled, billed; the table that came with the files.
TRUTH = {
    "acme_saas": (1770, 1062, "328.75", "190.40"),
    "globex_cloud": (966, 1013, "233.15", "237.40"),
    "hooli_enterprise": (954, 477, "200.70", "91.80"),
    "initech_io": (271, 271, "64.80", "64.80"),
}


@pytest.fixture
def revmatch(home: Path) -> Source:
    source = load_source("revmatch")
    for name, dataset in DATASETS.items():
        if name in source.datasets:
            load = (
                load_month_datasets(source, name, source.months())
                if dataset.is_monthly
                else load_snapshot(source, name)
            )
            assert load.rows_quarantined == 0
    return source


def test_usage_charges_and_invoices_add_up_per_tenant(revmatch: Source) -> None:
    assert revmatch.months() == ["2026-10", "2026-11"]
    assert revmatch.matching == "natural_key"
    duck = duckdb.connect()

    def priced(dataset: str) -> dict[str, tuple[int, Decimal]]:
        events = raw_select(revmatch, dataset, revmatch.months())
        rows = duck.execute(
            f"select events.account_id, count(*), sum(unit_amount * units) from ({events}) as events "
            f"join ({raw_select(revmatch, 'contract_prices')}) on meter_id = event_name group by 1"
        ).fetchall()
        return {account: (count, amount) for account, count, amount in rows}

    used, charged = priced("usage_events"), priced("reported_events")
    lines = {
        account: (units, amount)
        for account, units, amount in duck.execute(
            f"select account_id, sum(units), sum(amount) from ({raw_select(revmatch, 'invoice_lines')}) "
            f"join ({raw_select(revmatch, 'invoices')}) as invoices using (invoice_id) group by 1"
        ).fetchall()
    }
    for tenant, (usage_rows, charges, entitled, billed) in TRUTH.items():
        assert used[tenant] == (usage_rows, Decimal(entitled))
        assert charged[tenant] == (charges, Decimal(billed))
        assert lines[tenant] == (charges, Decimal(billed))
    assert used.keys() == charged.keys() == lines.keys() == TRUTH.keys()


def test_a_charge_at_no_price_or_at_no_amount_does_not_vanish(home: Path, tmp_path: Path) -> None:
    (tmp_path / "usage_events.csv").write_text("tenant_id,event,timestamp\nt,api_call,2026-11-01T00:00:00\n")
    charges = ["t,0.1,2026-11-01 00:00:00", "t,0.37,2026-11-02 00:00:00", "t,much,2026-11-03 00:00:00", "t,1.0,never"]
    (tmp_path / "billing_records.csv").write_text("\n".join(["tenant_id,amount,billing_time", *charges]))
    source = load_source("revmatch", {"data_dir": str(tmp_path)})
    report = load_month_datasets(source, "reported_events", ["2026-11"])
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (4, 3, 1)
    names = duckdb.sql(f"select event_name from ({raw_select(source, 'reported_events', ['2026-11'])})").fetchall()
    assert sorted(names) == [("api_call",), ("unknown_price",), ("unknown_price",)]
    report = load_snapshot(source, "invoice_lines")
    assert (report.rows_out, report.rows_quarantined) == (2, 2)
    lines = duckdb.sql(
        f"select kind, meter_id, amount from ({raw_select(source, 'invoice_lines')}) order by 3"
    ).fetchall()
    assert lines == [("usage", "api_call", Decimal("0.1")), ("other", None, Decimal("0.37"))]
