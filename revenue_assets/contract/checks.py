"""What is asked of every value of a column, as DuckDB expressions derived from the contract.

A column is seen twice: as delivered (`"delivered units"`) and converted to the contract's type (`"units"`). A check is
a condition that is true for a bad row, and the words for it. Missing means null or empty text. Conversion never rounds
a decimal or a text; only binary floating point is rounded, to 12 decimals.
"""

from dataclasses import dataclass
from datetime import datetime

from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.model import DUCKDB_TYPES, EARLIEST, LATEST, Column, ColumnType
from revenue_assets.contract.quoting import identifier, literal, literals

_NUMBER = "DECIMAL(38,12)"
_FLOATS = ("DOUBLE", "FLOAT")
_KINDS = {"ts": "a timestamp", "bool": "true or false", "date": "a date", "json": "valid JSON", "int": "a number"}


@dataclass(frozen=True)
class Check:
    """`is_implied`: another check of the column is true whenever this one is; it only gives the better words."""

    condition: str
    rule: str
    shows_value: bool = True
    is_implied: bool = False


def delivered(name: str) -> str:
    """The name under which a delivered column travels beside its converted self."""
    return identifier(f"delivered {name}")


def suits(column_type: ColumnType, given_type: str) -> bool:
    """Whether values of this DuckDB type can mean what the contract's type says."""
    if given_type == "VARCHAR" or given_type == DUCKDB_TYPES[column_type]:
        return True
    match column_type:
        case "qty" | "money" | "int":
            return _is_number(given_type) or given_type in _FLOATS
        case "ts" | "date":
            return given_type.startswith(("TIMESTAMP", "DATE"))
        case "bool":
            return given_type.endswith(("INT", "INTEGER"))
        case "json":
            return given_type == "JSON" or given_type.endswith("]") or given_type.startswith(("STRUCT", "MAP"))
        case _:
            return given_type not in ("BLOB", *_FLOATS) and not given_type.endswith(("]", ")"))


def converted(column: Column, given_type: str | None, value: str = "") -> str:
    """The expression of the contract's type; null where the value (the delivered column) cannot be converted."""
    target = DUCKDB_TYPES[column.type]
    default = f"cast({literal(column.default)} as {target})"
    if given_type is None:
        return default
    value = value or delivered(column.name)
    if given_type == "VARCHAR":
        value = f"nullif({value}, '')"
    result = _conversion(column, value, given_type, target)
    if column.default is None or column.required:
        return result
    return f"case when {value} is null then {default} else {result} end"


def checks(column: Column, given_type: str | None, latest: datetime, *, may_be_missing: bool = False) -> list[Check]:
    """The checks of one column, most telling first; none for a column that the SELECT leaves out."""
    if given_type is None:
        return []
    value, raw = identifier(column.name), delivered(column.name)
    is_given = f"{raw} is not null" + (f" and {raw} <> ''" if given_type == "VARCHAR" else "")
    found: list[Check] = []
    if (column.required or column.key) and not may_be_missing:
        found.append(Check(f"not ({is_given})", "is missing", shows_value=False))
    if DUCKDB_TYPES[column.type] != given_type or column.type == "json":
        found += _conversion_checks(column, f"{is_given} and {value} is null", raw, given_type)
    found += _bound_checks(column, value, latest)
    if DUCKDB_TYPES[column.type] == "VARCHAR":
        nul = f"contains({value}, chr(0))" + (rf" or contains({value}, '\u0000')" if column.type == "json" else "")
        found.append(Check(nul, "contains a NUL character", shows_value=False))  # PostgreSQL has no such text
    if column.allowed:
        found.append(
            Check(f"{value} not in ({literals(column.allowed)})", f"is not one of {', '.join(column.allowed)}")
        )
    if column.type == "ccy":
        found.append(Check(f"{value} not in ({literals(minor_units())})", "is not an ISO 4217 currency"))
    if column.time_zone:
        zones = "select name from pg_timezone_names()"
        found.append(Check(f"{value} not in ({zones})", "is not a time zone such as Europe/Berlin"))
    return found


