"""What is built alone leaves everything else as it was: views are replaced in place, and tables that views read."""

from revenue_assets.assets.dbt_manifest import load_manifest
from tests.integration.conftest import Books, Row

VIEWS = (
    "select schemaname, viewname from pg_views where schemaname in ('staging', 'intermediate', 'marts') order by 1, 2"
)


def test_a_model_that_is_built_alone_takes_no_other_with_it(books: Books) -> None:
    books.company("acme")
    books.build()
    built = books.rows(VIEWS)
    assert {"schemaname": "intermediate", "viewname": "int_tries"} in built
    for model in ("stg_invoices", "stg_organizations"):
        assert books.dbt("build", "--select", model, "--exclude-resource-type", "test") == {model: "success"}
        assert books.rows(VIEWS) == built


def test_a_view_of_an_earlier_version_is_made_anew(books: Books) -> None:
    books.connection.execute("drop view staging.stg_fx_rates cascade")
    books.connection.execute("create view staging.stg_fx_rates as select 1 as rate, 'x' as base")
    books.build(only="stg_fx_rates")
    columns = (
        "select column_name from information_schema.columns where table_name = 'stg_fx_rates' order by ordinal_position"
    )
    assert [row["column_name"] for row in books.rows(columns)] == ["organization_id", "base", "quote", "day", "rate"]


def test_no_view_reads_a_table_that_is_dropped_to_be_built() -> None:
    nodes: dict[str, Row] = load_manifest()["nodes"]
    built = {name: node["config"]["materialized"] for name, node in nodes.items() if node["resource_type"] == "model"}
    read_by_views = {
        parent for name, kind in built.items() if kind == "view" for parent in nodes[name]["depends_on"]["nodes"]
    }
    assert len(read_by_views) > 20
    assert [name for name in sorted(read_by_views) if built.get(name) == "table"] == []
