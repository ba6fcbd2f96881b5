"""Reads the lines that services write (Dagster's JSON, PostgreSQL's, anything else) as entries of the one log."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_POSTGRES = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC \[\d+\] (\w+): {1,2}(.*)$")
_DAGSTER = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([+-]\d{4}) - (.*?) - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - (.*)$"
)
_PLAIN = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL): +(.*)$")
_RUN = re.compile(
    r"\b(?:run(?:[ _]id)?|dagster)\b.{0,40}?\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.IGNORECASE
)
_ESCAPED_END = re.compile(r"\\+n")
# What PostgreSQL writes on further lines about the message before.
_FURTHER = ("DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION")
_LEVELS = {"log": "info", "notice": "info", "fatal": "error", "panic": "critical"}
_TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Entry:
    """One message. `level` is debug, info, warning, error or critical; `run_id` that of the run it is about."""

    time: datetime
    service: str
    level: str
    message: str
    run_id: str | None = None

    def as_line(self) -> str:
        """One JSON object; what is not known is left out."""
        told = {"time": self.time.isoformat(timespec="milliseconds"), "service": self.service, "level": self.level}
        run = {"run_id": self.run_id} if self.run_id else {}
        return json.dumps({**told, **run, "message": self.message}, ensure_ascii=False) + "\n"


def entries_of(service: str, lines: Iterable[str], at: datetime, secrets: Sequence[str] = ()) -> Iterator[Entry]:
    """The entries that lines of a service make up; `at` is the time of lines that tell none.

    A line that begins no message (of a traceback, of a long statement) belongs to the one before. `secrets` are
    replaced by ***.
    """
    current: Entry | None = None
    for line in lines:
        text = _COLOURS.sub("", line.rstrip())
        for secret in secrets:
            text = text.replace(secret, "***")
        if not text:
            continue
        entry = _beginning(service, text)
        if entry is None and current is not None:
            level = "error" if _TRACEBACK in text and current.level in ("debug", "info") else current.level
            current = replace(current, message=f"{current.message}\n{text}", level=level)
            continue
        if current is not None:
            yield _with_run(current)
        current = entry or Entry(at, service, "error" if _TRACEBACK in text else "info", text)
    if current is not None:
        yield _with_run(current)


def _beginning(service: str, text: str) -> Entry | None:
    """The entry that begins with this line; None for a line that goes on."""
    if text.startswith("{") and (told := _json(text)) is not None:
        return _of_structured(service, told)
    if match := _POSTGRES.match(text):
        moment, level, message = match.groups()
        if level in _FURTHER:
            return None
        return Entry(datetime.fromisoformat(moment).replace(tzinfo=UTC), service, _level(level), message)
    if match := _DAGSTER.match(text):
        moment, zone, logger, level, message = match.groups()
        return Entry(
            datetime.fromisoformat(f"{moment}{zone}").astimezone(UTC), service, _level(level), f"{logger} - {message}"
        )
    if match := _PLAIN.match(text):
        return Entry(datetime.now(UTC), service, _level(match[1]), match[2])
    return None


def _json(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except json.JSONDecodeError:
        return None
    return told if isinstance(told, dict) and "event" in told else None


def _of_structured(service: str, told: dict[str, Any]) -> Entry:
    try:
        moment = datetime.fromisoformat(str(told.get("timestamp")))
    except ValueError:
        moment = datetime.now(UTC)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    parts = [told.get("event"), told.get("exception"), _raised(told.get("exc_info"))]
    message = "\n".join(str(part).strip() for part in parts if part)
    return Entry(moment, service, _level(str(told.get("level", "info"))), message)


def _raised(told: Any) -> Any:
    """What was raised: Dagster tells class, exception and traceback in Python's spelling, with its lines as \\n."""
    return _ESCAPED_END.sub("\n", str(told[1])) if isinstance(told, list) and len(told) == 3 else told


def _level(name: str) -> str:
    return _LEVELS.get(name.lower(), name.lower())


def _with_run(entry: Entry) -> Entry:
    match = _RUN.search(entry.message)
    return replace(entry, run_id=match[1]) if match else entry
