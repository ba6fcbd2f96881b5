"""From a SELECT's rows to good rows of the contract's types, and bad rows with the reason: as SQL, for DuckDB.

One statement over all rows, so that ten million take seconds; text is made of a row only when it is bad. The three
statements divide the rows: every row is in exactly one of `good_rows` and `bad_rows`, and `count_rows` counts both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from revenue_assets.contract.checks import Check, checks, converted, delivered
from revenue_assets.contract.model import Column, Dataset
from revenue_assets.contract.quoting import identifier, literal

NATURAL_KEY_DATASETS = ("usage_events", "reported_events")
_PLAIN = ("VARCHAR", "JSON", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_QUOTE = "'"
_NTH = identifier("nth of its key")
_ORGANIZATION = Column("organization_id", "id", required=True)
_QUARANTINED = ("source_name", "organization_id", "dataset", "month", "rule", "reason", "original")
NO_BAD_ROWS = f"select {', '.join(f'cast(null as varchar) as {name}' for name in _QUARANTINED)} where false"


@dataclass(frozen=True)
class Validation:
    """The statements for one dataset of one source.

    `given` maps the delivered columns to their DuckDB types, `relation` is what delivers them. `latest` is the time
    after which nothing can have happened. With `natural_key`, event ids are made from the events' content. With
    `unique_key`, of good rows with the same key all but the first, in the order of their content, are bad.
    """

    dataset: Dataset
    source_name: str
    organization_id: str | None
    given: Mapping[str, str]
    latest: datetime
    relation: str = ""
    natural_key: bool = False
    unique_key: bool = False

    def count_rows(self, condition: str = "true") -> str:
        """One row: how many rows fulfil the condition on the delivered columns, and how many of them are bad."""
        return f"select count(*), count(*) filter (({self._is_bad}) is true) from ({self._converted(condition)})"

    def repeats_keys(self) -> str:
        """One row: whether any two rows, good or bad, share a key."""
        return f"select exists (from ({self._one_by_one('true')}) select 1 group by {self._keys} having count(*) > 1)"

    def tell(self, condition: str = "true") -> str:
        """One row: rows in, how many of them are bad, their digest, the latest time (microseconds) of a good one."""
        latest = ", ".join(identifier(column.name) for column in self.dataset.columns if column.type == "ts")
        told = f"epoch_us(max(greatest({latest})) filter (({self._is_bad}) is not true))"
        return f"""
            select count(*), count(*) filter (({self._is_bad}) is true), {self._digest()}, {told}
            from ({self._converted(condition)})
        """

    def count_by_month(self, condition: str) -> str:
        """One row per month: the month, how many rows there are, and the digest that `tell` gives of the same rows."""
        moment = f"make_timestamp(epoch_us({identifier(self.dataset.month_column or '')}))"
        return f"""
            select strftime(date_trunc('month', {moment}), '%Y-%m'), count(*), {self._digest()}
            from ({self._converted(condition)})
            group by date_trunc('month', {moment})
        """

    def good_rows(self, condition: str = "true") -> str:
        """The rows for the lake, with exactly the columns of `Dataset.stored_columns`."""
        kept = f"select * from ({self._converted(condition)}) where ({self._is_bad}) is not true"
        names = list(self.dataset.stored_columns())
        selected = self._with_natural_key(names) if self.natural_key else list(map(identifier, names))
        return f"select {', '.join(selected)} from ({kept})"

    def bad_rows(self, condition: str = "true", month: str | None = None) -> str:
        """The rows for quarantine: the rule that is broken, the reason with the value, the original row as JSON."""
        original = ", ".join(f"{literal(name)}: {self._as_delivered(name)}" for name in self.given)
        return f"""
            select source_name, organization_id, {literal(self.dataset.name)} as dataset,
                cast({literal(month)} as varchar) as month,
                {self._rule()} as rule,
                {self._reason()} as reason,
                cast(to_json({{{original}}}) as varchar) as original
            from ({self._converted(condition)})
            where ({self._is_bad}) is true
        """

    def _digest(self) -> str:
        """What changes when a row comes, goes or changes, in whatever order they come; of the values as loaded.

        A sum, because equal rows would cancel each other out in an exclusive or.
        """
        values = ", ".join(identifier(column.name) for column in self._columns)
        return f"coalesce(cast(sum(hash({values})) as varchar), '0')"

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return (_ORGANIZATION, *self.dataset.columns)

    @property
    def _keys(self) -> str:
        return ", ".join(map(identifier, ("organization_id", *self.dataset.keys)))

    @cached_property
    def column_checks(self) -> dict[str, list[Check]]:
        """The checks of each column, most telling first."""
        return {
            column.name: checks(
                column,
                self.given.get(column.name),
                self.latest,
                may_be_missing=self.natural_key and column.name == "event_id",
            )
            for column in self._columns
        }

    @cached_property
    def _row_checks(self) -> list[Check]:
        return [Check(f"not ({rule.condition})", rule.broken, shows_value=False) for rule in self.dataset.rules]

    @cached_property
    def _breaks_a_rule(self) -> str:
        found = [check for column in self.column_checks.values() for check in column] + self._row_checks
        return " or ".join(f"({check.condition})" for check in found if not check.is_implied) or "false"

    @cached_property
    def _is_bad(self) -> str:
        return f"{self._breaks_a_rule} or {_NTH} > 1" if self.unique_key else self._breaks_a_rule

    def _converted(self, condition: str) -> str:
        rows = self._one_by_one(condition)
        if not self.unique_key:
            return rows
        content = ", ".join(map(identifier, self.dataset.stored_columns()))
        window = f"partition by {self._keys}, ({self._breaks_a_rule}) is true order by {content}"
        nth = f"case when ({self._breaks_a_rule}) is true then 0 else row_number() over ({window}) end"
        return f"select *, {nth} as {_NTH} from ({rows})"

    def _one_by_one(self, condition: str) -> str:
        beside = [f"{identifier(name)} as {delivered(name)}" for name in self.given]
        typed = [f"{literal(self.source_name)} as source_name"]
        for column in self._columns:
            given_type = self.given.get(column.name)
            if column is _ORGANIZATION and given_type is None:
                typed.append(f"{literal(self.organization_id)} as organization_id")
            else:
                typed.append(f"{converted(column, given_type)} as {identifier(column.name)}")
        return f"""
            select *, {", ".join(typed)}
            from (select {", ".join(beside)} from {self.relation} where {condition})
        """

    def _with_natural_key(self, names: list[str]) -> list[str]:
        """The n-th of equal events gets the same id on both sides; a delivered id is kept in the properties."""
        content = ["organization_id", "account_id", "event_name", "epoch_us(occurred_at)", "units"]
        others = [name for name in names if name not in ("source_name", "organization_id", "event_id")]
        window = "organization_id, account_id, event_name, occurred_at, units"
        nth = f"row_number() over (partition by {window} order by {', '.join(map(identifier, others))})"
        event_id = f"'nk:' || md5(concat_ws('|', {', '.join(content)})) || ':' || {nth} as event_id"
        selected = [event_id if name == "event_id" else identifier(name) for name in names]
        if "properties" in names and "event_id" in self.given:
            with_id = "json_merge_patch(coalesce(properties, '{}'), json_object('event_id', event_id))"
            kept = f"case when event_id is null then properties else cast({with_id} as varchar) end as properties"
            selected[names.index("properties")] = kept
        return selected

    def _as_delivered(self, name: str) -> str:
        """Numbers and times as text: JSON has no NaN, and no decimal of 38 digits."""
        given_type = self.given[name]
        nested = given_type.endswith("]") or given_type.startswith(("STRUCT", "MAP", "UNION"))
        plain = nested or given_type in _PLAIN
        return delivered(name) if plain else f"cast({delivered(name)} as varchar)"

    def _rule(self) -> str:
        """The first broken rule, without the value, so that reasons can be counted."""
        whens = [
            f"when {check.condition} then {literal(f'{name} {check.rule}')}"
            for name, found in self.column_checks.items()
            for check in found
        ]
        whens += [f"when {check.condition} then {literal(check.rule)}" for check in self._row_checks]
        return f"case {' '.join(whens)} else 'duplicate key' end"

    def _reason(self) -> str:
        """All that is wrong with a row; of one column, the first broken rule says enough."""
        parts = []
        for name, found in self.column_checks.items():
            if found:
                whens = " ".join(f"when {check.condition} then {_words(name, check)}" for check in found)
                parts.append(f"case {whens} end")
        parts += [f"case when {check.condition} then {literal(check.rule)} end" for check in self._row_checks]
        if self.unique_key:
            keys = " || ', ' || ".join(
                f"{literal(key + ' ')} || {_quoted(identifier(key))}" for key in self.dataset.keys
            )
            parts.append(f"case when {_NTH} > 1 then 'duplicate key: ' || {keys} end")
        return f"concat_ws('; ', {', '.join(parts)})"


def _words(name: str, check: Check) -> str:
    if not check.shows_value:
        return literal(f"{name} {check.rule}")
    return f"{literal(name + ': ')} || {_quoted(delivered(name))} || {literal(' ' + check.rule)}"


def _quoted(value: str) -> str:
    return f"{literal(_QUOTE)} || left(cast({value} as varchar), 100) || {literal(_QUOTE)}"
