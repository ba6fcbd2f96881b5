"""`revenue sources`: what a newcomer sees before loading anything."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from revenue_assets.commands import sources
from revenue_assets.contract.inspection import check_source
from revenue_assets.contract.source import load_source
from revenue_assets.settings import get_settings


@pytest.fixture
def shop(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    folder = tmp_path / "sources" / "shop"
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text('organization_id = "org"\n[parameters]\ndata_dir = "/nowhere"\n')
    (folder / "plans.sql").write_text(
        "select 'p' || i as plan_id, 'P' as name, null as rank, if(i = 2, 'week', 'month') as billing_interval, "
        "'USD' as currency, 1 as colour from range(4) t (i)"
    )
    return folder


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    sources.register(app)
    result = CliRunner().invoke(app, ["sources", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_bad_values_and_extra_columns_are_told_but_do_not_stop_a_source(shop: Path) -> None:
    (result,) = check_source(load_source("shop"))
    assert result.can_be_loaded
    assert (result.rows_sampled, result.missing, result.wrong_types, result.extra) == (4, [], [], ["colour"])
    rule = "billing_interval is not one of month, year"
    assert result.bad_values == {rule: (1, "billing_interval: 'week' is not one of month, year")}
    code, output = run("check", "shop")
    assert code == 0
    assert f"{rule} (1)" in output
    assert "Source shop can be loaded." in output


def test_what_is_missing_or_of_a_wrong_type_ends_with_status_1(shop: Path) -> None:
    (shop / "meters.sql").write_text("select 'm' as meter_id, 'token' as unit")
    (shop / "accounts.sql").write_text("select * from read_csv(:data_dir || '/accounts.csv')")
    (shop / "fx_rates.sql").write_text(
        "select 'EUR' as base, 'USD' as quote, 20250101 as day, true as rate union all select 'EUR', 'GBP', null, null"
    )
    found = {result.dataset: result for result in check_source(load_source("shop"))}
    assert found["meters"].missing == ["name", "aggregation"]
    assert "there is no file /nowhere/accounts.csv" in found["accounts"].error
    assert found["fx_rates"].wrong_types == [
        "day is INTEGER, should be date",
        "rate is BOOLEAN, should be decimal(38,12)",
    ]
    code, output = run("check", "shop", "--set", "data_dir=/elsewhere")
    assert code == 1
    assert "/elsewhere/accounts.csv" in output
    assert "can be loaded" not in output


def test_a_sample_is_enough(shop: Path) -> None:
    (result,) = check_source(load_source("shop"), sample_rows=2)
    assert result.rows_sampled == 2


def test_sources_are_listed_even_when_one_is_broken(shop: Path) -> None:
    broken = shop.parent / "broken"
    broken.mkdir()
    (broken / "nonsense.sql").write_text("select 1")
    code, output = run("list")
    assert code == 0
    assert "data_dir=/nowhere" in output
    assert "named after no dataset" in " ".join(output.split())
