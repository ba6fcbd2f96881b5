"""Which delivery a month was closed with is kept apart from what was loaded since."""

from datetime import UTC, datetime

from revenue_assets.contract.delivered import Delivered
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.loaded_months import last_loads, months_at, note_loaded, note_stage

FIRST, SECOND, THIRD = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3))
OLD, NEW = Delivered(2, "v:1", FIRST), Delivered(3, "v:2", SECOND)


def test_a_load_that_no_close_has_seen_leaves_what_was_closed_as_it_was(warehouse: DatabaseAddress) -> None:
    with connect() as connection:
        note_loaded(connection, "shop", "usage_events", {"2026-09": OLD, "2026-10": OLD}, FIRST)
        note_loaded(connection, "other", "usage_events", {"2026-10": OLD}, FIRST)
        note_stage(connection, ["shop"], ["2026-10"], "built", FIRST)
        assert months_at(connection, "shop", "closed") == {}
        note_stage(connection, ["shop"], ["2026-10"], "closed", FIRST)
        note_loaded(connection, "shop", "usage_events", {"2026-10": NEW}, SECOND)
        # The marts were built again, but from usage of before the load.
        note_stage(connection, ["shop"], ["2026-10"], "closed", SECOND)
        assert months_at(connection, "shop", "closed") == {"usage_events": {"2026-10": OLD}}
        assert months_at(connection, "other", "closed") == {}
        note_stage(connection, ["shop"], ["2026-10"], "built", THIRD)
        note_stage(connection, ["shop"], ["2026-10"], "closed", THIRD)
        assert months_at(connection, "shop", "closed") == {"usage_events": {"2026-10": NEW}}
        last = last_loads(connection)
        assert (last["shop"].latest_at, last["shop"].loaded_at) == (SECOND, SECOND)
