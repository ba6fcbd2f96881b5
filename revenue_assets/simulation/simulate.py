"""Draws a whole simulated world and writes it: the company as a source, the truth where the pipeline does not read.

One part of a company after the other is drawn and written, so that memory holds the events of one part only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from revenue_assets.simulation.about import write_about
from revenue_assets.simulation.agreements.company import AgreedCompany, draw_agreements
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.engagement import draw_engagement
from revenue_assets.simulation.event_files import EventFiles
from revenue_assets.simulation.gap import add_parts
from revenue_assets.simulation.parts import part_count, parts_of
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.reference import reference_rows
from revenue_assets.simulation.replacing import COMPANY, TRUTH, replacing
from revenue_assets.simulation.rungs import RUNGS
from revenue_assets.simulation.tables import AMOUNT, INSTANT, schema_of, table_of, write_table
from revenue_assets.simulation.worlds import World, draw_world, first_serial

__all__ = ["COMPANY", "TRUTH", "Summary", "simulate"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many of its steps are done, and how many there are."""

_KEY = [
    ("organization_id", pa.string()),
    ("account_id", pa.string()),
    ("subscription_id", pa.string()),
    ("item", pa.string()),
    ("period_start", INSTANT),
    ("period_end", INSTANT),
    ("billing_month", pa.string()),
    ("currency", pa.string()),
]
TRUTH_SCHEMA = pa.schema(
    [*_KEY, ("code", pa.string()), ("units", AMOUNT), ("events", pa.int64()), ("leak_amount", AMOUNT)]
)
LADDER_SCHEMA = pa.schema([*_KEY, *((rung, AMOUNT) for rung in RUNGS)])
_OF_AGREEMENTS = ("commitments", "discounts", "credit_grants", "credit_applications")
GAP_SCHEMA = pa.schema(
    [
        ("organization_id", pa.string()),
        ("meter_id", pa.string()),
        ("gap_start", INSTANT),
        ("gap_end", INSTANT),
        ("events", pa.int64()),
        ("units", AMOUNT),
    ]
)
DECOY_SCHEMA = pa.schema([*_KEY, ("kind", pa.string())])

CHURN_SCHEMA = pa.schema(
    [
        *_KEY[:3],
        *((name, INSTANT) for name in ("failed_at", "canceled_at", "ended_at")),
        ("cancel_reason", pa.string()),
        ("is_caused", pa.bool_()),
    ]
)
FAILURE_SCHEMA = pa.schema(
    [
        *_KEY[:3],
        ("invoice_id", pa.string()),
        ("failed_at", INSTANT),
        *((name, pa.bool_()) for name in ("raises_churn", "has_caused_churn")),
    ]
)


@dataclass(frozen=True)
class Summary:
    """What was written. `planted` maps (organization, currency, code) to the number and the sum of the leaks."""

    as_of: datetime
    accounts: int
    usage_events: int
    reported_events: int
    invoices: int
    invoiced: dict[tuple[str, str], Decimal]
    planted: dict[tuple[str, str, str], tuple[int, Decimal]]


