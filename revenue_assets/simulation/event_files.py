"""The event files of a simulation: one per dataset and month, written part by part, so that memory holds one part."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from revenue_assets.months import month_bounds
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.metering import Delivery, Metering
from revenue_assets.simulation.straying import Strays
from revenue_assets.simulation.tables import ROW_GROUP, event_table, rejection_table, writer_for
from revenue_assets.simulation.usage import microseconds


class EventFiles(AbstractContextManager["EventFiles"]):
    """Files that grow; `rows` counts what was written, by dataset. Whole only after the context was left."""

    def __init__(self, folder: Path, months: Sequence[str], seed: int) -> None:
        self.rows: dict[str, int] = {}
        self._folder, self._months, self._seed = folder, months, seed
        self._writers: dict[tuple[str, str], pq.ParquetWriter] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, company: Company, metering: Metering, strays: Strays) -> None:
        """Add what one part of a company used, and what of it was reported."""
        organization = company.organization
        accounts = [*(account.account_id for account in company.accounts), *strays.stranger_ids]
        names = [meter.event_name for meter in (*organization.meters, *organization.new_meters)]
        about = (organization.organization_id, accounts, names, self._seed)
        for month in self._months:
            used = [
                event_table(part, *about, "received_at", minutes)
                for part, minutes in _of_month([*metering.usage_deliveries(), *strays.deliveries()], month)
            ]
            accepted = [
                event_table(part, *about, "reported_at", minutes)
                for part, minutes in _of_month(metering.reported_deliveries(), month)
            ]
            self.add("usage_events", month, used)
            self.add("reported_events", month, accepted)
            refused = [
                rejection_table(part, *about, error_code)
                for rows, error_code in metering.refusals.by_code()
                for part, _ in _of_month([(metering.actual.take(rows), 0)], month)
            ]
            self.add("rejected_meter_events", month, refused)

    def add(self, dataset: str, month: str, tables: Sequence[pa.Table]) -> None:
        """Append tables of one dataset to the file of a month."""
        table = pa.concat_tables(tables).unify_dictionaries()
        key = (dataset, month)
        if key not in self._writers:
            self._writers[key] = writer_for(table.schema, self._folder / dataset / f"month={month}.parquet")
        self._writers[key].write_table(table, row_group_size=ROW_GROUP)
        self.rows[dataset] = self.rows.get(dataset, 0) + table.num_rows


def _of_month(deliveries: Sequence[Delivery], month: str) -> Iterator[Delivery]:
    """What of the deliveries lies in a month."""
    start, end = (microseconds(moment) for moment in month_bounds(month))
    for events, minutes in deliveries:
        inside = (events.occurred_at >= start) & (events.occurred_at < end)
        yield events.take(inside), minutes if isinstance(minutes, int) else minutes[inside]
