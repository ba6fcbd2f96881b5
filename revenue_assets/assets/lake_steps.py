"""The steps of the lake as assets: what each reads, and the assets that it writes. Building them: `lake.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from revenue_assets.contract.source import Source
from revenue_assets.lake import steps

Step = Callable[[Source, list[str]], Mapping[str, int]]


@dataclass(frozen=True)
class Output:
    """An asset: the dataset of zone `reconciled` that holds it, and the table of schema `lake` that shows it too.

    The table has the dataset's name unless told otherwise; None: nothing of it goes to PostgreSQL.
    """

    key: tuple[str, ...]
    dataset: str
    description: str
    table: str | None = ""

    @property
    def published_as(self) -> str | None:
        """The table's name."""
        return self.dataset if self.table == "" else self.table


@dataclass(frozen=True)
class LakeStep:
    """A step, what it reads, and the assets that it writes. `is_usage`: after it, the events are in what is billed."""

    name: str
    run: Step
    reads: tuple[tuple[str, ...], ...]
    writes: tuple[Output, ...]
    is_usage: bool = False


def _stage(dataset: str) -> Step:
    return lambda source, months: steps.stage_events(source, dataset, months)


LAKE_STEPS = (
    LakeStep(
        "stg_usage_events",
        _stage("usage_events"),
        (("raw", "usage_events"),),
        (
            Output(
                ("stg_usage_events",),
                "usage_events_counts",
                "Actual usage, every event once: of several deliveries of one id the first received counts. The lake "
                "keeps which copies do not count; the events themselves stay where they are.",
                table="event_counts",
            ),
        ),
    ),
    LakeStep(
        "stg_reported_events",
        _stage("reported_events"),
        (("raw", "reported_events"),),
        (
            Output(
                ("stg_reported_events",),
                "reported_events_counts",
                "What the billing system's meter accepted, every event once: of several deliveries of one id the "
                "first reported counts.",
                table="event_counts",
            ),
        ),
    ),
    LakeStep(
        "billing_periods",
        steps.build_billing_periods,
        (("raw", "subscriptions"), ("raw", "plans")),
        (
            Output(
                ("lake", "billing_periods"),
                "billing_periods",
                "The calendar of every subscription: its billing periods by anchor day, interval and time zone, cut "
                "where the subscription starts and ends. By month in which a period ends.",
            ),
        ),
    ),
    LakeStep(
        "event_findings",
        steps.build_event_findings,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("raw", "rejected_meter_events"),
            ("raw", "subscriptions"),
            ("raw", "plans"),
            ("raw", "meters"),
            ("raw", "event_mappings"),
            ("raw", "contract_prices"),
        ),
        (
            Output(
                ("lake", "event_findings"),
                "event_findings",
                "Every event that is not the same on both sides, with its outcome: rejected, unreported, reported with "
                "another quantity, reported twice, reported without usage. Sorted by account, so evidence reads fast.",
                table=None,
            ),
        ),
    ),
    LakeStep(
        "period_usage",
        steps.build_period_usage,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("lake", "event_findings"),
            ("raw", "meters"),
            ("raw", "contract_prices"),
            ("raw", "billing_prices"),
            ("raw", "invoices"),
            ("raw", "invoice_lines"),
        ),
        (
            Output(
                ("lake", "period_usage"),
                "period_usage",
                "One row per meter and billing period with its quantity on every step from used to reported.",
            ),
            Output(
                ("lake", "period_findings"),
                "period_findings",
                "One row per meter, billing period and cause: how many events and units it explains.",
            ),
            Output(
                ("lake", "period_amounts"),
                "period_amounts",
                "One row per meter, billing period and percentage price that may be in force: what the events cost on "
                "every step from used to reported.",
            ),
            Output(
                ("lake", "period_arrivals"),
                "period_arrivals",
                "One row per meter and billing period of which something was reported after its invoice was finalized, "
                "or whose value received last is not the one that happened last.",
            ),
            Output(
                ("lake", "late_events"),
                "late_events",
                "The reports that came after the invoice of their period was finalized. Sorted by account.",
                table=None,
            ),
            Output(
                ("lake", "unclaimed_usage"),
                "unclaimed_usage",
                "Usage that no subscription claims (no meter, no price, trial, outside every subscription), in units.",
            ),
        ),
        is_usage=True,
    ),
    LakeStep(
        "usage_daily",
        steps.build_usage_daily,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("raw", "accounts"),
            ("raw", "subscriptions"),
            ("raw", "plans"),
            ("raw", "meters"),
            ("raw", "event_mappings"),
            ("raw", "contract_prices"),
        ),
        (
            Output(("lake", "usage_daily"), "usage_daily", "Events per account, meter and UTC day."),
            Output(
                ("lake", "period_usage_daily"),
                "period_usage_daily",
                "One row per meter, billing period and UTC day with its quantity, beside usage that no period claims.",
            ),
        ),
    ),
    LakeStep(
        "engagement_daily",
        steps.build_engagement_daily,
        (("raw", "engagement_events"),),
        (
            Output(
                ("lake", "engagement_daily"),
                "engagement_daily",
                "What accounts do in the product beside what is billed: events per account, name and UTC day, every "
                "event once. By calendar month.",
            ),
        ),
    ),
    LakeStep(
        "ingestion_gaps",
        steps.build_ingestion_gaps,
        (("stg_usage_events",), ("stg_reported_events",), ("raw", "event_mappings"), ("raw", "meters")),
        (
            Output(
                ("lake", "ingestion_gaps"),
                "ingestion_gaps",
                "Hours in which a meter counted far fewer events than its season lets expect, with what is missing.",
            ),
            Output(
                ("lake", "watched_meters"),
                "watched_meters",
                "Which meters could be looked at for gaps, in how many hours of the month, or why not.",
            ),
        ),
    ),
)
