"""What the supervisor decides about a service, moment by moment; no process is started and no clock asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from revenue_assets.stack.files import Started
from revenue_assets.stack.services import Place, Service
from revenue_assets.stack.watching import Action, Record, State, Watch

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _command(place: Place, workspace: Path) -> list[str]:
    return []


def _well(address: str, started_at: datetime) -> str | None:
    return None


SERVICE = Service("web", "web server", (), Place, _command, _well, start_seconds=60, hang_seconds=30)


def _after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _process(pid: int = 7) -> Started:
    return Started("web", pid, "127.0.0.1:80", NOON)


@pytest.fixture
def watch() -> Watch:
    """A service that was started at noon and answers since 12:00:01."""
    watch = Watch(SERVICE, Record("web"))
    assert _dead(watch, 0) is Action.START
    watch.started(NOON, _process())
    assert _alive(watch, 0.5, "no answer") is Action.NOTHING
    assert watch.record.state is State.STARTING
    assert _alive(watch, 1) is Action.NOTHING
    assert (watch.record.state, watch.record.problem, watch.record.restarts) == (State.RUNNING, None, 0)
    return watch


def _alive(watch: Watch, seconds: float, problem: str | None = None, lacking: str = "") -> Action:
    return watch.look(_after(seconds), _process(), problem, lacking, "")


def _dead(watch: Watch, seconds: float, lacking: str = "") -> Action:
    return watch.look(_after(seconds), None, None, lacking, "it was ended by SIGKILL")


def test_what_dies_is_started_at_once_and_the_reason_kept(watch: Watch) -> None:
    assert _dead(watch, 5) is Action.START
    assert (watch.record.last_error, watch.record.last_error_at) == ("it was ended by SIGKILL", _after(5))
    watch.started(_after(5), _process(8))
    _alive(watch, 6)
    assert (watch.record.restarts, watch.record.state, watch.record.problem) == (1, State.RUNNING, None)
    assert watch.record.last_error == "it was ended by SIGKILL"


def test_what_dies_again_and_again_waits_longer_each_time_and_is_given_up(watch: Watch) -> None:
    started = []
    for tenth in range(50, 2000):
        if _dead(watch, tenth / 10) is Action.START:
            started.append(tenth / 10)
            watch.started(_after(tenth / 10), _process())
    # Found dead a tenth of a second after each start: at once, then 2, 4 and 8 seconds later.
    assert started == [5.0, 7.1, 11.2, 19.3]
    assert watch.record.state is State.FAILING
    watch.try_again()
    assert _dead(watch, 300) is Action.START


def test_one_failure_now_and_then_never_adds_up(watch: Watch) -> None:
    for hour in range(1, 20):
        assert _dead(watch, hour * 3600) is Action.START
        watch.started(_after(hour * 3600), _process())
        _alive(watch, hour * 3600 + 1)
    assert (watch.record.state, watch.record.restarts) == (State.RUNNING, 19)


def test_what_hangs_is_ended_after_its_time_and_started_anew(watch: Watch) -> None:
    assert _alive(watch, 10, "timed out") is Action.NOTHING
    assert (watch.record.state, watch.record.problem) == (State.RUNNING, "timed out")
    assert _alive(watch, 39, "timed out") is Action.NOTHING
    assert _alive(watch, 40, "timed out") is Action.KILL
    assert watch.record.last_error == "it gave no good answer for 30 seconds: timed out"
    assert _dead(watch, 41) is Action.START


def test_one_good_answer_ends_the_doubt(watch: Watch) -> None:
    for second in range(10, 300, 20):
        assert _alive(watch, second, "timed out") is Action.NOTHING
        assert _alive(watch, second + 10) is Action.NOTHING
    assert watch.record.last_error == ""


def test_a_start_has_more_time_than_a_hang(watch: Watch) -> None:
    _dead(watch, 5)
    watch.started(_after(5), _process(8))
    assert watch.look(_after(64), _process(8), "no answer", "", "") is Action.NOTHING
    assert watch.look(_after(65), _process(8), "no answer", "", "") is Action.KILL
    assert "after its start within 60 seconds" in watch.record.last_error


def test_nothing_is_held_against_it_while_it_lacks_what_it_needs(watch: Watch) -> None:
    for second in range(10, 400, 10):
        assert _alive(watch, second, "no answer", lacking="PostgreSQL") is Action.NOTHING
    assert watch.record.problem == "it needs PostgreSQL, which is not well"
    assert _alive(watch, 401, "no answer") is Action.NOTHING
    assert _dead(watch, 402, lacking="PostgreSQL") is Action.NOTHING
    assert watch.record.problem == "it waits for PostgreSQL"
    assert _dead(watch, 403) is Action.START


def test_a_supervisor_takes_over_what_the_one_before_left() -> None:
    kept = Record("web", State.RUNNING, restarts=3, last_error="x", last_error_at=NOON)
    watch = Watch(SERVICE, Record.from_json(kept.as_json()))
    assert _alive(watch, 1) is Action.NOTHING
    assert (watch.record.state, watch.record.pid, watch.record.restarts) == (State.RUNNING, 7, 3)
