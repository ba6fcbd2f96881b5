"""The profiles that ship: `small` for tests, `demo` for a year that a person wants to look at.

Two organizations that differ in all that matters to the arithmetic: minor units, fees in advance or in arrears, tax,
time zones, included units, unit prices down to 12 decimals, a meter that counts and one that is mapped by a
factor, and prices per unit, in packages, graduated and by volume.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from revenue_assets.errors import RevenueError
from revenue_assets.rating.terms import Tier
from revenue_assets.simulation.profile import LeakRates, Meter, Organization, Plan, Profile, Rate, UsagePrice


def _plan(name: str, rank: int, share: float, fee: str, usage: Mapping[str, UsagePrice], prefix: str) -> Plan:
    return Plan(f"{prefix}_{name.lower()}", name, rank, share, Decimal(fee), usage)


def _per_unit(amount: str, included: str = "0") -> UsagePrice:
    return UsagePrice("per_unit", Decimal(amount), Decimal(included))


def _package(size: str, amount: str, included: str = "0") -> UsagePrice:
    sized, priced = Decimal(size), Decimal(amount)
    return UsagePrice("package", included_units=Decimal(included), package_size=sized, package_amount=priced)


def _tiered(model: Literal["graduated", "volume"], *tiers: tuple[str | None, str, str]) -> UsagePrice:
    """Tiers of (up_to, unit_amount, flat_amount)."""
    steps = tuple(Tier(Decimal(upto) if upto else None, Decimal(unit), Decimal(flat)) for upto, unit, flat in tiers)
    return UsagePrice(model, tiers=steps)


_NIMBUS = Organization(
    organization_id="nimbus_ai",
    account_prefix="nim",
    currency="USD",
    minor_unit=2,
    bill_in="advance",
    countries=("US", "US", "CA", "GB", "DE", "FR", "AU"),
    time_zones={"UTC": 0.6, "America/New_York": 0.25, "Europe/Berlin": 0.15},
    outage_hours=7,
    meters=(
        Meter("api_requests", "API requests", "request", "api_request", 0.5, Decimal("0.011"), "count"),
        Meter(
            "tokens",
            "Generated tokens",
            "token",
            "completion",
            0.3,
            Decimal("0.0000019"),
            median_units=Decimal(85_000),
            spread=0.9,
        ),
        Meter(
            "gpu_seconds",
            "GPU time",
            "second",
            "gpu_job",
            0.2,
            Decimal("0.0008"),
            median_units=Decimal(180),
            spread=0.7,
            decimals=3,
        ),
    ),
    plans=(
        _plan(
            "Starter",
            1,
            0.5,
            "49.97",
            {
                "api_requests": _package("10", "0.60"),
                "tokens": _tiered("graduated", ("500000", "0.000005243169", "0"), (None, "0.000004718852", "0")),
                "gpu_seconds": _per_unit("0.00215"),
            },
            "nimbus",
        ),
        _plan(
            "Growth",
            2,
            0.35,
            "199",
            {
                "api_requests": _package("10", "0.45", "20"),
                "tokens": _tiered("graduated", ("1000000", "0.000004718852", "0"), (None, "0.000003932377", "1.50")),
                "gpu_seconds": _per_unit("0.0019", "500"),
            },
            "nimbus",
        ),
        _plan(
            "Scale",
            3,
            0.15,
            "899.50",
            {
                "api_requests": _per_unit("0.0375", "50"),
                "tokens": _tiered("graduated", ("2000000", "0.000003932377", "0"), (None, "0.000003145902", "0")),
                "gpu_seconds": _tiered("volume", ("10000", "0.001725", "0"), (None, "0.001625", "2")),
            },
            "nimbus",
        ),
    ),
)

_SAKURA = Organization(
    organization_id="sakura_cloud",
    account_prefix="skr",
    currency="JPY",
    minor_unit=0,
    bill_in="arrears",
    countries=("JP", "JP", "JP", "SG", "KR", "TW"),
    time_zones={"UTC": 0.5, "Asia/Tokyo": 0.5},
    tax_rate=Decimal("0.10"),
    meters=(
        Meter(
            "storage_gb_hours",
            "Storage",
            "GB hour",
            "storage_sample",
            0.4,
            Decimal("0.4"),
            median_units=Decimal(48),
            spread=0.6,
            decimals=2,
        ),
        Meter(
            "egress_gb",
            "Outgoing traffic",
            "GB",
            "egress_mb",
            0.35,
            Decimal("4"),
            multiplier=Decimal("0.001"),
            median_units=Decimal(2600),
            spread=1.0,
        ),
        Meter("messages", "Messages sent", "message", "message_sent", 0.25, Decimal("2.1"), "count"),
    ),
    plans=(
        _plan(
            "Light",
            1,
            0.55,
            "1485",
            {
                "storage_gb_hours": _per_unit("0.9"),
                "egress_gb": _tiered("volume", ("50", "12.345", "0"), (None, "11.905", "0")),
                "messages": _package("5", "48", "10"),
            },
            "sakura",
        ),
        _plan(
            "Business",
            2,
            0.45,
            "14850",
            {
                "storage_gb_hours": _per_unit("0.825"),
                "egress_gb": _tiered("graduated", ("100", "10.5", "0"), (None, "9.25", "0")),
                "messages": _per_unit("7.75", "25"),
            },
            "sakura",
        ),
    ),
)

_SMALL = Profile(
    name="small",
    organizations=(_NIMBUS, _SAKURA),
    accounts=20,
    first_month="2025-09",
    month_count=4,
    events_per_account=130,
    ended=Rate(0.2, 4),
    started_later=Rate(0.2, 3),
    changed_plan=Rate(0.05, 1),
    negotiated=Rate(0.05, 2),
    renewed=Rate(0.1, 4),
    trials=Rate(0.4, 2),
    paused=Rate(0.1, 2),
    leaks=LeakRates(
        lossy_items=Rate(0.03, 5),
        lost_events=0.005,
        silent_items=Rate(0.01, 2),
        requantified_items=Rate(0.02, 4),
        retried_items=Rate(0.02, 4),
        phantom_items=Rate(0.02, 4),
        events_per_item=3,
        missing_periods=Rate(0.02, 2),
        absent_lines=Rate(0.01, 3),
        misposted_lines=Rate(0.01, 3),
        wrong_prices=Rate(0.1, 3),
        missed_renewals=Rate(0.5, 3),
        wrong_allowances=Rate(0.1, 3),
        other_meters_prices=Rate(0.05, 2),
        billed_after_end=Rate(0.4, 2),
        whole_fees=Rate(0.1, 2),
        repeated_lines=Rate(0.02, 2),
        stuck_drafts=Rate(0.02, 2),
        lost_voids=Rate(0.02, 2),
        unjustified_credits=Rate(0.03, 4),
        failed_collections=Rate(0.02, 2),
        stopped_collections=Rate(0.02, 2),
        returned_payments=Rate(0.02, 3),
        short_payments=Rate(0.02, 2),
        overdue_invoices=Rate(0.02, 2),
        document_decoys=Rate(0.01, 3),
        duplicate_events=0.004,
        renamed_events=0.001,
        dormant_periods=Rate(0.02, 2),
        split_invoices=Rate(0.03, 2),
    ),
)

_DEMO = Profile(
    name="demo",
    organizations=(_NIMBUS, _SAKURA),
    accounts=150,
    first_month="2025-01",
    month_count=12,
    events_per_account=360,
    ended=Rate(0.14),
    started_later=Rate(0.25),
    changed_plan=Rate(0.05),
    negotiated=Rate(0.06),
    renewed=Rate(0.1),
    trials=Rate(0.4),
    paused=Rate(0.04, 2),
    leaks=LeakRates(
        lossy_items=Rate(0.08),
        lost_events=0.005,
        silent_items=Rate(0.004),
        requantified_items=Rate(0.01),
        retried_items=Rate(0.01),
        phantom_items=Rate(0.006),
        events_per_item=12,
        missing_periods=Rate(0.012),
        absent_lines=Rate(0.006),
        misposted_lines=Rate(0.005),
        wrong_prices=Rate(0.12),
        missed_renewals=Rate(0.5),
        wrong_allowances=Rate(0.04),
        other_meters_prices=Rate(0.03),
        billed_after_end=Rate(0.3),
        whole_fees=Rate(0.06),
        repeated_lines=Rate(0.004),
        stuck_drafts=Rate(0.004),
        lost_voids=Rate(0.004),
        unjustified_credits=Rate(0.006),
        failed_collections=Rate(0.008),
        stopped_collections=Rate(0.004),
        returned_payments=Rate(0.004),
        short_payments=Rate(0.004),
        overdue_invoices=Rate(0.004),
        document_decoys=Rate(0.003, 2),
        duplicate_events=0.003,
        renamed_events=0.0005,
        dormant_periods=Rate(0.01),
        split_invoices=Rate(0.02),
    ),
)

PROFILES = {profile.name: profile for profile in (_SMALL, _DEMO)}


def profile_named(name: str, month_count: int | None = None) -> Profile:
    """The profile, optionally over another number of months; RevenueError when there is none of that name."""
    if name not in PROFILES:
        raise RevenueError(f"There is no simulation profile '{name}': choose one of {', '.join(PROFILES)}.")
    profile = PROFILES[name]
    if month_count is None:
        return profile
    if not 3 <= month_count <= 24:
        raise RevenueError(f"A simulation of {month_count} months is not possible: choose between 3 and 24 months.")
    return replace(profile, month_count=month_count)
