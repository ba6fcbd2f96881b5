"""Datasets kept by month: events, and totals where a billing system only gives sums."""

from revenue_assets.contract.model import Column, Dataset, Rule

USAGE_EVENTS = Dataset(
    "usage_events",
    "events",
    "What customers really used.",
    (
        Column("event_id", "id", key=True, note="absent: the natural key stands in"),
        Column("account_id", "id", required=True),
        Column("event_name", "text", required=True),
        Column("occurred_at", "ts", required=True, happened=True),
        Column("units", "qty", required=True, default=1),
        Column("received_at", "ts"),
        Column("properties", "json"),
    ),
    month_column="occurred_at",
)
REPORTED_EVENTS = Dataset(
    "reported_events",
    "events",
    "What was sent to the billing system's meter, one row per accepted meter event.",
    (
        Column("event_id", "id", key=True, note="absent: the natural key stands in"),
        Column("account_id", "id", required=True),
        Column("event_name", "text", required=True),
        Column("occurred_at", "ts", required=True, happened=True),
        Column("units", "qty", required=True),
        Column("reported_at", "ts"),
    ),
    month_column="occurred_at",
)
REJECTED_METER_EVENTS = Dataset(
    "rejected_meter_events",
    "events",
    "Meter events that the billing system refused.",
    (
        Column("event_id", "id", required=True),
        Column("account_id", "id"),
        Column("event_name", "text"),
        Column("occurred_at", "ts", required=True, happened=True),
        Column("units", "qty"),
        Column("error_code", "text", required=True),
        Column("rejected_at", "ts"),
    ),
    month_column="occurred_at",
)
ENGAGEMENT_EVENTS = Dataset(
    "engagement_events",
    "events",
    "Product activity that is not billed.",
    (
        Column("event_id", "id"),
        Column("account_id", "id", required=True),
        Column(
            "event_name",
            "text",
            required=True,
            note="`login`, `session`, `feature_used`, `cancel_intent`, `support_ticket`, or any other",
        ),
        Column("occurred_at", "ts", required=True, happened=True),
    ),
    month_column="occurred_at",
)
REPORTED_USAGE = Dataset(
    "reported_usage",
    "totals",
    "Reported usage of billing systems that only give sums.",
    (
        Column("account_id", "id", key=True),
        Column("meter_id", "id", key=True),
        Column("window_start", "ts", key=True, happened=True),
        Column("window_end", "ts", key=True),
        Column("units", "qty", required=True),
        Column("reported_at", "ts"),
    ),
    month_column="window_start",
    rules=(Rule("window_end > window_start", "window_end is not after window_start"),),
    is_used=False,
)

EVENT_DATASETS = (USAGE_EVENTS, REPORTED_EVENTS, REJECTED_METER_EVENTS, ENGAGEMENT_EVENTS, REPORTED_USAGE)
