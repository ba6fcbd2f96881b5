"""The simulated company as Arrow tables of the contract's datasets, and how they become files.

Column names and types come from the contract. Equal input gives files that are equal byte for byte.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.model import ColumnType
from revenue_assets.simulation.streams import Integers
from revenue_assets.simulation.usage import Events

AMOUNT = pa.decimal128(38, 12)
INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: dict[ColumnType, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "ts": INSTANT,
    "qty": AMOUNT,
    "money": AMOUNT,
    "ccy": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int32(),
    "date": pa.date32(),
    "json": pa.string(),
}
ROW_GROUP = 1_000_000
_HEX = np.frombuffer(b"".join(f"{byte:02x}".encode() for byte in range(256)), dtype=np.uint16)


def schema_of(dataset: str) -> pa.Schema:
    """organization_id and the contract's columns of the dataset."""
    columns = [(column.name, _TYPES[column.type]) for column in DATASETS[dataset].columns]
    return pa.schema([("organization_id", pa.string()), *columns])


def table_of(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table; what a row does not have is null."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def writer_for(schema: pa.Schema, path: Path) -> pq.ParquetWriter:
    """A Parquet file the way the lake wants them: zstd, and no dictionary of what is unique."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = [name for name in schema.names if name != "event_id"]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=encoded, version="2.6")


def write_table(table: pa.Table, path: Path) -> None:
    """Write one Parquet file, in row groups of a million rows."""
    with writer_for(table.schema, path) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A bijection of 64 bits that leaves no pattern (splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def event_ids(serials: NDArray[np.uint64], seed: int) -> pa.Array:
    """32 hexadecimal digits per serial; different serials of one seed never give the same id."""
    salt = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64)
    halves = np.empty((len(serials), 2), dtype=">u8")
    halves[:, 0] = _mixed(serials + salt)
    halves[:, 1] = _mixed(serials ^ np.uint64(0xD1B54A32D192ED03))
    digits = _HEX[halves.view(np.uint8)]
    offsets = np.arange(len(serials) + 1, dtype=np.int64) * 32
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(digits))]
    return pa.Array.from_buffers(pa.large_string(), len(serials), buffers)


def quantities(milli_units: Integers) -> pa.Array:
    """Thousandths as decimal(38,12), exactly; below nine million units an event."""
    if len(milli_units) and (milli_units.min() < 0 or milli_units.max() >= 9_000_000_000):
        raise ValueError("milli_units are outside of what one event can carry")
    words = np.zeros((len(milli_units), 2), dtype=np.int64)
    words[:, 0] = milli_units * 1_000_000_000
    return pa.Array.from_buffers(AMOUNT, len(milli_units), [None, pa.py_buffer(words)])


def _instants(microseconds: Integers) -> pa.Array:
    return pa.array(microseconds, pa.int64()).cast(INSTANT)


def _delays(events: Events, most_seconds: int, salt: int) -> Integers:
    """Microseconds after the event, between one second and `most_seconds`, the same for the same event and salt."""
    drawn = _mixed(events.serial + np.uint64(salt)) % np.uint64(most_seconds * 1_000_000)
    return drawn.astype(np.int64) + 1_000_000


def _names(positions: Integers, names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(positions, pa.int32()), pa.array(names, pa.string()))


def event_schema(arrival: str) -> pa.Schema:
    """The columns of an event file, whose names repeat; `arrival` is received_at or reported_at."""
    name = pa.dictionary(pa.int32(), pa.string())
    columns = [("organization_id", name), ("event_id", pa.large_string()), ("account_id", name), ("event_name", name)]
    return pa.schema([*columns, ("occurred_at", INSTANT), ("units", AMOUNT), (arrival, INSTANT)])


def event_table(
    events: Events,
    organization_id: str,
    account_ids: list[str],
    event_names: list[str],
    seed: int,
    arrival: Literal["received_at", "reported_at"] = "received_at",
    minutes_later: int | Integers = 0,
) -> pa.Table:
    """A batch as usage_events (`arrival` = received_at) or reported_events (reported_at); grain: one delivery.

    The event's account and meter are positions in the two lists of names; `minutes_later`, of all or of each, is how
    much later it came than usual.
    """
    slowest, salt = (90, 0) if arrival == "received_at" else (900, 7)
    arrived_at = events.occurred_at + _delays(events, slowest, salt) + minutes_later * 60_000_000
    return pa.table(
        {
            "organization_id": _names(np.zeros(len(events), dtype=np.int64), [organization_id]),
            "event_id": event_ids(events.serial, seed),
            "account_id": _names(events.account, account_ids),
            "event_name": _names(events.meter, event_names),
            "occurred_at": _instants(events.occurred_at),
            "units": quantities(events.milli_units),
            arrival: _instants(arrived_at),
        }
    )


def rejection_table(
    events: Events, organization_id: str, account_ids: list[str], event_names: list[str], seed: int, error_code: str
) -> pa.Table:
    """A batch as rejected_meter_events, all with the same error; grain: one refusal."""
    table = event_table(events, organization_id, account_ids, event_names, seed, "reported_at")
    renamed = table.rename_columns({"reported_at": "rejected_at"})
    return renamed.append_column("error_code", _names(np.zeros(len(events), dtype=np.int64), [error_code]))
