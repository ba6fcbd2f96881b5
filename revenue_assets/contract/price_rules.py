"""The rules for a price's terms: what each charge model needs. A price that lacks it is refused, with the reason.

A price without its terms has no amount, and one with a gap in its tiers has none for some quantities: neither may
reach the ladder, where a missing amount would read as zero. What the models mean: docs/definitions.md#charge-models.
"""

from revenue_assets.contract.model import Rule

_SHAPE = '[{"up_to": "VARCHAR", "unit_amount": "VARCHAR", "flat_amount": "VARCHAR", "rate_percent": "VARCHAR"}]'
_TIERS = f"try(from_json(tiers, '{_SHAPE}'))"
_BOUNDS = f"list_transform({_TIERS}, lambda tier: try_cast(tier.up_to as decimal(38, 12)))"
_INNER = f"list_filter({_BOUNDS}, lambda up_to: up_to is not null)"
# Rules over the tiers judge a list of tiers only: that there is one is a rule of its own.
_NO_TIERS = (
    "(charge_model not in ('graduated', 'volume', 'graduated_percentage') or coalesce(json_array_length(tiers), 0) = 0)"
)


def _not_a_number(field: str) -> str:
    return f"(tier.{field} is not null and try_cast(tier.{field} as decimal(38, 12)) is null)"


def _no_tier(condition: str) -> str:
    """True when the price has no tiers, or none of them fulfils the condition."""
    return f"({_NO_TIERS} or coalesce(len(list_filter({_TIERS}, lambda tier: {condition})) = 0, false))"


TERMS = (
    Rule(
        "charge_model not in ('flat', 'per_unit') or unit_amount is not null",
        "charge_model is flat or per_unit, but unit_amount is missing",
    ),
    Rule(
        "charge_model <> 'package' or (package_size is not null and package_amount is not null)",
        "charge_model is package, but package_size or package_amount is missing",
    ),
    Rule(
        "charge_model <> 'percentage' or rate_percent is not null",
        "charge_model is percentage, but rate_percent is missing",
    ),
    Rule(
        "charge_model not in ('graduated', 'volume', 'graduated_percentage')"
        " or coalesce(json_array_length(tiers), 0) > 0",
        "charge_model is graduated, volume or graduated_percentage, but tiers is no list of tiers",
    ),
    Rule(
        _no_tier(" or ".join(map(_not_a_number, ("up_to", "unit_amount", "flat_amount", "rate_percent")))),
        "a number in tiers is no number",
    ),
    Rule(
        f"{_NO_TIERS} or coalesce(len({_INNER}) = len({_TIERS}) - 1 and {_TIERS}[-1].up_to is null, false)",
        "not exactly the last of the tiers has no up_to",
    ),
    Rule(
        f"{_NO_TIERS} or coalesce({_INNER} = list_sort(list_distinct({_INNER})) and coalesce({_INNER}[1] > 0, true),"
        " false)",
        "up_to does not rise from tier to tier, starting above 0",
    ),
    Rule(
        _no_tier(
            "tier.flat_amount is null and case when charge_model = 'graduated_percentage' then tier.rate_percent"
            " else tier.unit_amount end is null"
        ),
        "a tier has no amount: unit_amount (rate_percent where charge_model is graduated_percentage) or flat_amount",
    ),
    Rule(
        "transaction_minimum is null or transaction_maximum is null or transaction_minimum <= transaction_maximum",
        "transaction_minimum is above transaction_maximum",
    ),
)
