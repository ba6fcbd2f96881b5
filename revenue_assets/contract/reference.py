"""Reference datasets, delivered as whole snapshots: who the customers are, what they signed, what billing charges."""

from dataclasses import replace

from revenue_assets.contract.model import Column, Dataset, Rule
from revenue_assets.contract.price_rules import TERMS

VALIDITY = Rule("valid_to is null or valid_to >= valid_from", "valid_to is before valid_from")

ACCOUNTS = Dataset(
    "accounts",
    "reference",
    "The customers.",
    (
        Column("account_id", "id", key=True),
        Column("name", "text", required=True),
        Column("email", "text"),
        Column("country", "text", note="ISO 3166-1 alpha-2"),
        Column("segment", "text"),
        Column("currency", "ccy", required=True),
        Column("created_at", "ts", required=True),
        Column("is_internal", "bool", default=False, note="test, demo and own accounts, never billed"),
        Column("acquisition_channel", "text"),
        Column("acquisition_cost", "money"),
        Column("external_ids", "json"),
    ),
)
METERS = Dataset(
    "meters",
    "reference",
    "What is counted, and how.",
    (
        Column("meter_id", "id", key=True),
        Column("name", "text", required=True),
        Column("unit", "text", required=True),
        Column("aggregation", "text", required=True, allowed=("sum", "count", "max", "unique_count", "last")),
        Column("unique_property", "text", note="the property whose distinct values `unique_count` counts"),
        Column("unit_cost", "money", note="what one unit costs us, for margins"),
    ),
    rules=(
        Rule(
            "aggregation <> 'unique_count' or unique_property is not null",
            "aggregation is unique_count, but unique_property is missing",
        ),
    ),
)
EVENT_MAPPINGS = Dataset(
    "event_mappings",
    "reference",
    "Which meter an event name counts on; absent: the event name is the meter.",
    (
        Column("event_name", "text", key=True),
        Column("valid_from", "ts", key=True),
        Column("valid_to", "ts"),
        Column("meter_id", "id", required=True),
        Column("multiplier", "qty", default=1, note="0.001 turns tokens into thousands"),
    ),
    rules=(VALIDITY,),
)
PLANS = Dataset(
    "plans",
    "reference",
    "What is sold.",
    (
        Column("plan_id", "id", key=True),
        Column("name", "text", required=True),
        Column("rank", "int", note="for up- and downgrades"),
        Column("billing_interval", "text", required=True, allowed=("month", "year")),
        Column("currency", "ccy", required=True),
    ),
)
SUBSCRIPTIONS = Dataset(
    "subscriptions",
    "reference",
    "Who is on which plan, from when until when.",
    (
        Column("subscription_id", "id", key=True),
        Column("account_id", "id", required=True),
        Column("plan_id", "id", required=True),
        Column(
            "status",
            "text",
            required=True,
            allowed=("trialing", "active", "past_due", "paused", "canceled", "unpaid"),
        ),
        Column("started_at", "ts", required=True),
        Column("ended_at", "ts"),
        Column("trial_end", "ts", note="until then nothing is owed"),
        Column("canceled_at", "ts"),
        Column("cancel_reason", "text"),
        Column("anchor_day", "int", minimum="1", maximum="31", note="absent: the day of started_at, in time_zone"),
        Column("time_zone", "text", default="UTC", time_zone=True, note="IANA name"),
        Column("renews_at", "ts"),
        Column("pause_start", "ts", note="the latest pause; nothing is owed in it"),
        Column("pause_end", "ts", note="absent: until further notice"),
    ),
    rules=(
        Rule("ended_at is null or ended_at >= started_at", "ended_at is before started_at"),
        Rule("pause_end is null or pause_start is null or pause_end >= pause_start", "pause_end is before pause_start"),
    ),
)
CONTRACT_PRICES = Dataset(
    "contract_prices",
    "reference",
    "What was signed. The subscription's own price wins over its plan's.",
    (
        Column("price_id", "id", key=True),
        Column("plan_id", "id", note="plan_id or subscription_id"),
        Column("subscription_id", "id", note="plan_id or subscription_id"),
        Column("meter_id", "id", note="null: the recurring fee"),
        Column(
            "charge_model",
            "text",
            required=True,
            allowed=(
                "flat",
                "per_unit",
                "graduated",
                "volume",
                "package",
                "percentage",
                "graduated_percentage",
                "dynamic",
            ),
        ),
        Column("currency", "ccy", required=True),
        Column("valid_from", "ts", required=True),
        Column("valid_to", "ts"),
        Column("unit_amount", "money", note="flat: the fee; dynamic: what the amounts are multiplied by, absent: 1"),
        Column("package_size", "qty", minimum="0.000000000001"),
        Column("package_amount", "money"),
        Column("rate_percent", "qty", note="2.9 is 2.9 %"),
        Column("fixed_amount", "money", note="per transaction of a percentage"),
        Column("free_events", "int", minimum="0", note="transactions of a percentage that cost nothing"),
        Column("free_amount", "money", minimum="0", note="amount of transactions that costs nothing"),
        Column("transaction_minimum", "money", note="the least that one transaction of a percentage costs"),
        Column("transaction_maximum", "money", note="the most that one costs"),
        Column("included_units", "qty", default=0),
        Column("tiers", "json", note="`[{up_to, unit_amount, flat_amount, rate_percent}]`, the last `up_to` null"),
        Column("zero_usage_flat_fee", "bool", default=True),
        Column("rounding", "text", default="up", allowed=("up", "down"), note="packages"),
        Column("proration", "text", default="day", allowed=("day", "second", "none"), note="recurring fees"),
        Column("bill_in", "text", default="advance", allowed=("arrears", "advance"), note="recurring fees"),
    ),
    rules=(
        Rule("plan_id is not null or subscription_id is not null", "plan_id and subscription_id are both missing"),
        VALIDITY,
        *TERMS,
    ),
)
BILLING_PRICES = replace(
    CONTRACT_PRICES,
    name="billing_prices",
    meaning="What the billing system has attached; absent: the same as the contract.",
)
COMMITMENTS = Dataset(
    "commitments",
    "reference",
    "Minimum and maximum amounts per period.",
    (
        Column("commitment_id", "id", key=True),
        Column("subscription_id", "id", required=True),
        Column("kind", "text", required=True, allowed=("minimum", "maximum")),
        Column("amount", "money", required=True),
        Column("currency", "ccy", required=True),
        Column("valid_from", "ts", required=True),
        Column("valid_to", "ts"),
    ),
    rules=(VALIDITY,),
)
DISCOUNTS = Dataset(
    "discounts",
    "reference",
    "Discounts that were granted.",
    (
        Column("discount_id", "id", key=True),
        Column("subscription_id", "id", required=True),
        Column("percent_off", "qty", maximum="100", note="percent_off or amount_off"),
        Column("amount_off", "money", note="percent_off or amount_off"),
        Column("meter_id", "id", note="null: all lines"),
        Column("valid_from", "ts", required=True),
        Column("valid_to", "ts"),
    ),
    rules=(
        Rule(
            "(percent_off is null) <> (amount_off is null)", "exactly one of percent_off and amount_off must be given"
        ),
        VALIDITY,
    ),
)
CREDIT_GRANTS = Dataset(
    "credit_grants",
    "reference",
    "Prepaid balance.",
    (
        Column("grant_id", "id", key=True),
        Column("account_id", "id", required=True),
        Column("amount", "money", required=True),
        Column("currency", "ccy", required=True),
        Column("granted_at", "ts", required=True),
        Column("expires_at", "ts"),
        Column("priority", "int"),
    ),
)
FX_RATES = Dataset(
    "fx_rates",
    "reference",
    "Exchange rates: one unit of `base` is worth `rate` units of `quote` on that day.",
    (
        Column("base", "ccy", key=True),
        Column("quote", "ccy", key=True),
        Column("day", "date", key=True),
        Column("rate", "qty", required=True, minimum="0.000000000001"),
    ),
)

REFERENCE_DATASETS = (
    ACCOUNTS,
    METERS,
    EVENT_MAPPINGS,
    PLANS,
    SUBSCRIPTIONS,
    CONTRACT_PRICES,
    BILLING_PRICES,
    COMMITMENTS,
    DISCOUNTS,
    CREDIT_GRANTS,
    FX_RATES,
)
