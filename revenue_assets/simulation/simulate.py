"""Draws a whole simulated world and writes it: the company as a source, the truth where the pipeline does not read.

Both folders are written beside and swapped in at the end; a run that is killed leaves the old world or none at all.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from revenue_assets.months import month_bounds
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.invoicing import Documents, write_documents
from revenue_assets.simulation.metering import Metering, plant_metering
from revenue_assets.simulation.posting import Posting, plant_posting
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.reference import reference_rows
from revenue_assets.simulation.rungs import RUNGS, ladder
from revenue_assets.simulation.strays import add_strays
from revenue_assets.simulation.tables import AMOUNT, INSTANT, event_table, schema_of, table_of, write_table
from revenue_assets.simulation.truth import decoys, planted_leaks
from revenue_assets.simulation.usage import Events, concatenate, draw_usage, microseconds

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many of its steps are done, and how many there are."""

COMPANY, TRUTH = "simulated", "simulated_truth"
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
DECOY_SCHEMA = pa.schema([*_KEY, ("kind", pa.string())])


@dataclass(frozen=True)
class World:
    """One simulated organization with everything that happened to it."""

    company: Company
    metering: Metering
    posting: Posting
    documents: Documents
    leaks: list[dict[str, Any]]
    ladder: list[dict[str, Any]]
    decoys: list[dict[str, Any]]


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
    worlds = []
    for done, organization in enumerate(profile.organizations):
        progress(f"drawing {organization.organization_id}", done, len(profile.organizations))
        worlds.append(draw_world(draw_company(profile, organization, seed), seed, done))
    with _replacing(target) as folder:
        events = _write_events(worlds, profile, seed, folder / COMPANY, progress)
        _write_snapshots(worlds, profile, folder / COMPANY)
        truth = [row for world in worlds for row in world.leaks]
        write_table(table_of(truth, TRUTH_SCHEMA), folder / TRUTH / "truth.parquet")
        rungs = [row for world in worlds for row in world.ladder]
        write_table(table_of(rungs, LADDER_SCHEMA), folder / TRUTH / "ladder.parquet")
        harmless = [row for world in worlds for row in world.decoys]
        write_table(table_of(harmless, DECOY_SCHEMA), folder / TRUTH / "decoys.parquet")
        about = {"profile": profile.name, "seed": seed, "months": profile.months}
        organizations = [one.organization_id for one in profile.organizations]
        (folder / TRUTH / "about.json").write_text(json.dumps(about | {"organizations": organizations}, indent=2))
    return _summary(worlds, profile, *events)


def draw_world(company: Company, seed: int, number: int) -> World:
    """Draw usage, its metering and its billing; `number` keeps the event ids of organizations apart."""
    months = company.profile.months
    batches = [
        draw_usage(company, seed, month, *month_bounds(month), first_serial=(number << 48) + (position << 36))
        for position, month in enumerate(months)
    ]
    metering = plant_metering(company, concatenate(batches), seed)
    posting = plant_posting(company, metering, seed)
    documents = write_documents(company, posting, seed)
    leaks = planted_leaks(company, metering, posting, documents)
    rungs = list(ladder(company, metering, posting, documents))
    harmless = decoys(company, metering, posting, documents, leaks)
    more_leaks, more_rungs = add_strays(company, documents, seed)
    return World(company, metering, posting, documents, leaks + more_leaks, rungs + more_rungs, harmless)


def _write_events(
    worlds: list[World], profile: Profile, seed: int, folder: Path, progress: Progress
) -> tuple[int, int]:
    """One file per month and event dataset; return the rows of usage and of reported events."""
    usage = reported = 0
    for done, month in enumerate(profile.months):
        progress(f"writing {month}", done, len(profile.months))
        start, end = (microseconds(moment) for moment in month_bounds(month))

        def within(events: Events, start: int = start, end: int = end) -> Events:
            return events.take((events.occurred_at >= start) & (events.occurred_at < end))

        used, accepted = [], []
        for world in worlds:
            organization = world.company.organization
            accounts = [account.account_id for account in world.company.accounts]
            names = [meter.event_name for meter in organization.meters]
            about = (organization.organization_id, accounts, names, seed)
            for batch, later in world.metering.usage_deliveries():
                used.append(event_table(within(batch), *about, "received_at", later))
            for batch, later in world.metering.reported_deliveries():
                accepted.append(event_table(within(batch), *about, "reported_at", later))
        for name, tables in (("usage_events", used), ("reported_events", accepted)):
            write_table(pa.concat_tables(tables).unify_dictionaries(), folder / name / f"month={month}.parquet")
        usage += sum(table.num_rows for table in used)
        reported += sum(table.num_rows for table in accepted)
    return usage, reported


def _write_snapshots(worlds: list[World], profile: Profile, folder: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for world in worlds:
        owner = {"organization_id": world.company.organization.organization_id}
        datasets = reference_rows(world.company, world.posting.attached.book) | {
            "invoices": world.documents.invoices,
            "invoice_lines": world.documents.invoice_lines,
            "credit_notes": world.documents.credit_notes,
            "payment_attempts": world.documents.payment_attempts,
            "refunds": world.documents.refunds,
            "disputes": world.documents.disputes,
        }
        for name, own in datasets.items():
            rows.setdefault(name, []).extend(owner | row for row in own)
    for name, own in rows.items():
        write_table(table_of(own, schema_of(name)), folder / f"{name}.parquet")
    write_table(table_of([{"as_of": profile.as_of}], pa.schema([("as_of", INSTANT)])), folder / "as_of.parquet")


def _summary(worlds: list[World], profile: Profile, usage: int, reported: int) -> Summary:
    invoiced: dict[tuple[str, str], Decimal] = {}
    planted: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for world in worlds:
        organization = world.company.organization
        owner = (organization.organization_id, organization.currency)
        invoiced[owner] = sum((charge.invoiced for charge in world.documents.charges), Decimal(0))
        for leak in world.leaks:
            count, amount = planted.get((*owner, leak["code"]), (0, Decimal(0)))
            planted[(*owner, leak["code"])] = (count + 1, amount + leak["leak_amount"])
    return Summary(
        as_of=profile.as_of,
        accounts=sum(len(world.company.accounts) for world in worlds),
        usage_events=usage,
        reported_events=reported,
        invoices=sum(len(world.documents.invoices) for world in worlds),
        invoiced=invoiced,
        planted=planted,
    )


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a folder to write both worlds' halves into; when the block ends well, they take their places.

    The truth is put in place before the company, so that a company is never there without its truth.
    """
    target.mkdir(parents=True, exist_ok=True)
    beside = target / f".simulating.{os.getpid()}"
    for left_over in target.glob(".simulating.*"):
        if left_over == beside or not _is_running(int(left_over.suffix[1:])):
            shutil.rmtree(left_over)
    beside.mkdir()
    try:
        yield beside
        for name in (COMPANY, TRUTH):
            if (target / name).exists():
                (target / name).rename(beside / f"old_{name}")
        for name in (TRUTH, COMPANY):
            (beside / name).rename(target / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
