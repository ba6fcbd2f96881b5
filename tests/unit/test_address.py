"""Addresses keep every part of what was given, in each spelling."""

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from revenue_assets.errors import SettingsError
from revenue_assets.warehouse.address import DatabaseAddress

PLAIN = DatabaseAddress("db.example", 5433, "me", "p@ss:w/rd?#", "revenue")


def test_special_characters_survive_the_way_through_a_url() -> None:
    assert DatabaseAddress.parse(PLAIN.url()) == PLAIN
    assert make_url(PLAIN.url("psycopg")).password == PLAIN.password
    assert make_url(PLAIN.url("psycopg2")).drivername == "postgresql+psycopg2"


def test_ipv6_and_parameters_are_kept() -> None:
    address = DatabaseAddress.parse(
        "postgresql://me:secret@[2001:db8::1]:5444/revenue?sslmode=verify-full&sslrootcert=/ca"
    )
    assert (address.host, address.port) == ("2001:db8::1", 5444)
    assert address.keywords()["sslmode"] == "verify-full"
    assert DatabaseAddress.parse(address.url()) == address
    assert make_url(address.url("psycopg")).host == "2001:db8::1"
    environment = address.environment()
    assert environment["REVENUE_PG_HOST"] == "2001:db8::1"
    assert environment["PGSSLMODE"] == "verify-full"
    assert environment["PGSSLROOTCERT"] == "/ca"


def test_a_parameter_can_be_added() -> None:
    given = conninfo_to_dict(PLAIN.url(options="-csearch_path=dagster"))
    assert given["options"] == "-csearch_path=dagster"
    assert given["dbname"] == "revenue"


def test_the_folder_of_a_socket_is_kept() -> None:
    address = DatabaseAddress.parse("postgresql://me@/revenue?host=/var/run/postgresql")
    assert address.host == "/var/run/postgresql"
    assert DatabaseAddress.parse(address.url()) == address


def test_what_is_left_out_comes_from_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "somebody")
    address = DatabaseAddress.parse("postgresql://db.example/revenue")
    assert (address.user, address.port) == ("somebody", 5432)


def test_the_password_is_not_in_the_representation() -> None:
    assert PLAIN.password not in repr(PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret-word@host:1/db?nonsense=1",
        "postgresql://me:s3cret-word@one:1,two:2/db",
        "postgresql://me:s3cret-word@host:1/db%ZZ",
    ],
)
def test_what_cannot_be_read_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="REVENUE_DATABASE_URL") as raised:
        DatabaseAddress.parse(url)
    assert "s3cret" not in str(raised.value)
