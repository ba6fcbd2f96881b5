"""Every variable is refused early, in one sentence that names it; what is left out has its default."""

from pathlib import Path

import pytest

from revenue_assets.alerts.destinations import destinations
from revenue_assets.alerts.settings import MailServer
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
        ("REVENUE_ALERT_SLACK_URL", "hooks.slack.com/services/s3cret", "web address"),
        ("REVENUE_ALERT_SLACK_URL", "https://hooks.slack.com/s3cret\nx", "web address"),
        ("REVENUE_ALERT_WEBHOOK_URL", "https://me:s3cret@host/", "web address"),
        ("REVENUE_ALERT_WEBHOOK_SECRET", "s3cret", "whsec_"),
        ("REVENUE_ALERT_WEBHOOK_SECRET", "whsec_s3cretTooShort", "24 to 64 bytes"),
        ("REVENUE_ALERT_SMTP_URL", "mail.example.com:25", "mail server"),
        ("REVENUE_ALERT_SMTP_URL", "smtp://me:s3cret@host:many", "mail server"),
        ("REVENUE_ALERT_SMTP_URL", "smtp://me:s3cret@mail.example.com", "unencrypted"),
        ("REVENUE_ALERT_SMTP_URL", "smtp://s3cret@mail.example.com?starttls", "both a user and a password"),
        ("REVENUE_ALERT_EMAIL_FROM", "Revenue", "mail address"),
        ("REVENUE_ALERT_EMAIL_FROM", "a@example.com\nBcc: b@example.com", "mail address"),
        ("REVENUE_ALERT_EMAIL_TO", "a@example.com,Bob", "mail addresses"),
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


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"REVENUE_ALERT_WEBHOOK_URL": "https://host/s3cret"}, "REVENUE_ALERT_WEBHOOK_SECRET"),
        ({"REVENUE_ALERT_SMTP_URL": "smtps://me:s3cret@host"}, "REVENUE_ALERT_EMAIL_TO"),
        ({"REVENUE_ALERT_EMAIL_TO": "a@example.com"}, "REVENUE_ALERT_SMTP_URL"),
    ],
)
@pytest.mark.usefixtures("home")
def test_half_a_channel_of_alerts_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^A setting cannot be used: .*{missing}") as raised:
        get_settings()
    assert "s3cret" not in str(raised.value)


@pytest.mark.usefixtures("home")
def test_channels_of_alerts_are_shown_without_what_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "REVENUE_ALERT_SLACK_URL": "https://hooks.slack.com/services/s3cret",
        "REVENUE_ALERT_WEBHOOK_URL": "https://host/hook?token=s3cret",
        "REVENUE_ALERT_WEBHOOK_SECRET": "whsec_s3cretMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw00,whsec_" + "s3cr" * 8,
        "REVENUE_ALERT_SMTP_URL": "smtp://me:s3cret%40@mail.example.com?starttls",
        "REVENUE_ALERT_EMAIL_FROM": "Revenue <alerts@example.com>",
        "REVENUE_ALERT_EMAIL_TO": "cfo@example.com, oncall@example.com,cfo@example.com",
    }.items():
        monkeypatch.setenv(name, value)
    settings = get_settings()
    assert "s3cr" not in repr(settings)
    assert settings.alert_email_to == ["cfo@example.com", "oncall@example.com"]
    assert destinations() == ["log", "slack", "webhook", "email:cfo@example.com", "email:oncall@example.com"]
    assert settings.alert_smtp_url is not None
    server = MailServer.parse(settings.alert_smtp_url.get_secret_value())
    assert (server.host, server.port, server.security) == ("mail.example.com", 587, "starttls")
    assert (server.user, server.password) == ("me", "s3cret@")
    assert "s3cret" not in repr(server)
    assert MailServer.parse("smtps://mail.example.com") == MailServer("mail.example.com", 465, "tls")
