"""What happened to one part of a company: usage, its metering, its billing, and the truth about all of it."""

from dataclasses import dataclass
from typing import Any

from revenue_assets.months import month_bounds
from revenue_assets.simulation.churn import churn_rows, failure_rows
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.gap import gap_leaks, gap_rows, lose_hours
from revenue_assets.simulation.invoicing import Documents, write_documents
from revenue_assets.simulation.metering import Metering, plant_metering
from revenue_assets.simulation.orphans import add_orphans
from revenue_assets.simulation.posting import plant_posting
from revenue_assets.simulation.pricing import Attached
from revenue_assets.simulation.rungs import ladder
from revenue_assets.simulation.straying import Strays, plant_strays, stray_leaks
from revenue_assets.simulation.truth import decoys, planted_leaks
from revenue_assets.simulation.usage import concatenate, draw_usage

_OF_ORGANIZATION, _OF_MONTH, _OF_PART = 48, 36, 28  # bits of a serial; a part has fewer than 2**28 events a month


@dataclass(frozen=True)
class World:
    """One part of a simulated organization with everything that happened to it, but for its events."""

    company: Company
    attached: Attached
    documents: Documents
    leaks: list[dict[str, Any]]
    ladder: list[dict[str, Any]]
    decoys: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    churn: list[dict[str, Any]]
    failures: list[dict[str, Any]]


def first_serial(company: Company, number: int, month: str) -> int:
    """Where the serials of one part's events of a month begin; `number` is that of the organization."""
    position = company.profile.months.index(month)
    return (number << _OF_ORGANIZATION) + (position << _OF_MONTH) + (company.part << _OF_PART)


def draw_world(company: Company, seed: int, number: int) -> tuple[World, Metering, Strays]:
    """Draw usage, its metering and its billing; `number` keeps the event ids of organizations apart."""
    batches = [
        draw_usage(company, seed, month, *month_bounds(month), first_serial(company, number, month))
        for month in company.profile.months
    ]
    drawn = concatenate(batches)
    strays = plant_strays(company, drawn, seed, first_serial(company, number, company.profile.months[0]))
    drawn, strays, lost = lose_hours(company, drawn, strays)
    metering = plant_metering(company, drawn, seed)
    posting = plant_posting(company, metering, seed)
    documents = write_documents(company, posting, seed)
    leaks = planted_leaks(company, metering, posting, documents)
    rungs = list(ladder(company, metering, posting, documents))
    more_leaks, more_rungs = add_orphans(company, documents, seed)
    leaks += [*stray_leaks(company, strays), *gap_leaks(company, lost), *more_leaks]
    harmless = decoys(company, metering, posting, documents, leaks)  # usage after an end can share a period's key
    gaps = list(gap_rows(company, lost))
    left, failed = list(churn_rows(company, documents)), list(failure_rows(company, documents))
    return (
        World(company, posting.attached, documents, leaks, rungs + more_rungs, harmless, gaps, left, failed),
        metering,
        strays,
    )