def _ignore(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def simulate(profile: str | Profile, seed: int, target: Path, progress: Progress = _ignore) -> Summary:
    """Simulate `profile` and write it to `target`/simulated and `target`/simulated_truth, replacing what was there."""
    profile = profile_named(profile) if isinstance(profile, str) else profile
    with replacing(target) as folder:
        agreed = [draw_agreements(one, profile, seed) for one in [profile.agreements] if one]
        worlds, events = _draw(profile, agreed, seed, folder / COMPANY, progress)
        progress("writing documents and truth", 1, 1)
        drawn: list[World | AgreedCompany] = [*worlds, *agreed]
        _write_snapshots(worlds, agreed, profile, folder / COMPANY)
        truth = [row for world in drawn for row in world.leaks if row["code"] != "U11"]
        truth += add_parts(row for world in worlds for row in world.leaks if row["code"] == "U11")
        write_table(table_of(truth, TRUTH_SCHEMA), folder / TRUTH / "truth.parquet")
        rungs = [row for world in drawn for row in world.ladder]
        write_table(table_of(rungs, LADDER_SCHEMA), folder / TRUTH / "ladder.parquet")
        gaps = add_parts(row for world in worlds for row in world.gaps)
        write_table(table_of(gaps, GAP_SCHEMA), folder / TRUTH / "gaps.parquet")
        harmless = [row for world in drawn for row in world.decoys]
        write_table(table_of(harmless, DECOY_SCHEMA), folder / TRUTH / "decoys.parquet")
        left = [row for world in drawn for row in world.churn]
        write_table(table_of(left, CHURN_SCHEMA), folder / TRUTH / "churn.parquet")
        failed = [row for world in worlds for row in world.failures]
        write_table(table_of(failed, FAILURE_SCHEMA), folder / TRUTH / "failures.parquet")
        write_about(profile, seed, folder / TRUTH)
    return _summary(worlds, agreed, profile, events)


def _draw(
    profile: Profile, agreed: list[AgreedCompany], seed: int, folder: Path, progress: Progress
) -> tuple[list[World], dict[str, int]]:
    """Draw every part and write its events, and those of `agreed`; return the parts, and the rows per event dataset."""
    worlds: list[World] = []
    count = len(profile.organizations) * part_count(profile)
    with EventFiles(folder, profile.months, seed) as files:
        for number, organization in enumerate(profile.organizations):
            for part in parts_of(draw_company(profile, organization, seed)):
                progress(f"{organization.organization_id}, part {part.part + 1}", len(worlds), count)
                world, metering, strays = draw_world(part, seed, number)
                files.write(part, metering, strays)
                for month in profile.months:
                    engagement = draw_engagement(part, seed, month, first_serial(part, number, month))
                    files.add("engagement_events", month, [engagement])
                worlds.append(world)
                del metering, strays  # of two parts there would be room for one
        for company in agreed:
            for (dataset, month), events in company.events.items():
                files.add(dataset, month, [events])
    return worlds, files.rows


def _write_snapshots(worlds: list[World], agreed: list[AgreedCompany], profile: Profile, folder: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _OF_AGREEMENTS}
    for world in worlds:
        owner = {"organization_id": world.company.organization.organization_id}
        datasets = reference_rows(world.company, world.attached.book) | {
            "invoices": world.documents.invoices,
            "invoice_lines": world.documents.invoice_lines,
            "credit_notes": world.documents.credit_notes,
            "payment_attempts": world.documents.payment_attempts,
            "refunds": world.documents.refunds,
            "disputes": world.documents.disputes,
        }
        for name, own in datasets.items():
            rows.setdefault(name, []).extend(owner | row for row in own)
    for company in agreed:
        owner = {"organization_id": company.agreements.organization_id}
        for name, own in company.datasets.items():
            rows[name].extend(owner | row for row in own)
    for name, own in rows.items():
        once = {tuple(row.values()): row for row in own}  # parts of a company have its meters, plans and list prices
        write_table(table_of(once.values(), schema_of(name)), folder / f"{name}.parquet")
    write_table(table_of([{"as_of": profile.as_of}], pa.schema([("as_of", INSTANT)])), folder / "as_of.parquet")


def _summary(worlds: list[World], agreed: list[AgreedCompany], profile: Profile, events: dict[str, int]) -> Summary:
    invoiced: dict[tuple[str, str], Decimal] = {}
    planted: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for world in worlds:
        organization = world.company.organization
        owner = (organization.organization_id, organization.currency)
        own = sum((charge.invoiced for charge in world.documents.charges), Decimal(0))
        invoiced[owner] = invoiced.get(owner, Decimal(0)) + own
    for company in agreed:
        invoiced[company.agreements.organization_id, company.agreements.currency] = company.invoiced
    leaks = [*(leak for world in worlds for leak in world.leaks), *(leak for one in agreed for leak in one.leaks)]
    for leak in leaks:
        owner = (leak["organization_id"], leak["currency"])
        count, amount = planted.get((*owner, leak["code"]), (0, Decimal(0)))
        planted[(*owner, leak["code"])] = (count + 1, amount + leak["leak_amount"])
    return Summary(
        as_of=profile.as_of,
        accounts=sum(len(world.company.accounts) for world in worlds)
        + sum(len(one.datasets["accounts"]) for one in agreed),
        usage_events=events["usage_events"],
        reported_events=events["reported_events"],
        invoices=sum(len(world.documents.invoices) for world in worlds)
        + sum(len(one.datasets["invoices"]) for one in agreed),
        invoiced=invoiced,
        planted=planted,
    )
