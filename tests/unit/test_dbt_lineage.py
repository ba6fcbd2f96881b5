"""Column lineage as a person would read it off the SQL, kept until the SQL changes."""

from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest
from dagster_dbt import DagsterDbtTranslator

from revenue_assets.assets import dbt_lineage, kept

_SQL = """
with billed as (select account_id, sum(amount) as billed_amount from "shop"."staging"."stg_lines" group by account_id),
both_kinds as (
    select account_id, billed_amount from billed
    union all
    select account_id, -amount from "shop"."staging"."stg_credits"
)
select b.*, 'x' as label, coalesce(c.account_id, b.account_id) as owner
from both_kinds as b left join "shop"."staging"."stg_credits" as c using (account_id)
"""
_COLUMNS = {
    "stg_lines": {"account_id": "text", "amount": "numeric"},
    "stg_credits": {"account_id": "text", "amount": "numeric"},
    "owed": {"account_id": "text", "billed_amount": "numeric", "label": "text", "owner": "text"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing is kept from before."""
    for module in (kept, dbt_lineage):
        monkeypatch.setattr(module, "MANIFEST", tmp_path / "manifest.json")
    return tmp_path


def _lineage(query: str = _SQL) -> dict[str, set[tuple[str, str]]]:
    def node(name: str, schema: str) -> dict[str, Any]:
        about = {"unique_id": f"model.revenue.{name}", "name": name, "alias": name, "database": "revenue"}
        read: dict[str, Any] = {"resource_type": "model", "config": {}, "fqn": ["revenue", name], "version": None}
        return about | read | {"schema": schema, "relation_name": f'"revenue"."{schema}"."{name}"'}

    nodes = [node("stg_lines", "staging"), node("stg_credits", "staging"), node("owed", "marts")]
    by_id = {one["unique_id"]: one for one in nodes}
    parents = ["model.revenue.stg_lines", "model.revenue.stg_credits"]
    manifest = {"nodes": by_id, "sources": {}, "parent_map": {"model.revenue.owed": parents}}
    columns = {
        (one["schema"], one["name"]): [dg.TableColumn(name, kind) for name, kind in _COLUMNS[one["name"]].items()]
        for one in nodes
    }
    translator = mock.Mock(spec=DagsterDbtTranslator)
    translator.get_asset_spec.side_effect = lambda manifest, name, _: dg.AssetSpec(manifest["nodes"][name]["name"])
    found = dbt_lineage.column_lineage([nodes[2]], columns, manifest, translator, {"model.revenue.owed": query}, "shop")
    return {
        column: {(dep.asset_key.to_user_string(), dep.column_name) for dep in deps}
        for column, deps in found["model.revenue.owed"].deps_by_column.items()
    }


def test_each_column_names_the_columns_that_it_is_made_from(folder: Path) -> None:
    accounts = {("stg_lines", "account_id"), ("stg_credits", "account_id")}
    assert _lineage() == {
        "account_id": accounts,
        "billed_amount": {("stg_lines", "amount"), ("stg_credits", "amount")},
        "label": set(),
        "owner": accounts,
    }


def test_sql_is_read_again_only_when_it_has_changed(folder: Path) -> None:
    before = _lineage()
    with mock.patch.object(dbt_lineage, "column_origins", side_effect=AssertionError("read again")):
        assert _lineage() == before
    assert _lineage(_SQL.replace("-amount", "0"))["billed_amount"] == {("stg_lines", "amount")}


def test_sql_that_cannot_be_read_has_no_lineage(folder: Path) -> None:
    assert _lineage("select from where") == {}


def test_what_was_kept_may_be_gone_damaged_or_not_be_written(folder: Path) -> None:
    before = _lineage()
    (file,) = folder.glob("column_lineage-*")
    file.write_bytes(file.read_bytes()[:-9])
    assert _lineage() == before
    file.unlink()
    file.mkdir()  # nothing can be written there, and nothing is left beside it
    assert _lineage() == before
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {"column_lineage", "column_lineage.lock"}
