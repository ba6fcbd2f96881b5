"""Reading a source's folder: parameters, as_of, months, and one sentence for each mistake."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from revenue_assets.contract.parameters import substitute
from revenue_assets.contract.source import load_source, source_names, unused_datasets
from revenue_assets.errors import SourceError
from revenue_assets.settings import PROJECT_DIR, get_settings

EVENT = "select 'e' as event_id, 'a' as account_id, 'x' as event_name, 1 as units, timestamp '{}' as occurred_at"


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    get_settings.cache_clear()
    folder = tmp_path / "sources" / "shop"
    folder.mkdir(parents=True)
    (folder / "usage_events.sql").write_text(EVENT.format("2024-12-31 23:59:59"))
    (folder / "source.toml").write_text(
        'organization_id = "org"\n[parameters]\ndata_dir = "{home}/x"\nrows = 5\nis_big = false\nrate = 0.5\n'
    )
    return folder


def test_the_parts_of_a_source(folder: Path, home: Path) -> None:
    source = load_source("shop", {"rows": "7", "is_big": "true"})
    assert (source.organization_id, source.grace_days, list(source.datasets)) == ("org", 3, ["usage_events"])
    assert source.parameters == {"data_dir": f"{home}/x", "rows": 7, "is_big": True, "rate": 0.5}
    assert source_names() == ["shop"]
    assert load_source("shop", {"data_dir": "{project}/y"}).parameters["data_dir"] == f"{PROJECT_DIR}/y"


def test_parameters_become_literals_but_not_inside_texts_comments_and_casts() -> None:
    statement = """select ':dir', ":dir", 1::int, {'a':b}, :unknown -- :dir
    /* :dir */ , :dir || ':x', :count"""
    expected = """select ':dir', ":dir", 1::int, {'a':b}, :unknown -- :dir
    /* :dir */ , 'it''s' || ':x', 3"""
    assert substitute(statement, {"dir": "it's", "int": "no", "count": 3}) == expected


def test_months_reach_from_the_first_event_to_the_last_month_that_is_complete(folder: Path) -> None:
    assert load_source("shop").months() == ["2024-12"]
    (folder / "reported_events.sql").write_text(EVENT.format("2024-11-01"))
    assert load_source("shop").months() == ["2024-11", "2024-12"]
    (folder / "as_of.sql").write_text("select timestamp '2025-02-01 00:00:00';")
    source = load_source("shop")
    assert source.as_of() == datetime(2025, 2, 1, tzinfo=UTC)
    assert source.months() == ["2024-11", "2024-12", "2025-01"]


def test_times_that_cannot_be_do_not_stretch_the_months(folder: Path) -> None:
    (folder / "as_of.sql").write_text("select timestamptz '2025-01-01 00:00:00+00'")
    times = [EVENT.format(time) for time in ("0014-11-20", "2024-12-05", "2099-01-01")]
    (folder / "usage_events.sql").write_text(" union all ".join(times))
    assert load_source("shop").months() == ["2024-12"]


def test_a_source_without_events_covers_the_months_of_its_invoices(folder: Path) -> None:
    (folder / "usage_events.sql").unlink()
    (folder / "invoices.sql").write_text("select date '2024-10-01' as issued_at union select date '2024-12-01'")
    assert load_source("shop").months() == ["2024-10", "2024-11", "2024-12"]


def test_as_of_without_a_file_is_one_instant_for_the_whole_run(folder: Path) -> None:
    source = load_source("shop")
    assert source.as_of() == source.as_of()
    assert source.as_of().tzinfo is not None


def test_datasets_that_are_loaded_but_not_reckoned_with_are_named(folder: Path) -> None:
    (folder / "reported_usage.sql").write_text("select 1")
    assert unused_datasets(load_source("shop")) == ["reported_usage"]


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"data": "x"}, r"has no parameter 'data' to set; it has data_dir, rows, is_big, rate\."),
        ({"rows": "many"}, "should be a whole number, not 'many'"),
        ({"is_big": "very"}, "should be true or false, not 'very'"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(folder: Path, overrides: dict[str, str], sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        load_source("shop", overrides)


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("invoice.sql", "select 1", "is named after no dataset of the contract; the contract has usage_events,"),
        ("source.toml", "grace_days = -1", "grace_days should be a whole number of days from 0 to 90, not -1"),
        (
            "source.toml",
            "billing_vendor = 'paper'",
            "billing_vendor should be one of stripe, metronome, .*, not 'paper'",
        ),
        ("source.toml", "organisation = 'x'", "sets 'organisation', which nothing reads; it can set organization_id,"),
        ("source.toml", "organization_id = 5", "organization_id should be a non-empty text"),
        ("source.toml", "= 5", "is not valid TOML"),
        ("source.toml", "[parameters]\nx = [1]", "parameter x should be a text, a number, true or false"),
    ],
)
def test_a_wrong_file_is_one_sentence(folder: Path, file: str, text: str, sentence: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(SourceError, match=sentence):
        load_source("shop")


@pytest.mark.parametrize("select", ["select null", "select now() where false", "select unnest([now(), now()])"])
def test_as_of_must_be_one_timestamp(folder: Path, select: str) -> None:
    (folder / "as_of.sql").write_text(select)
    with pytest.raises(SourceError, match=r"as_of.sql should give one row with one timestamp\."):
        load_source("shop").as_of()


def test_an_unknown_source_is_told_which_exist(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no source 'shoe' in .*; there is shop\."):
        load_source("shoe")
