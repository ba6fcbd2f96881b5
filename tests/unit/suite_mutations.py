"""What breaks each expectation: the table from which the tests of the suites make bad rows out of good ones.

A mutation replaces values in all rows, or changes which rows there are. Most of what the contract declares is broken
in the same way whatever the dataset: by `USUAL`, looked up by how the expectation's name ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from revenue_assets.contract.datasets import DATASETS

EARLY = "timestamptz '2001-01-01 00:00:00+00'"


@dataclass(frozen=True)
class Mutation:
    """`replace` gives columns other values; `rows` is a FROM clause over the good rows, in place of all of them."""

    replace: Mapping[str, str] = field(default_factory=dict)
    rows: str = "{good}"
    keeps_types: bool = True

    def select(self, dataset: str) -> str:
        types = DATASETS[dataset].stored_columns() | {"month": "varchar"}
        values = {
            column: f"cast({value} as {types[column]})" if self.keeps_types else value
            for column, value in self.replace.items()
        }
        replaced = ", ".join(f"{value} as {column}" for column, value in values.items())
        return f"select * {f'replace ({replaced})' if replaced else ''} from {self.rows.format(good=f'good_{dataset}')}"


def m(**replace: str) -> Mutation:
    return Mutation(replace)


LAST = "month = '2025-04'"
FEWER = Mutation(rows="(from {good} limit 100)")
NOTHING = Mutation(rows="(from {good} limit 0)")
TWICE = Mutation(rows="(from {good} union all from {good})")
OTHER_UNITS = m(units=f"case when {LAST} then units * 1000 else units end")
NO_LAST_MONTH = Mutation(rows=f"(from {{good}} where not ({LAST}))")
TIERS = {"charge_model": "'graduated'"}


def tiers(text: str) -> Mutation:
    return Mutation(TIERS | {"tiers": f"'{text}'"})


OF_EVENTS = {
    "units_drift": OTHER_UNITS,
    "names_drift": m(event_name=f"case when {LAST} then 'other' else event_name end"),
    "empty_months": NO_LAST_MONTH,
}
OF_PRICES = {
    "plan_id_and_subscription_id_are_both_missing": m(plan_id="null"),
    "charge_model_is_flat_or_per_unit_but_unit_amount_is_missing": m(unit_amount="null"),
    "charge_model_is_package_but_package_size_or_package_amount_i": m(charge_model="'package'", package_size="null"),
    "charge_model_is_percentage_but_rate_percent_is_missing": m(charge_model="'percentage'", rate_percent="null"),
    "charge_model_is_graduated_volume_or_graduated_percentage_but": Mutation(TIERS | {"tiers": "'[]'"}),
    "a_number_in_tiers_is_no_number": tiers('[{"up_to": null, "unit_amount": "many"}]'),
    "not_exactly_the_last_of_the_tiers_has_no_up_to": tiers('[{"up_to": "5", "unit_amount": "1"}]'),
    "up_to_does_not_rise_from_tier_to_tier_starting_above_0": tiers(
        '[{"up_to": "9", "unit_amount": "1"}, {"up_to": "5", "unit_amount": "1"}, {"up_to": null, "unit_amount": "1"}]'
    ),
    "a_tier_has_no_amount_unit_amount_rate_percent_where_charge_m": tiers('[{"up_to": null}]'),
    "transaction_minimum_is_above_transaction_maximum": m(transaction_minimum="11"),
    "of_a_plan_and_of_a_subscription": m(subscription_id="'s'"),
    "never_in_force": m(valid_to="valid_from"),
    "in_force_beside_another": m(plan_id="'p'", meter_id="'m'", valid_to="null"),
    "unit_amount_negative": m(unit_amount="-1"),
    "rate_above_a_hundred": m(rate_percent="101"),
}
OF_A_PAYMENT = {
    "amount_negative": m(amount="-1"),
    "more_than_was_paid": m(amount="11"),
    "before_the_payment": m(created_at=EARLY),
}
TABLE: dict[str, dict[str, Mutation]] = {
    "usage_events": OF_EVENTS | {"received_before_it_occurred": m(received_at="occurred_at - interval 1 second")},
    "reported_events": OF_EVENTS | {"reported_before_it_occurred": m(reported_at="occurred_at - interval 1 second")},
    "rejected_meter_events": {"rejected_before_it_occurred": m(rejected_at=EARLY)},
    "reported_usage": {
        "window_end_is_not_after_window_start": m(window_end="window_start"),
        "window_overlaps_the_next": m(account_id="'a'", meter_id="'m'"),
        "reported_before_the_window_ends": m(reported_at=EARLY),
        "units_drift": Mutation({**OTHER_UNITS.replace, "meter_id": "'m'"}),
        "names_drift": m(meter_id=f"case when {LAST} then 'other' else 'm' end"),
    },
    "accounts": {
        "country_is_no_code": m(country="'Germany'"),
        "email_is_none": m(email="'none'"),
        "acquisition_cost_negative": m(acquisition_cost="-1"),
    },
    "meters": {
        "unit_cost_negative": m(unit_cost="-1"),
        "aggregation_is_unique_count_but_unique_property_is_missing": m(
            aggregation="'unique_count'", unique_property="null"
        ),
    },
    "event_mappings": {
        "in_force_beside_another": m(event_name="'n'", valid_to="null"),
        "multiplier_is_zero": m(multiplier="0"),
    },
    "plans": {"rank_missing": m(rank="null")},
    "subscriptions": {
        "ended_at_is_before_started_at": m(ended_at=EARLY),
        "pause_end_is_before_pause_start": m(pause_end=EARLY),
        "canceled_without_a_date": m(status="'canceled'", ended_at="null", canceled_at="null"),
        "trialing_without_an_end": m(status="'trialing'", trial_end="null"),
        "pause_without_a_start": m(pause_start="null"),
    },
    "contract_prices": OF_PRICES,
    "billing_prices": OF_PRICES,
    "commitments": {"amount_negative": m(amount="-1"), "never_in_force": m(valid_to="valid_from")},
    "discounts": {
        "exactly_one_of_percent_off_and_amount_off_must_be_given": m(amount_off="1"),
        "amount_off_negative": m(amount_off="-1"),
        "takes_nothing_off": m(percent_off="0"),
        "never_in_force": m(valid_to="valid_from"),
    },
    "credit_grants": {"amount_not_positive": m(amount="0")},
    "fx_rates": {
        "not_worth_itself": m(quote="'USD'", rate="2"),
        "leap_from_the_rate_before": m(rate="case when dayofyear(day) % 2 = 0 then 1 else 1.5 end"),
    },
    "invoices": {
        "not_finalized": m(finalized_at="null"),
        "draft_but_finalized": m(status="'draft'"),
        "replaces_itself": m(replaces_invoice_id="invoice_id"),
    },
    "invoice_lines": {
        "amount_is_not_units_times_unit_amount": m(amount="10.02"),
        "unit_amount_is_not_the_price": m(unit_amount="11"),
        "not_in_the_currency_of_its_invoice": m(currency="'EUR'"),
        "usage_of_no_meter": m(meter_id="null"),
        "discount_that_adds": m(kind="'discount'"),
    },
    "credit_notes": {
        "gives_nothing_back": m(amount="0"),
        "not_in_the_currency_of_its_invoice": m(currency="'EUR'"),
        "before_its_invoice": m(created_at=EARLY),
    },
    "credit_applications": {
        "amount_not_positive": m(amount="0"),
        "more_than_was_granted": m(amount="11"),
        "before_the_grant": m(applied_at=EARLY),
    },
    "payment_attempts": {
        "amount_negative": m(amount="-1"),
        "number_below_one": m(attempt_number="0"),
        "same_number_again": m(invoice_id="'i'"),
        "before_its_invoice": m(attempted_at=EARLY),
        "failed_without_a_reason": m(status="'failed'", decline_code="null"),
    },
    "refunds": OF_A_PAYMENT
    | {
        "of_a_payment_that_failed": m(),  # its payment is: see test_expectations
        "not_in_the_currency_of_its_payment": m(currency="'EUR'"),
    },
    "disputes": OF_A_PAYMENT | {"decided_but_not_closed": m(status="'won'", closed_at="null")},
}


def mutation(dataset: str, expectation: str) -> Mutation | None:
    """What breaks this expectation; None when nobody has said it."""
    return TABLE.get(dataset, {}).get(expectation) or _usual(dataset, expectation)


def _usual(dataset: str, expectation: str) -> Mutation | None:
    declared = DATASETS[dataset]
    column, _, kind = expectation.rpartition("_")
    later, _, earlier = expectation.replace("_often", "").partition("_before_")
    if kind in ("missing", "unknown"):
        return Mutation({column: "null" if kind == "missing" else "'nonsense'"})
    if expectation.endswith("_out_of_bounds"):
        name = expectation.removesuffix("_out_of_bounds")
        return Mutation({name: "-1"})
    if later in declared.stored_columns() and earlier in declared.stored_columns():
        return Mutation({later: f"{earlier} - interval 1 hour"})
    times = [each.name for each in declared.columns if each.type in ("ts", "date")]
    return {
        "wrong_columns": Mutation({"organization_id": "1"}, keeps_types=False),
        "copies": TWICE,
        "times_before_2000": Mutation({times[-1]: "timestamptz '1014-01-01 00:00:00+00'"} if times else {}),
        "valid_to_is_before_valid_from": m(valid_to=EARLY),
        "period_end_is_before_period_start": m(period_end=EARLY),
        "rows_of_another_month": m(month="'2024-12'"),
        "emptied": NOTHING,
        "rows_against_the_last_load": FEWER,
        "rows_against_the_months_before": Mutation(
            rows=f"(from {{good}} where strftime({declared.month_column}, '%Y-%m') < '2025-04' "
            f"union all (from {{good}} where strftime({declared.month_column}, '%Y-%m') = '2025-04' limit 500))"
        ),
    }.get(expectation)
