"""A company is a TOML file: what it says arrives, and every mistake is refused in one sentence."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from revenue_assets.errors import RevenueError
from revenue_assets.simulation.about import is_another
from revenue_assets.simulation.profiles import profile_named, profile_names
from revenue_assets.simulation.simulate import simulate

OWN = """
accounts = 3
first_month = "2025-02"
month_count = 3
events_per_account = 20

[leaks]
missing_periods = 0.25

[[organizations]]
organization_id = "acme"
account_prefix = "acm"
currency = "KWD"
bill_in = "advance"
countries = ["KW"]

[[organizations.meters]]
meter_id = "calls"
name = "Calls"
unit = "call"
event_name = "call"
event_share = 1
unit_cost = 0

[[organizations.plans]]
plan_id = "acme_only"
name = "Only"
rank = 1
share = 1
fee = 10
[organizations.plans.usage]
calls = { unit_amount = 0.000000000001 }
"""


def described(folder: Path, text: str) -> str:
    file = folder / "acme.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_what_ships_can_be_read() -> None:
    assert set(profile_names()) >= {"small", "demo"}
    for name in profile_names():
        assert profile_named(name).name == name


def test_a_file_of_a_user_is_a_company_with_nothing_planted_that_it_does_not_name(tmp_path: Path) -> None:
    profile = profile_named(described(tmp_path, OWN))
    assert (profile.name, profile.accounts, profile.months) == ("acme", 3, ["2025-02", "2025-03", "2025-04"])
    assert profile.organizations[0].minor_unit == 3
    assert profile.organizations[0].plans[0].usage["calls"].unit_amount == Decimal("0.000000000001")
    assert profile.leaks.missing_periods.count(100) == 25
    assert profile.leaks.wrong_prices.count(100) == 0
    assert profile.trials.count(100) == 0
    summary = simulate(profile, 1, tmp_path)
    assert {code for _, _, code in summary.planted} == {"B1"}


def test_a_file_can_say_only_what_differs(tmp_path: Path) -> None:
    text = """
    based_on = "demo"
    accounts = 7
    [leaks]
    stuck_drafts = { share = 0.5, at_least = 9 }
    """
    own, demo = profile_named(described(tmp_path, text)), profile_named("demo")
    assert (own.accounts, own.month_count) == (7, demo.month_count)
    assert (own.leaks.stuck_drafts.share, own.leaks.stuck_drafts.at_least) == (0.5, 9)
    assert own.leaks.wrong_prices == demo.leaks.wrong_prices
    assert own.organizations == demo.organizations


def test_one_customer_who_comes_late_is_a_company_too(tmp_path: Path) -> None:
    text = 'based_on = "small"\naccounts = 1\nstarted_later = 1\nended = 0\ninternal_accounts = 0\nchanged_plan = 0'
    profile = replace(profile_named(described(tmp_path, text)), agreements=None)
    summary = simulate(profile, 3, tmp_path)
    assert (summary.accounts, summary.usage_events > 0) == (2, True)


def test_a_rate_in_parts_replaces_the_whole_rate(tmp_path: Path) -> None:
    own = profile_named(described(tmp_path, 'based_on = "small"\nended = { share = 0.5 }\n'))
    assert (own.ended.share, own.ended.at_least) == (0.5, 0)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("accounts = 3", "account = 3", "'account' is nothing that can be set here; did you mean 'accounts'?"),
        ("missing_periods = 0.25", "mising_periods = 0.2", "leaks: 'mising_periods' is nothing"),
        ("missing_periods = 0.25", "missing_periods = 1.2", "leaks.missing_periods.share should be less than or equal"),
        ("missing_periods = 0.25", "missing_periods = nan", "leaks.missing_periods.share should be"),
        ("missing_periods = 0.25", "missing_periods = true", "leaks.missing_periods should be a number from 0 to 1 or"),
        ("missing_periods = 0.25", "missing_periods = { shares = 1 }", "'shares' is nothing that can be set here; did"),
        ("accounts = 3", "accounts = 0", "accounts should be greater than or equal to 1, not 0."),
        ("accounts = 3", "accounts = 3.5", "accounts should be a valid integer, not '3.5'."),
        ("accounts = 3", "", "accounts is missing: add it."),
        ("month_count = 3", "month_count = 2", "month_count should be greater than or equal to 3, not 2."),
        ('"2025-02"', '"2025-2"', "first_month: '2025-2' is not a month: write it as YYYY-MM, such as 2025-03."),
        ('"KWD"', '"KWX"', "organizations[1].currency: 'KWX' should be a currency of ISO 4217, such as EUR."),
        ('"advance"', '"before"', "organizations[1].bill_in should be 'advance' or 'arrears', not 'before'."),
        ("event_share = 1", "event_share = 0", "event_share of the meters and the shares of time_zones should not all"),
        ('["KW"]', "[]", "organizations[1]: countries should have one at least."),
        ("[leaks]", "[usage]\nhours = [1, 2]\n[leaks]", "usage.hours should"),
        (
            "[leaks]",
            "[usage]\nspike_days = 0\n[leaks]",
            "usage.spike_days should be greater than or equal to 1, not 0.",
        ),
        ("fee = 10", "fee = -10", "organizations[1].plans[1].fee should be greater than or equal to 0, not -10."),
        (
            "fee = 10",
            "fees = 10",
            "organizations[1].plans[1]: 'fees' is nothing that can be set here; did you mean",
        ),
        ("calls = {", "cals = {", "'cals' has a price in plan acme_only and is no meter; did you mean 'calls'?"),
        (
            "unit_amount = 0.000000000001",
            "included_units = 5",
            "usage.calls: unit_amount should be there: a price that is",
        ),
        (
            "{ unit_",
            "{ package_size = 2, unit_",
            "package_size should not be there: a price that is per_unit",
        ),
        ("accounts = 3", 'based_on = "dem"', "based_on should be one of demo"),
        ("accounts = 3", 'name = "x"', "name should not be set; the file's own name, acme, is that of the profile."),
        ("accounts = 3", "accounts = ", "is not valid TOML: Invalid value"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_what_to_do(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    assert written in OWN
    file = described(tmp_path, OWN.replace(written, instead, 1))
    with pytest.raises(RevenueError) as refused:
        profile_named(file)
    assert str(refused.value).startswith(file)
    assert told in str(refused.value)
    assert str(refused.value).endswith((".", "?"))


@pytest.mark.parametrize("tiers", ["[{ up_to = 5 }]", "[{}, {}]", "[{ up_to = 5 }, { up_to = 3 }, {}]"])
def test_tiers_rise_and_the_last_one_is_open(tmp_path: Path, tiers: str) -> None:
    priced = f'calls = {{ charge_model = "volume", tiers = {tiers} }}'
    file = described(tmp_path, OWN.replace("calls = { unit_amount = 0.000000000001 }", priced))
    with pytest.raises(RevenueError, match="tiers should have rising up_to, and only the last one none"):
        profile_named(file)


def test_a_name_that_does_not_ship_and_a_path_without_a_file_are_refused() -> None:
    with pytest.raises(RevenueError, match=r"no profile 'smal': choose one of demo, .*small, or the path"):
        profile_named("smal")
    with pytest.raises(RevenueError, match=r"no file no/such\.toml"):
        profile_named("no/such.toml")


def test_a_company_is_another_one_when_its_profile_seed_months_or_organizations_differ(tmp_path: Path) -> None:
    own = replace(profile_named(described(tmp_path, OWN)), month_count=3)
    home = tmp_path / "home"
    assert is_another(own, 1, home), "nothing is known of it"
    simulate(own, 1, home)
    assert not is_another(own, 1, home)
    assert is_another(own, 2, home)
    assert is_another(replace(own, month_count=4), 1, home)
    assert is_another(replace(own, first_month="2025-03"), 1, home)
    assert is_another(replace(own, name="other"), 1, home)
    renamed = replace(own.organizations[0], organization_id="acme_2")
    assert is_another(replace(own, organizations=(renamed,)), 1, home)
