"""The one log: what services write arrives whole, in order, once, readable, without secrets, and bounded in size."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from revenue_assets.stack import files, journal
from revenue_assets.stack.journal import Collector, Journal, files_of_journal
from revenue_assets.stack.log_lines import Entry, entries_of
from revenue_assets.stack.probes import StackError
from revenue_assets.stack.reading_logs import latest, readable

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = "0b1f8a52-4a0e-4d0b-9a52-6d7f8a1c2b3d"


def _one(line: str) -> tuple[str, str, str, str | None]:
    (entry,) = entries_of("s", [line], NOON)
    return entry.time.isoformat(timespec="seconds")[11:19], entry.level, entry.message, entry.run_id


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '{"event": "Launching run ' + RUN + '", "level": "warning", "timestamp": "2026-11-20T11:00:01+00:00"}',
            ("11:00:01", "warning", f"Launching run {RUN}", RUN),
        ),
        (
            "2026-11-20 11:00:02.123 UTC [41] FATAL:  password authentication failed",
            ("11:00:02", "error", "password authentication failed", None),
        ),
        (
            r"""{"event": "Tick failed", "level": "error", "timestamp": "2026-11-20T11:00:03", "exc_info":
            ["<class 'E'>", "E('no\\\\nStack Trace:\\\\n  x')", "<traceback>"]}""".replace("\n", " "),
            ("11:00:03", "error", "Tick failed\nE('no\nStack Trace:\n  x')", None),
        ),
        ("2026-11-20 11:00:03.123 UTC [41] LOG:  ready", ("11:00:03", "info", "ready", None)),
        (
            f"2026-11-20 13:00:04 +0200 - dagster - \x1b[34mERROR\x1b[0m - job - {RUN} - 7 - step failed",
            ("11:00:04", "error", f"dagster - job - {RUN} - 7 - step failed", RUN),
        ),
        ("something else", ("12:00:00", "info", "something else", None)),
        ("{not json", ("12:00:00", "info", "{not json", None)),
    ],
)
def test_lines_of_every_program_are_understood(line: str, expected: tuple[str, str, str, str | None]) -> None:
    assert _one(line) == expected


def test_a_traceback_belongs_to_its_message_and_is_an_error() -> None:
    lines = [
        '{"event": "Sensor tick", "level": "info", "timestamp": "2026-11-20T11:00:00+00:00"}',
        "Traceback (most recent call last):",
        '  File "x.py", line 1, in <module>',
        "ValueError: no s3cret-word",
        "2026-11-20 11:00:01.000 UTC [41] ERROR:  duplicate key",
        "2026-11-20 11:00:01.000 UTC [41] DETAIL:  Key (id)=(1) already exists.",
    ]
    first, second = entries_of("s", lines, NOON, ["s3cret-word"])
    assert (first.level, first.message.count("\n")) == ("error", 3)
    assert first.message.endswith("ValueError: no ***")
    assert "already exists" in second.message


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    """Takes over what the service `s` writes into s.log."""
    return Collector(Journal(tmp_path / "all.jsonl"), {"s": tmp_path / "s.log"}, tmp_path / "positions.json")


def _messages(collector: Collector) -> list[str]:
    found = [line for file in files_of_journal(collector.journal.file) for line in file.read_text().splitlines()]
    return [str(json.loads(line)["message"]) for line in found]


def _write(collector: Collector, text: str) -> None:
    with collector.raw["s"].open("a") as raw:
        raw.write(text)


def test_whole_lines_arrive_once_also_with_the_next_supervisor(collector: Collector) -> None:
    collector.collect(NOON)
    _write(collector, "LOG 1\n{")
    _write(collector, "")
    collector.collect(NOON)
    assert _messages(collector) == ["LOG 1"]
    _write(collector, "LOG 2\n")
    following = Collector(collector.journal, collector.raw, collector.raw["s"].parent / "positions.json")
    following.collect(NOON)
    following.collect(NOON)
    assert _messages(collector) == ["LOG 1", "{LOG 2"]


def test_a_file_that_was_taken_over_is_emptied_when_it_has_grown(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_RAW_BYTES", 10)
    _write(collector, "INFO: something long\n")
    collector.collect(NOON)
    assert collector.raw["s"].stat().st_size == 0
    _write(collector, "INFO: b\n")
    collector.collect(NOON)
    assert _messages(collector) == ["something long", "b"]


def test_the_log_is_rotated_by_size_and_the_oldest_part_goes(tmp_path: Path) -> None:
    log = Journal(tmp_path / "all.jsonl", max_bytes=200)
    for number in range(40):
        log.write([Entry(NOON, "s", "info", f"message {number}")])
    assert sum(file.stat().st_size for file in files_of_journal(log.file)) < 6 * 400
    kept = [
        json.loads(line)["message"] for file in files_of_journal(log.file) for line in file.read_text().splitlines()
    ]
    assert kept == [f"message {number}" for number in range(40 - len(kept), 40)]
    assert len(kept) < 40


def test_what_a_full_disk_refused_is_taken_over_later(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(entries: list[Entry]) -> None:
        raise OSError("No space left on device")

    _write(collector, "LOG 1\n")
    with monkeypatch.context() as patch:
        patch.setattr(collector.journal, "write", refuse)
        with pytest.raises(OSError, match="No space"):
            collector.collect(NOON)
    collector.collect(NOON)
    assert _messages(collector) == ["LOG 1"]


@pytest.mark.usefixtures("home")
def test_people_read_the_latest_of_one_service() -> None:
    with pytest.raises(StackError, match=r"stack\.jsonl is not there yet"):
        latest(None, 10)
    told = [
        Entry(NOON, name, "info", f"{name} {number}\nand more") for number in range(3) for name in ("daemon", "reports")
    ]
    Journal(files.journal_file()).write(told)
    entries: list[dict[str, Any]] = latest("daemon", 2)
    assert [readable(entry, is_whole=False) for entry in entries] == [
        "2026-11-20 12:00:00 daemon      info     daemon 1 (and 1 lines: --whole)",
        "2026-11-20 12:00:00 daemon      info     daemon 2 (and 1 lines: --whole)",
    ]
    assert readable(entries[0], is_whole=True).endswith("daemon 1\nand more")
    with pytest.raises(StackError, match="There is no service 'demon': there are supervisor, postgres, "):
        latest("demon", 2)