def _conversion(column: Column, value: str, given_type: str, target: str) -> str:
    if given_type == target and column.type != "json":
        return value
    match column.type:
        case "qty" | "money" | "int":
            if given_type in _FLOATS:  # through the shortest text, so that 0.1 stays 0.1
                number = _number_of_text(f"case when isfinite({value}) then cast({value} as varchar) end")
            elif _is_number(given_type):
                number = f"try_cast({value} as {_NUMBER})"
            else:
                number = _number_of_text(f"cast({value} as varchar)")
            return f"try_cast({number} as integer)" if column.type == "int" else number
        case "ts" | "date":
            if not given_type.startswith(("TIMESTAMP", "DATE")):
                value = f"cast({value} as varchar)"
            return f"try_cast({value} as {target})"
        case "bool":
            return f"try_cast(cast({value} as varchar) as boolean)"
        case "json":
            text = value if given_type in ("VARCHAR", "JSON") else f"to_json({value})"
            return f"case when json_valid({text}) then cast({text} as varchar) end"
        case _:
            return f"cast({value} as varchar)"


def _number_of_text(text: str) -> str:
    """The number, in 128 bits only where 64 are not enough: DuckDB reads those hundred times faster from text."""
    small = f"try_cast({text} as decimal(18,12))"
    is_whole = f"not contains({text}, '.') and not contains(lower({text}), 'e')"
    whole = f"case when {is_whole} then try_cast({text} as decimal(18,0)) end"
    return f"coalesce(cast({small} as {_NUMBER}), cast({whole} as {_NUMBER}), try_cast({text} as {_NUMBER}))"


def _is_number(given_type: str) -> bool:
    return given_type.endswith(("INT", "INTEGER")) or given_type.startswith("DECIMAL")


def _conversion_checks(column: Column, failed: str, raw: str, given_type: str) -> list[Check]:
    if column.type in ("id", "text", "ccy"):
        return []
    if column.type not in ("qty", "money", "int"):
        return [Check(failed, f"is not {_KINDS[column.type]}")]
    as_double = f"try_cast(cast({raw} as varchar) as double)"
    found = [
        Check(f"{failed} and not isfinite({as_double})", "is not a finite number", is_implied=True),
        Check(f"{failed} and {as_double} is not null", "is too large a number", is_implied=True),
        Check(failed, "is not a number"),
    ]
    if column.type == "int":
        exact = f"try_cast(cast({raw} as varchar) as {_NUMBER})"
        found.append(Check(f"{exact} <> {identifier(column.name)}", "is not a whole number"))
    elif not _is_number(given_type) and given_type not in _FLOATS:
        found.append(Check(_has_too_many_decimals(f"cast({raw} as varchar)"), "has more than 12 decimals"))
    elif given_type.startswith("DECIMAL") and int(given_type[:-1].split(",")[1]) > 12:
        found.append(
            Check(f"try_cast({identifier(column.name)} as {given_type}) <> {raw}", "has more than 12 decimals")
        )
    return found


def _has_too_many_decimals(text: str) -> str:
    """Only texts long enough, or with an exponent, are taken apart: a regular expression per row is slow."""
    fraction = rf"length(rtrim(regexp_extract({text}, '\.([0-9]*)', 1), '0'))"
    exponent = f"coalesce(try_cast(regexp_extract({text}, '[eE]([+-]?[0-9]+)', 1) as integer), 0)"
    may_have = f"length({text}) > 13 or contains({text}, 'e') or contains({text}, 'E')"
    return f"case when {may_have} then {fraction} - {exponent} > 12 else false end"


def _bound_checks(column: Column, value: str, latest: datetime) -> list[Check]:
    if column.type in ("ts", "date"):
        found = [
            Check(f"{value} < {literal(EARLIEST)}", "is before the year 2000"),
            Check(f"{value} > {literal(LATEST)}", "is after the year 9999"),
        ]
        if column.happened:
            found.append(Check(f"{value} > {literal(latest)}", "is after the source's as_of + 1 day"))
        return found
    found = []
    if column.lowest is not None:
        words = "is negative" if column.lowest == "0" else f"is below {column.lowest}"
        found.append(Check(f"{value} < {column.lowest}", words))
    if column.maximum is not None:
        found.append(Check(f"{value} > {column.maximum}", f"is above {column.maximum}"))
    return found
