"""The rows of the last accepted load: noted per source and dataset, replaced by the next, gone with the source."""

from revenue_assets.checks.delivered_rows import note_rows, rows_of_last_load
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.forgetting import forget_rows


def test_the_last_load_of_a_source_is_remembered_until_the_source_is_forgotten(warehouse: DatabaseAddress) -> None:
    with connect() as connection:
        assert rows_of_last_load(connection, "src") == {}
        note_rows(connection, "src", {"invoices": 10, "plans": 3})
        note_rows(connection, "src", {"invoices": 12})
        note_rows(connection, "other", {"invoices": 99})
        assert rows_of_last_load(connection, "src") == {"invoices": 12, "plans": 3}
        forget_rows(connection, "src")
        assert rows_of_last_load(connection, "src") == {}
        assert rows_of_last_load(connection, "other") == {"invoices": 99}
