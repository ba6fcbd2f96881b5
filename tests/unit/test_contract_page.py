"""The contract as people read it."""

from revenue_assets.contract.datasets import DATASETS, MONTHLY_DATASETS, SNAPSHOT_DATASETS
from revenue_assets.contract.page import PAGE, contract_page


def test_the_page_is_what_the_declarations_say() -> None:
    message = "docs/contract.md is old: write it anew with `python -m revenue_assets.contract.page`"
    assert PAGE.read_text(encoding="utf-8") == contract_page(), message


def test_all_datasets_are_declared() -> None:
    reference = {"accounts", "meters", "event_mappings", "plans", "subscriptions", "contract_prices", "billing_prices"}
    granted = {"commitments", "discounts", "credit_grants", "fx_rates"}
    documents = {"invoices", "invoice_lines", "credit_notes", "credit_applications"}
    cash = {"payment_attempts", "refunds", "disputes"}
    events = {"usage_events", "reported_events", "rejected_meter_events", "engagement_events", "reported_usage"}
    assert set(MONTHLY_DATASETS) == events
    assert set(SNAPSHOT_DATASETS) == reference | granted | documents | cash
    assert DATASETS["billing_prices"].columns == DATASETS["contract_prices"].columns
