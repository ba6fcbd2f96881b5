"""Every test of the dbt project says in a sentence what it demands; Dagster shows the sentence beside the check."""

import pytest

from revenue_assets.assets.dbt_manifest import load_manifest
from revenue_assets.assets.dbt_tests import meaning
from revenue_assets.definitions import defs

MODEL = {"model": "{{ get_where_subquery(ref('mart')) }}"}
GENERIC = [
    ("grain", {"columns": ["organization_id", "month"]}, "One row per organization_id, month, none of them null."),
    ("never_null", {"columns": ["currency"]}, "Never null: currency."),
    ("rates", {"columns": ["a_rate", "b_rate"]}, "Shares between 0 and 1: a_rate, b_rate."),
    ("unique", {"column_name": "finding_id"}, "No two rows have the same finding_id."),
    ("holds", {"statement": "a >=\n  b"}, "True of every row: a >= b."),
    ("bounds", {"column_name": "units", "at_least": 0}, "units is at least 0."),
    ("bounds", {"column_name": "units", "at_least": 0, "at_most": 1}, "units is at least 0 and at most 1."),
    ("accepted_values", {"column_name": "status", "values": ["paid", "open"]}, "status is one of paid, open."),
    (
        "relationships",
        {"column_name": "account_id", "to": "ref('stg_accounts')", "field": "account_id"},
        "Every account_id is one of stg_accounts, column account_id.",
    ),
    (
        "conserves",
        {"column_name": "x", "of": "source('lake', 'usage_daily')", "of_column": "y", "by": ["month"]},
        "Nothing is lost or doubled: per month, the sum of x is that of y in usage_daily.",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "sentence"), GENERIC)
def test_a_generic_test_is_put_into_words(name: str, arguments: dict[str, object], sentence: str) -> None:
    assert meaning({"test_metadata": {"name": name, "kwargs": arguments | MODEL}}) == sentence


def test_a_singular_test_says_what_its_head_says() -> None:
    code = "-- A row is an order\n-- without a customer.\nselect 1 -- not this\n"
    assert meaning({"raw_code": code}) == "Must find no row. A row is an order without a customer."
    assert meaning({"raw_code": "select 1"}) == ""


def test_every_generic_test_of_the_project_has_words_of_its_own() -> None:
    names = {node["test_metadata"]["name"] for node in load_manifest()["nodes"].values() if node.get("test_metadata")}
    assert names == {name for name, _, _ in GENERIC}


def test_every_check_in_dagster_says_what_it_demands() -> None:
    graph = defs().resolve_asset_graph()
    mute = [key for key in graph.asset_check_keys if not graph.get_check_spec(key).description]
    assert mute == []
