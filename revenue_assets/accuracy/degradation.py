"""Deliveries of the simulated company as they are in life: without ids, with hours missing, with documents to come.

Only what the source delivers changes; what happened, and so the truth, stays. A finding that rests on what is missing
is wrong then, which is what confidence has to learn from. A perfect delivery has nothing to teach.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.quoting import identifier, literal
from revenue_assets.contract.reading import as_subquery
from revenue_assets.contract.source import Source
from revenue_assets.months import month_bounds
from revenue_assets.simulation.streams import stream

Degradation = Callable[[Source, int], Source]
_DOCUMENTS = ("invoices", "credit_notes", "credit_applications", "payment_attempts", "refunds", "disputes")
_GAPS = 3
_GAP_HOURS = (12, 48)
_LATE_DAYS = (5, 15)


def perfect(source: Source, seed: int) -> Source:
    """Everything, as it is."""
    return source


def natural_keys(source: Source, seed: int) -> Source:
    """Events without ids: repeated deliveries cannot be told from repeated use, nor a changed event from two."""
    events = ("usage_events", "reported_events")
    return _delivering(source, {name: f"select * exclude (event_id) from {_all_of(source, name)}" for name in events})


def missing_hours(source: Source, seed: int) -> Source:
    """One month of reported events comes with gaps of half a day to two days: an export that failed, not the meter."""
    rng = stream(seed, "missing_hours")
    months = [month for month in source.months() if month_bounds(month)[1] <= source.as_of()]
    start, end = month_bounds(months[int(rng.integers(len(months)))])
    hours = int((end - start) / timedelta(hours=1))
    outside = []
    for _ in range(_GAPS):
        begin = start + timedelta(hours=int(rng.integers(hours - _GAP_HOURS[1])))
        until = begin + timedelta(hours=int(rng.integers(*_GAP_HOURS)))
        outside.append(f"not (occurred_at >= {literal(begin)} and occurred_at < {literal(until)})")
    kept = f"select * from {_all_of(source, 'reported_events')} where {' and '.join(outside)}"
    return _delivering(source, {"reported_events": kept})


def late_documents(source: Source, seed: int) -> Source:
    """Documents and payments of the last days are not delivered yet."""
    days = int(stream(seed, "late_documents").integers(*_LATE_DAYS))
    until = literal(source.as_of() - timedelta(days=days))
    selects = {
        name: f"select * from {_all_of(source, name)} where {identifier(column)} < {until}"
        for name in _DOCUMENTS
        if name in source.datasets and (column := DATASETS[name].month_column)
    }
    lines = _all_of(source, "invoice_lines")
    selects["invoice_lines"] = (
        f"select lines.* from {lines} as lines semi join ({selects['invoices']}) as invoices "
        "using (organization_id, invoice_id)"
    )
    return _delivering(source, selects)


DELIVERIES: Mapping[str, Degradation] = {
    "perfect": perfect,
    "natural_keys": natural_keys,
    "missing_hours": missing_hours,
    "late_documents": late_documents,
}


def _all_of(source: Source, dataset: str) -> str:
    return f"(\n{as_subquery(source.select(dataset))}\n)"


def _delivering(source: Source, selects: Mapping[str, str]) -> Source:
    return replace(source, datasets={**source.datasets, **selects})
