"""Every variable is refused early, in one sentence that names it; what is left out has its default."""

from pathlib import Path

import pytest

from revenue_assets.errors import SettingsError
from revenue_assets.settings import PROJECT_DIR, Settings, get_settings


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("REVENUE_HOME", __file__, "should be a folder"),
        ("LAKE_URL", "s3://bucket/lake", "object stores"),
        ("REVENUE_DATABASE_URL", "mysql://me:s3cret-word@host/db", "PostgreSQL address"),
        ("REVENUE_DATABASE_URL", "postgresql://me:s3cret-word@host:many/db", "PostgreSQL address"),
        ("REVENUE_DATABASE_URL", "postgresql://me:s3cret-word@[::1/db", "PostgreSQL address"),
        ("REVENUE_SOURCES_DIR", __file__, "should be a folder"),
        ("REVENUE_SOURCES", " , ", "names of folders"),
        ("REVENUE_SOURCES", "../elsewhere", "names of folders"),
        ("REVENUE_FIRST_MONTH", "2025-13", "YYYY-MM"),
        ("REVENUE_DUCKDB_MEMORY_LIMIT", "lots", "such as 512MB or 4GB"),
        ("REVENUE_DUCKDB_THREADS", "0", "greater than or equal to 1"),
        ("REVENUE_UI_PORT", "http", "integer"),
        ("REVENUE_UI_PORT", "70000", "less than or equal to 65535"),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_wrong_value_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        get_settings()
    sentence = str(raised.value)
    assert sentence.startswith(f"{name} cannot be used: ")
    assert hint in sentence
    assert sentence.count("\n") == 0
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert "s3cret" not in sentence


def test_what_is_left_out_or_empty_has_its_default(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVENUE_UI_PORT", "")
    settings = get_settings()
    assert settings.home == home
    assert settings.lake_dir == home / "lake"
    assert settings.database_url is None
    assert settings.sources == ["simulated"]
    assert settings.ui_port == 3000


def test_only_our_own_names_are_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    monkeypatch.setenv("DATABASE_URL", "postgresql://another/program")
    monkeypatch.setenv("SOURCES", "another")
    settings = get_settings()
    assert settings.home == home
    assert settings.database_url is None
    assert settings.sources == ["simulated"]
    monkeypatch.delenv("REVENUE_HOME")
    get_settings.cache_clear()
    assert get_settings().home == PROJECT_DIR / ".revenue"


def test_several_sources_are_separated_by_commas(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVENUE_SOURCES", "simulated, revmatch,")
    assert get_settings().sources == ["simulated", "revmatch"]


def test_every_variable_is_explained_in_the_example_file() -> None:
    example = (PROJECT_DIR / ".env.example").read_text()
    for field in Settings.model_fields.values():
        assert f"{field.validation_alias}=" in example
