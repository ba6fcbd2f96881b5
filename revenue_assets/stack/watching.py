"""Decides what is to be done about one service, from what is seen of it; it starts and asks nothing itself.

A service that dies, or gives no good answer for too long, is started anew: at once, then after 2, 4, 8 seconds. After
five failures within ten minutes it is `failing` and left alone until `revenue up` asks for another try, because what
does not start five times needs a person. While something that it needs is not well, nothing is held against it.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from revenue_assets.stack.files import Started
from revenue_assets.stack.services import Service

_LIMIT = 5
_WINDOW = timedelta(minutes=10)
_AT_ONCE = datetime.min.replace(tzinfo=UTC)


class State(StrEnum):
    """How a service is, in one word."""

    STARTING = "starting"
    RUNNING = "running"
    FAILING = "failing"
    STOPPED = "stopped"


class Action(StrEnum):
    """What the supervisor should do now."""

    NOTHING = "nothing"
    START = "start"
    KILL = "kill"


@dataclass
class Record:
    """What is known of a service. `problem` is what is wrong now; `last_error` stays after it is over."""

    service: str
    state: State = State.STOPPED
    problem: str | None = None
    pid: int | None = None
    address: str = ""
    started_at: datetime | None = None
    restarts: int = 0
    last_error: str = ""
    last_error_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """For the state file and `revenue status --format json`; times in ISO 8601, UTC."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Record":
        """The reverse of `as_json`."""
        times = {name: datetime.fromisoformat(kept[name]) for name in ("started_at", "last_error_at") if kept[name]}
        return cls(**(kept | times | {"state": State(kept["state"])}))


@dataclass
class Watch:
    """One service over time. Every method is given the moment at which it is called."""

    service: Service
    record: Record
    _is_up: bool = False  # it was seen alive or started, and has not failed since
    _has_answered: bool = False
    _unwell_since: datetime | None = None
    _start_at: datetime = _AT_ONCE
    _failures: list[datetime] = field(default_factory=list)

    def look(self, at: datetime, found: Started | None, problem: str | None, lacking: str, ended: str) -> Action:
        """Take over what is seen: the living process, what is wrong with it, which need is lacking, how it ended."""
        if found:
            return self._look_at_living(at, found, problem, lacking)
        if self._is_up:
            self.failed(at, ended)
        self.record.pid, self.record.started_at = None, None
        if self.record.state is State.FAILING:
            return Action.NOTHING
        self.record.state = State.STARTING
        if lacking:
            self.record.problem = f"it waits for {lacking}"
            return Action.NOTHING
        self.record.problem = self.record.last_error if self._failures else "it has not been started yet"
        return Action.START if at >= self._start_at else Action.NOTHING

    def started(self, at: datetime, started: Started) -> None:
        """A start was asked for and the process is there."""
        if self.record.last_error_at:
            self.record.restarts += 1
        self._seen(started)
        self._is_up, self._has_answered, self._unwell_since = True, False, at
        self.record.problem = "it has not answered yet"

    def failed(self, at: datetime, reason: str) -> None:
        """It ended, hung or could not be started: decide when to try again."""
        self._failures = [*(moment for moment in self._failures if at - moment < _WINDOW), at]
        self._is_up = False
        self.record.last_error, self.record.last_error_at, self.record.problem = reason, at, reason
        is_too_often = len(self._failures) >= _LIMIT
        self.record.state = State.FAILING if is_too_often else State.STARTING
        self._start_at = at + timedelta(seconds=2 ** (len(self._failures) - 1) if len(self._failures) > 1 else 0)

    def try_again(self) -> None:
        """A person asks for it: what has failed so far is not counted any more."""
        self._failures = []
        if self.record.state is State.FAILING:
            self.record.state = State.STARTING
            self._start_at = _AT_ONCE

    @property
    def has_failed(self) -> bool:
        """Whether it has failed lately and not been well since."""
        return bool(self._failures) and self.record.state is not State.RUNNING

    def _look_at_living(self, at: datetime, found: Started, problem: str | None, lacking: str) -> Action:
        if found.pid != self.record.pid or not self._is_up:
            self._has_answered, self._unwell_since = self._has_answered and self._is_up, at
        self._seen(found)
        self._is_up = True
        if lacking:
            self._unwell_since, self.record.problem = at, f"it needs {lacking}, which is not well"
            self.record.state = State.RUNNING if self._has_answered else State.STARTING
            return Action.NOTHING
        self.record.problem = problem
        if problem is None:
            self.record.state, self._has_answered, self._unwell_since = State.RUNNING, True, None
            return Action.NOTHING
        self._unwell_since = self._unwell_since or at
        self.record.state = State.RUNNING if self._has_answered else State.STARTING
        seconds = self.service.hang_seconds if self._has_answered else self.service.start_seconds
        if at - self._unwell_since < timedelta(seconds=seconds):
            return Action.NOTHING
        when = "for" if self._has_answered else "after its start within"
        self.failed(at, f"it gave no good answer {when} {seconds:.0f} seconds: {problem}")
        return Action.KILL

    def _seen(self, found: Started) -> None:
        self.record.pid, self.record.address = found.pid or None, found.address
        self.record.started_at = found.started_at if found.pid else None  # nobody knows that of a server elsewhere
