"""Receivers, and an office that tells them."""

import logging
from collections.abc import Iterator

import pytest

from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from tests.integration.alerts.office import Configure, Office
from tests.integration.alerts.receivers import (
    Mailbox,
    WebReceiver,
    mail_server,
    web_receiver,
)


@pytest.fixture
def configure(warehouse: DatabaseAddress, monkeypatch: pytest.MonkeyPatch) -> Configure:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def set_channels(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"REVENUE_ALERT_{name}", value)
        get_settings.cache_clear()

    return set_channels


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level(logging.DEBUG)
    return logging.getLogger("test")


@pytest.fixture
def office(configure: Configure, log: logging.Logger) -> Iterator[Office]:
    with connect(autocommit=True) as connection:
        yield Office(connection, log)
