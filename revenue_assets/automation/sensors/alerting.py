"""What all sensors that look and tell have in common: a look at the warehouse, a note in the book, one sentence.

They change no data, so they run unless someone switches them off. A warehouse that does not answer, or in which
nothing has been built yet, is the sentence of the tick, and the next one looks again.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import psycopg

from revenue_assets.alerts.book import note
from revenue_assets.alerts.condition import Condition, Kind
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.errors import RevenueError
from revenue_assets.warehouse.connection import connect


@dataclass(frozen=True)
class Seen:
    """What a look found: `at` says what was looked at; `scope` are the causes it covers, None for all of its kind."""

    conditions: Sequence[Condition]
    at: str
    scope: Collection[str] | None = None
    cursor: str | None = None
    requests: Sequence[dg.RunRequest] = ()


Look = Callable[[dg.SensorEvaluationContext, psycopg.Connection, datetime], Seen]


def alerting_sensor(kind: Kind, look: Look, seconds: int, description: str) -> dg.SensorDefinition:
    """A sensor that looks every so many seconds and notes what is wrong."""

    @dg.sensor(
        name=str(kind),
        minimum_interval_seconds=seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=description,
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        seen = tick(context, kind, look)
        return seen if isinstance(seen, dg.SkipReason) else dg.SkipReason(seen[1])

    return sensor


def tick(
    context: dg.SensorEvaluationContext, kind: Kind, look: Look
) -> tuple[Sequence[dg.RunRequest], str] | dg.SkipReason:
    """Look, note in the book and remember where the look ended; the runs it asks for, and a sentence about it."""
    at = datetime.now(UTC)
    try:
        with connect() as connection:
            seen = look(context, connection, at)
            notices = note(connection, kind, seen.conditions, at, seen.scope)
    except RevenueError as error:
        return dg.SkipReason(str(error))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return dg.SkipReason("What this looks at has not been built yet: close a month first.")
    except psycopg.OperationalError:
        return dg.SkipReason("PostgreSQL went away while this looked: see `revenue status`; the next tick looks again.")
    if seen.cursor is not None:
        context.update_cursor(seen.cursor)
    return seen.requests, summary(seen, notices)


def summary(seen: Seen, notices: Sequence[Notice]) -> str:
    """What was looked at and found, such as: 548 checks; 11 conditions, 2 new, 1 cleared."""
    told = Counter(notice.event for notice in notices)
    words = ((Event.OPENED, "new"), (Event.ESCALATED, "grown"), (Event.CLEARED, "cleared"))
    news = [f"{told[event]} {word}" for event, word in words if told[event]]
    count = len(seen.conditions)
    return f"{seen.at}; {', '.join([_counted(count), *news])}."


def _counted(count: int) -> str:
    return "1 condition" if count == 1 else f"{count} conditions"
