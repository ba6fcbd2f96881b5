"""The lake against a second implementation: plain Python over small random worlds, one organization each.

Times, units, names and ids are drawn from few values, so that duplicates, retries, swapped ids, period boundaries
inside a second and ties all happen. Compared are all rows of all results, exactly.
"""

import calendar
import itertools
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from revenue_assets.settings import get_settings

Row = dict[str, Any]
WORLDS = 200
MONTHS = ["2024-01", "2024-02", "2024-03"]
AS_OF = datetime(2024, 3, 20, 12, tzinfo=UTC)
TRILLIONTH = Decimal("0.000000000001")
DUPLICATES = ("duplicate_meter_event", "duplicate")
METERS = {"calls": "sum", "tokens": "sum", "jobs": "count", "seats": "max", "disk": "last", "users": "unique_count"}
NAMES = ["calls", "calls", "calls", "tokens", "kilotokens", "jobs", "seats", "disk", "users", "unpriced", "nonsense"]


# --- Drawing a world ------------------------------------------------------------------------------------------------


def draw_world(number: int, chance: random.Random) -> dict[str, list[Row]]:
    """Reference data and events of one organization."""
    organization: Row = {"organization_id": f"org_{number:03d}"}
    accounts = [f"acct_{index}" for index in range(3)]
    starts = ["2023-11-07 00:00:00", "2024-01-15 09:30:00", "2024-01-31 00:00:00", "2024-02-10 12:00:00.500000"]
    ends = ["2024-02-20 00:00:00", "2024-02-25 18:00:00.250000", None, None]
    trial_ends = ["2024-01-20 00:00:00", "2024-02-14 09:30:00", "2024-03-30 00:00:00", *[None] * 5]
    pauses = ["2024-01-10 00:00:00", "2024-02-15 00:00:00", "2024-02-29 06:00:00", *[None] * 5]
    resumptions = ["2024-02-15 00:00:00", "2024-02-29 07:00:00", "2024-03-10 12:00:00", None]
    zones = ["UTC", "Europe/Berlin", "America/New_York"]
    subscriptions: list[Row] = [
        organization
        | {
            "subscription_id": f"sub_{index}",
            "account_id": chance.choice(accounts),
            "plan_id": chance.choice(["plan", "plan", "small", "year"]),
            "started_at": _utc(chance.choice(starts)),
            "ended_at": _utc(chance.choice(ends)),
            "trial_end": _utc(chance.choice(trial_ends)),
            "pause_start": _utc(chance.choice(pauses)),
            "pause_end": _utc(chance.choice(resumptions)),
            "anchor_day": chance.choice([None, 1, 1, 15, 31]),
            "time_zone": chance.choice(zones),
            "status": "active",
        }
        for index in range(chance.randint(2, 6))
    ]
    dates = ("started_at", "ended_at", "trial_end", "pause_start", "pause_end")
    edges: list[datetime] = [row[key] for row in subscriptions for key in dates if row[key]]
    moments: list[datetime] = [
        *edges,
        *(edge + timedelta(milliseconds=chance.choice([-100, 100])) for edge in edges),
        *(
            datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(80 * 86400 * 10**6))
            for _ in range(5)
        ),
        *(datetime(2024, month, day, tzinfo=UTC) for month, day in ((1, 15), (2, 1), (2, 15), (3, 1), (3, 20))),
        *[datetime(2024, 3, 20, 15, 0, 0, 1234, tzinfo=UTC)] * 3,
        datetime(2024, 1, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
    usage = [_draw_event(organization, accounts, moments, chance) for _ in range(chance.randint(0, 60))]
    usage += [_copy(row, chance, moments) for row in usage if chance.random() < 0.1]
    reported = [_report(row, chance, moments) for row in usage if chance.random() < 0.85]
    reported += [_report(row, chance, moments) for row in reported if chance.random() < 0.3]
    reported += [_draw_event(organization, accounts, moments, chance) for _ in range(chance.randint(0, 3))]
    for row in reported:
        row.pop("properties", None)
        row["reported_at"] = row.pop("received_at", None)
    return {
        "accounts": [organization | {"account_id": account} for account in accounts[:2]],
        "subscriptions": subscriptions,
        "usage_events": usage,
        "reported_events": reported,
        "rejected_meter_events": _draw_rejections(usage, chance),
    } | _price_list(organization)


def _price_list(organization: Row) -> dict[str, list[Row]]:
    change = datetime(2024, 2, 10, 12, 0, 0, 500000, tzinfo=UTC)
    mappings: list[Row] = [{"event_name": name, "meter_id": name} for name in METERS if name != "tokens"]
    mappings += [
        {"event_name": "tokens", "meter_id": "tokens", "multiplier": "0.001", "valid_to": change},
        {"event_name": "tokens", "meter_id": "tokens", "multiplier": "0.0000000003", "valid_from": change},
        {"event_name": "kilotokens", "meter_id": "tokens"},
        {"event_name": "unpriced", "meter_id": "unpriced"},
    ]
    always = datetime(2000, 1, 1, tzinfo=UTC)
    prices: list[tuple[str, str, datetime, datetime | None]] = [("plan", meter, always, None) for meter in METERS]
    prices += [("year", meter, always, None) for meter in ("calls", "seats")]
    prices += [("small", "calls", always, change), ("small", "disk", change, None)]
    intervals = {"plan": "month", "small": "month", "year": "year"}
    return {
        "event_mappings": [organization | {"valid_from": always, "multiplier": "1"} | row for row in mappings],
        "meters": [
            organization | {"meter_id": meter, "aggregation": how, "unique_property": "user"}
            for meter, how in METERS.items()
        ],
        "plans": [organization | {"plan_id": plan, "billing_interval": every} for plan, every in intervals.items()],
        "contract_prices": [
            organization
            | {"price_id": f"{plan}-{meter}", "plan_id": plan, "meter_id": meter, "valid_from": start, "valid_to": end}
            for plan, meter, start, end in prices
        ],
    }


def _draw_event(organization: Row, accounts: list[str], moments: list[datetime], chance: random.Random) -> Row:
    moment = chance.choice(moments)
    return organization | {
        "event_id": f"event-{chance.randrange(10**9)}" if chance.random() < 0.9 else f"event-{chance.randrange(5)}",
        "account_id": chance.choice([*accounts, *accounts, *accounts, "stranger"]),
        "event_name": chance.choice(NAMES),
        "occurred_at": moment,
        "units": chance.choice(["1", "1", "1", "2.5", "1000"]),
        "received_at": chance.choice([None, moment, moment + timedelta(seconds=1)]),
        "properties": json.dumps({"user": chance.choice(["ann", "bob"])}) if chance.random() < 0.9 else None,
    }


def _copy(row: Row, chance: random.Random, moments: list[datetime]) -> Row:
    copy = dict(row)
    if chance.random() < 0.4:
        copy["occurred_at"] = chance.choice(moments)
    if chance.random() < 0.3:
        copy["units"] = "3"
    return copy


def _report(row: Row, chance: random.Random, moments: list[datetime]) -> Row:
    report = dict(row)
    kind = chance.random()
    if kind < 0.15:
        report["event_id"] = f"retry-{chance.randrange(10**9)}"
    elif kind < 0.25:
        report["units"] = chance.choice(["1", "2.5"])
    elif kind < 0.3:
        report["account_id"] = "acct_1"
    elif kind < 0.35:
        report["event_name"] = chance.choice(NAMES)
    if chance.random() < 0.1:
        report["occurred_at"] = chance.choice(moments)
    if chance.random() < 0.3:
        report["occurred_at"] = _cut(report["occurred_at"], chance.choice([1000, 1000000]))
    return report


def _draw_rejections(usage: list[Row], chance: random.Random) -> list[Row]:
    """Of ids that occur in one month only: whose rejection the id in another month would take is not defined."""
    months = defaultdict(set)
    for row in usage:
        months[row["event_id"]].add(month_of(row["occurred_at"]))
    rejected = [row for row in usage if chance.random() < 0.2 and len(months[row["event_id"]]) == 1]
    rejected += [row for row in rejected if chance.random() < 0.3]
    times = [None, datetime(2024, 3, 19, tzinfo=UTC), datetime(2024, 3, 20, tzinfo=UTC)]
    return [
        {key: row[key] for key in ("organization_id", "event_id", "occurred_at")}
        | {"error_code": chance.choice(["customer_not_found", *DUPLICATES]), "rejected_at": chance.choice(times)}
        for row in rejected
    ]


def _utc(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _cut(moment: datetime, step: int) -> datetime:
    return moment.replace(microsecond=moment.microsecond // step * step)


# --- The same by plain Python ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """Who claims an event."""

    outcome: str
    meter: str | None
    units: Decimal
    period: tuple[str, str, datetime, datetime] | None = None  # account, subscription, start, end

    @property
    def billing_month(self) -> str:
        assert self.period is not None
        return f"{self.period[3] - timedelta(microseconds=1):%Y-%m}"


def month_of(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m}"


def boundary(year: int, month: int, day: int, zone: ZoneInfo) -> datetime:
    day = min(day, calendar.monthrange(year, month)[1])
    return datetime(year, month, day, tzinfo=zone).astimezone(UTC)


def periods_of(subscription: Row, interval: str) -> list[tuple[datetime, datetime]]:
    zone = ZoneInfo(subscription["time_zone"])
    local = subscription["started_at"].astimezone(zone)
    day = subscription["anchor_day"] or local.day
    trial_end, paused, resumed = (subscription[key] for key in ("trial_end", "pause_start", "pause_end"))
    is_on_trial = trial_end is not None and trial_end > subscription["started_at"]
    if interval == "year":
        local_end = trial_end.astimezone(zone) if is_on_trial else local
        month = local_end.month if local_end.day == subscription["anchor_day"] else local.month
        edges = [boundary(year, month, day, zone) for year in range(2022, 2027)]
    else:
        edges = [boundary(2023 + index // 12, index % 12 + 1, day, zone) for index in range(20)]
    moments = {*edges, subscription["started_at"], subscription["ended_at"], trial_end, paused, resumed} - {None}
    parts = itertools.pairwise(sorted(moments))
    served = [(first, last) for first, last in parts if is_served(subscription, first) and first < edges[-1]]
    joined: list[tuple[datetime, datetime]] = []
    for first, last in served:  # a date that changes nothing does not cut
        if joined and joined[-1][1] == first and first not in edges:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def is_served(subscription: Row, moment: datetime) -> bool:
    never = datetime(9999, 1, 1, tzinfo=UTC)
    if not subscription["started_at"] <= moment < (subscription["ended_at"] or never):
        return False
    paused, resumed = subscription["pause_start"] or never, subscription["pause_end"] or never
    return not is_in_trial(subscription, moment) and not paused <= moment < resumed


def is_in_trial(subscription: Row, moment: datetime) -> bool:
    is_subscribed = subscription["started_at"] <= moment < (subscription["ended_at"] or moment + timedelta(1))
    return is_subscribed and subscription["trial_end"] is not None and moment < subscription["trial_end"]


class Reference:
    """Claims and outcomes of one world."""

    def __init__(self, data: dict[str, list[Row]]) -> None:
        self.data = data
        intervals = {plan["plan_id"]: plan["billing_interval"] for plan in data["plans"]}
        self.periods = {
            row["subscription_id"]: periods_of(row, intervals[row["plan_id"]]) for row in data["subscriptions"]
        }
        self.usage = self.deduplicated(data["usage_events"], "received_at")
        self.reported = self.deduplicated(data["reported_events"], "reported_at")

    def deduplicated(self, rows: list[Row], received: str) -> list[Row]:
        ids_by_month: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            ids_by_month[month_of(row["occurred_at"])].add(row["event_id"])
        never = datetime(9999, 1, 1, tzinfo=UTC)
        kept: dict[tuple[str, str], Row] = {}
        ranked = sorted(
            rows,
            key=lambda row: (
                row[received] or never,
                row["occurred_at"],
                row["account_id"],
                row["event_name"],
                Decimal(row["units"]),
                row.get("properties") is None,
                row.get("properties") or "",
            ),
        )
        for row in ranked:
            month = month_of(row["occurred_at"])
            before = month_of(row["occurred_at"].replace(day=1) - timedelta(days=1))
            if row["event_id"] not in ids_by_month[before]:
                kept.setdefault((month, row["event_id"]), row)
        return list(kept.values())

    def claim(self, event: Row) -> Claim:
        moment = event["occurred_at"]
        mapping = next(
            (
                row
                for row in self.data["event_mappings"]
                if row["event_name"] == event["event_name"] and self.is_valid(row, moment)
            ),
            None,
        )
        units = Decimal(event["units"])
        if mapping is None:
            return Claim("unmapped", None, units)
        meter = mapping["meter_id"]
        units *= Decimal(mapping["multiplier"])
        if METERS.get(meter) in ("count", "unique_count"):
            units = Decimal(1)
        own = [row for row in self.data["subscriptions"] if row["account_id"] == event["account_id"]]
        served, priced, trials = [], [], []
        for row in sorted(own, key=lambda row: (row["started_at"], row["subscription_id"])):
            window = next((w for w in self.periods[row["subscription_id"]] if w[0] <= moment < w[1]), None)
            served += [row] if window else []
            trials += [row] if is_in_trial(row, moment) else []
            if any(
                price["plan_id"] == row["plan_id"] and price["meter_id"] == meter and self.is_valid(price, moment)
                for price in self.data["contract_prices"]
            ):
                priced.append(row)
                if window:
                    period = (event["account_id"], row["subscription_id"], *window)
                    return Claim("pending" if window[0] >= AS_OF else "claimed", meter, units, period)
        if not own and all(row["account_id"] != event["account_id"] for row in self.data["accounts"]):
            return Claim("unmapped", meter, units)
        if trials and (not served or any(row in priced for row in trials)):
            return Claim("trial", meter, units)
        return Claim("unpriced" if served and not priced else "outside_subscription", meter, units)

    @staticmethod
    def is_valid(row: Row, moment: datetime) -> bool:
        return row["valid_from"] <= moment and (row.get("valid_to") is None or moment < row["valid_to"])

    def claimed(self, events: Iterable[Row], month: str) -> list[tuple[Row, Claim]]:
        pairs = ((event, self.claim(event)) for event in events)
        return [(e, c) for e, c in pairs if c.outcome == "claimed" and c.billing_month == month]

    def unclaimed(self, month: str) -> Counter[tuple[Any, ...]]:
        counted: Counter[tuple[Any, ...]] = Counter()
        for event in self.usage:
            claim = self.claim(event)
            if month_of(event["occurred_at"]) == month and claim.outcome not in ("claimed", "pending"):
                counted[event["account_id"], event["event_name"], claim.meter, claim.outcome] += 1
        return counted

    def outcomes(self, month: str) -> "Outcomes":
        usage, reported = self.claimed(self.usage, month), self.claimed(self.reported, month)
        return Outcomes(usage, reported, self.data["rejected_meter_events"])


def times(event: Row) -> set[datetime]:
    return {event["occurred_at"], _cut(event["occurred_at"], 1000), _cut(event["occurred_at"], 1000000)}


def content(event: Row, claim: Claim, moment: datetime) -> tuple[Any, ...]:
    return claim.period, claim.meter, event["event_name"], Decimal(event["units"]), moment


class Outcomes:
    """What became of each claimed event of one month, worked out event by event."""

    def __init__(self, usage: list[tuple[Row, Claim]], reported: list[tuple[Row, Claim]], rejected: list[Row]) -> None:
        self.usage = {event["event_id"]: (event, claim) for event, claim in usage}
        self.reported = {event["event_id"]: (event, claim) for event, claim in reported}
        self.rejected: dict[str, list[Row]] = defaultdict(list)
        for row in rejected:
            self.rejected[row["event_id"]].append(row)
        self.report_of: dict[str, str] = {}
        self._pair_by_id()
        self._pair_by_content()
        self.code: dict[tuple[str, str], str | None] = {}
        self.delivered: set[str] = set()
        self._judge()

    def _pair_by_id(self) -> None:
        for id_, (_, claim) in self.usage.items():
            if id_ in self.reported:
                other = self.reported[id_][1]
                if (other.period, other.meter) == (claim.period, claim.meter):
                    self.report_of[id_] = id_

    def _pair_by_content(self) -> None:
        offered = defaultdict(list)
        for id_ in sorted(set(self.reported) - set(self.usage)):
            event, claim = self.reported[id_]
            offered[content(event, claim, event["occurred_at"])].append(id_)
        waiting = defaultdict(list)
        for id_ in sorted(set(self.usage) - set(self.report_of)):
            event, claim = self.usage[id_]
            keys = [content(event, claim, moment) for moment in times(event)]
            keys = [key for key in keys if key in offered]
            if keys:
                waiting[max(keys, key=lambda key: key[-1])].append(id_)
        for key, ids in waiting.items():
            self.report_of |= dict(zip(ids, offered[key], strict=False))

    def _judge(self) -> None:
        contents = set()
        for id_, (event, claim) in self.usage.items():
            if id_ not in self.report_of:
                self.code["usage", id_] = code = self._without_report(id_)
                if code is None:
                    self.delivered.add(id_)
                continue
            report, other = self.reported[self.report_of[id_]]
            contents |= {content(event, claim, moment) for moment in times(event)}
            if _coarsely(event) != _coarsely(report):
                contents.add(content(report, other, report["occurred_at"]))
            if claim.units != other.units:
                self.code["usage", id_] = "U2"
        for id_ in set(self.reported) - set(self.report_of.values()):
            event, claim = self.reported[id_]
            if id_ not in self.usage and content(event, claim, event["occurred_at"]) in contents:
                self.code["reported", id_] = "U8"
            else:
                self.code["reported", id_] = "U9" if event["occurred_at"] < AS_OF else None

    def _without_report(self, id_: str) -> str | None:
        """None: the last that the billing system said of the event is that it had it already."""
        rejections = self.rejected.get(id_, [])
        if not rejections:
            return "U1"
        dated = [row for row in rejections if row["rejected_at"]]
        latest = max((row["rejected_at"] for row in dated), default=None)
        last = [row for row in rejections if row["rejected_at"] == latest]
        if any(row["error_code"] not in DUPLICATES for row in last):
            return "U3"
        return "U1" if id_ in self.reported else None

    def sets(self) -> dict[str, list[tuple[Row, Claim]]]:
        """The event sets of the metering rung."""
        code = self.code
        paired = [id_ for id_ in self.reported if ("reported", id_) not in code]
        twice = [id_ for id_ in self.reported if code.get(("reported", id_)) == "U8"]
        unused = [id_ for id_ in self.reported if code.get(("reported", id_)) == "U9"]
        arrived = [self.usage[id_] for id_ in self.usage if id_ in self.delivered]
        not_rejected = [id_ for id_ in self.usage if code.get(("usage", id_)) != "U3"]
        return {
            "units_actual": list(self.usage.values()),
            "units_less_rejected": [self.usage[id_] for id_ in not_rejected],
            "units_less_unreported": [self.usage[id_] for id_ in not_rejected if code.get(("usage", id_)) != "U1"],
            "units_requantified": arrived + [self.reported[id_] for id_ in paired],
            "units_with_reported_twice": arrived + [self.reported[id_] for id_ in paired + twice],
            "units_reported": arrived + [self.reported[id_] for id_ in paired + twice + unused],
        }


def _coarsely(event: Row) -> tuple[str, Decimal, datetime]:
    return event["event_name"], Decimal(event["units"]), _cut(event["occurred_at"], 1000000)


def quantity(meter: str, events: list[tuple[Row, Claim]]) -> Decimal:
    return exact_quantity(meter, events).quantize(TRILLIONTH, ROUND_HALF_UP)


def exact_quantity(meter: str, events: list[tuple[Row, Claim]]) -> Decimal:
    how = METERS[meter]
    if not events:
        return Decimal(0)
    if how in ("sum", "count"):
        return sum((claim.units for _, claim in events), Decimal(0))
    if how == "max":
        return max(claim.units for _, claim in events)
    if how == "last":
        return max(events, key=lambda pair: (pair[0]["occurred_at"], pair[0]["event_id"]))[1].units
    users = {json.loads(event["properties"])["user"] for event, _ in events if event.get("properties")}
    return Decimal(len(users))


# --- Comparing ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lake_and_worlds(tmp_path_factory: pytest.TempPathFactory, make_world: Any) -> tuple[Any, dict[str, Reference]]:
    """All worlds in one source, built once: the tests only read."""
    world = make_world(tmp_path_factory.mktemp("home"))
    chance = random.Random(20240131)
    drawn = [draw_world(number, chance) for number in range(WORLDS)]
    world.source.until = AS_OF
    for dataset in drawn[0]:
        rows = [row for data in drawn for row in data[dataset]]
        chance.shuffle(rows)
        if dataset.endswith("_events"):
            world.put_events(dataset, rows, MONTHS)
        else:
            world.put(dataset, rows)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAKE_URL", str(world.lake.root))
        get_settings.cache_clear()
        world.run(MONTHS)
    get_settings.cache_clear()
    return world, {data["accounts"][0]["organization_id"]: Reference(data) for data in drawn}


@pytest.fixture
def world(lake_and_worlds: tuple[Any, dict[str, Reference]]) -> Any:
    return lake_and_worlds[0]


@pytest.fixture
def worlds(lake_and_worlds: tuple[Any, dict[str, Reference]]) -> dict[str, Reference]:
    return lake_and_worlds[1]


def test_every_event_has_the_outcome_that_plain_python_gives_it(world: Any, worlds: dict[str, Reference]) -> None:
    found = Counter(
        (month, row["organization_id"], row["code"], row["event_id"], row["subscription_id"], row["period_start"])
        for month in MONTHS
        for row in world.read("event_findings", month)
    )
    expected: Counter[tuple[Any, ...]] = Counter()
    for organization, reference in worlds.items():
        for month in MONTHS:
            outcomes = reference.outcomes(month)
            for (side, id_), code in outcomes.code.items():
                _, claim = (outcomes.usage if side == "usage" else outcomes.reported)[id_]
                assert claim.period is not None
                expected[month, organization, code, id_, claim.period[1], claim.period[2]] += 1
    assert found == expected
    delivered = [
        row for month in MONTHS for row in world.read("event_findings", month) if row["outcome"] == "delivered"
    ]
    assert len(delivered) > 10, "the worlds are too tame"
    codes = Counter(key[2] for key in found)
    assert all(codes[code] > 10 for code in ("U1", "U2", "U3", "U8", "U9", None)), f"the worlds are too tame: {codes}"


def test_every_period_has_the_quantities_that_plain_python_adds_up(world: Any, worlds: dict[str, Reference]) -> None:
    rungs = ["units_actual", "units_less_rejected", "units_less_unreported", "units_requantified"]
    rungs += ["units_with_reported_twice", "units_reported"]
    found = {
        (month, row["organization_id"], row["subscription_id"], row["meter_id"], row["period_start"]): [
            row["events_actual"],
            row["events_reported"],
            *(row[rung] for rung in rungs),
        ]
        for month in MONTHS
        for row in world.read("period_usage", month)
    }
    expected = {}
    for organization, reference in worlds.items():
        for month in MONTHS:
            sets = reference.outcomes(month).sets()
            by_period: dict[Any, dict[str, list[tuple[Row, Claim]]]] = defaultdict(lambda: defaultdict(list))
            for rung, events in sets.items():
                for event, claim in events:
                    by_period[claim.period, claim.meter][rung].append((event, claim))
            for (period, meter), members in by_period.items():
                quantities = [quantity(meter, members[rung]) for rung in rungs]
                if METERS[meter] == "unique_count":  # a report has no properties: it counts under its usage event's
                    quantities[3:] = [quantities[2]] * 3
                counts = [len(members["units_actual"]), len(members["units_reported"])]
                expected[month, organization, period[1], meter, period[2]] = [*counts, *quantities]
    assert found == expected
    assert len(found) > 500


def test_usage_that_nobody_claims_is_counted_by_its_reason(world: Any, worlds: dict[str, Reference]) -> None:
    for month in MONTHS:
        found: dict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
        for row in world.read("unclaimed_usage", month):
            key = (row["account_id"], row["event_name"], row["meter_id"], row["outcome"])
            found[row["organization_id"]][key] += row["events"]
        for organization, reference in worlds.items():
            assert found[organization] == reference.unclaimed(month)
        outcomes = Counter(key[-1] for of_world in found.values() for key in of_world)
        assert all(outcomes[one] > 10 for one in ("trial", "unpriced", "outside_subscription", "unmapped")), outcomes


def test_every_day_has_the_quantity_that_plain_python_gives_it(world: Any, worlds: dict[str, Reference]) -> None:
    found, sums, outcomes = {}, Counter[tuple[Any, ...]](), Counter[str]()
    for month in MONTHS:
        for row in world.read("period_usage_daily", month):
            item = (row["subscription_id"], row["meter_id"], row["period_start"])
            key = (month, row["organization_id"], row["account_id"], row["outcome"], *item, row["usage_date"])
            found[key] = (row["events"], row["units"])
            outcomes[row["outcome"]] += 1
            if row["outcome"] == "claimed" and METERS[row["meter_id"]] in ("sum", "count"):
                sums[month, row["organization_id"], *item] += row["units"]
    expected = {}
    for organization, reference in worlds.items():
        members: dict[tuple[Any, ...], list[tuple[Row, Claim]]] = defaultdict(list)
        for event in reference.usage:
            claim, day = reference.claim(event), event["occurred_at"].date()
            if claim.outcome == "pending" or claim.meter is None:
                continue
            month = claim.billing_month if claim.outcome == "claimed" else month_of(event["occurred_at"])
            if month in MONTHS:
                period = claim.period[1:3] if claim.period else ("", None)
                item = (period[0], claim.meter, period[1])
                members[month, organization, event["account_id"], claim.outcome, *item, day].append((event, claim))
        for key, those in members.items():
            how = METERS.get(key[5], "sum")
            units = sum((claim.units for _, claim in those), Decimal(0)) if how == "sum" else quantity(key[5], those)
            expected[key] = (len(those), units)
    assert found.keys() == expected.keys()
    # The days of a period are rounded so that they add up to the period: by less than a trillionth each.
    assert all(found[key][0] == events for key, (events, _) in expected.items())
    assert all(abs(found[key][1] - units) < TRILLIONTH for key, (_, units) in expected.items())
    assert all(outcomes[one] > 10 for one in ("claimed", "trial", "unpriced", "outside_subscription")), outcomes
    periods = {
        (month, row["organization_id"], row["subscription_id"], row["meter_id"], row["period_start"]): row
        for month in MONTHS
        for row in world.read("period_usage", month)
        if METERS[row["meter_id"]] in ("sum", "count")
    }
    assert {key: row["units_actual"] for key, row in periods.items() if row["units_actual"]} == +sums


def test_every_day_of_the_calendar_month_has_its_events(world: Any, worlds: dict[str, Reference]) -> None:
    for month in MONTHS:
        found = {
            (row["organization_id"], row["account_id"], row["meter_id"], row["usage_date"]): row["events"]
            for row in world.read("usage_daily", month)
        }
        expected = Counter(
            (organization, event["account_id"], meter, event["occurred_at"].date())
            for organization, reference in worlds.items()
            for event in reference.usage
            if month_of(event["occurred_at"]) == month and (meter := reference.claim(event).meter)
        )
        assert found == expected


def test_raw_rows_are_staged_rows_and_extra_copies(world: Any, worlds: dict[str, Reference]) -> None:
    for dataset in ("usage_events", "reported_events"):
        counts = world.read(f"{dataset}_counts", *MONTHS)
        kept: Counter[str] = Counter()
        raw: Counter[str] = Counter()
        for organization, reference in worlds.items():
            staged = reference.usage if dataset == "usage_events" else reference.reported
            kept[organization] = sum(month_of(row["occurred_at"]) in MONTHS for row in staged)
            raw[organization] = sum(month_of(row["occurred_at"]) in MONTHS for row in reference.data[dataset])
        found: Counter[str] = Counter()
        delivered: Counter[str] = Counter()
        for row in counts:
            found[row["organization_id"]] += row["events"]
            delivered[row["organization_id"]] += row["events"] + row["duplicates"]
        assert found == +kept
        assert delivered == +raw
        extra = [row for row in world.read(dataset, *MONTHS, zone="staged") if row["copy"] > 1]
        assert len(extra) == sum(row["duplicates"] for row in counts)
