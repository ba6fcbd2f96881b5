"""One measurement, in a process of its own: `python -m bench.measure NAME DATA_FOLDER` prints it as JSON.

A process of its own makes peak memory honest and keeps one measurement's caches out of the next. Seconds are those of
the work, without the start of Python and its imports: by the clock, and of all cores together.
"""

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.data import MONTH, SOURCE, bench_sql
from revenue_assets.lake.engine import duckdb_session

Times = dict[str, tuple[float, float]]


def floor(folder: Path) -> Times:
    """Reading the needed columns once."""
    with duckdb_session() as duck:
        for side in ("usage", "reported"):
            duck.execute(f"set variable {side}_file = $path", {"path": str(folder / f"{side}_events.parquet")})
        return {"floor": _timed(lambda: duck.execute(bench_sql("floor")).fetchall())}


def lake_step(name: str, folder: Path) -> Times:
    """One step of the lake over the month."""
    from revenue_assets.contract.source import load_source
    from revenue_assets.lake import steps

    source = load_source(SOURCE, {"data_dir": str(folder)})
    run: dict[str, Callable[[], object]] = {
        "stage_usage": lambda: steps.stage_events(source, "usage_events", [MONTH]),
        "stage_reported": lambda: steps.stage_events(source, "reported_events", [MONTH]),
        "billing_periods": lambda: steps.build_billing_periods(source, [MONTH]),
        "event_findings": lambda: steps.build_event_findings(source, [MONTH]),
        "period_usage": lambda: steps.build_period_usage(source, [MONTH]),
        "usage_daily": lambda: steps.build_usage_daily(source, [MONTH]),
    }
    source.as_of()
    assert source.matching == "event_id"
    return {name: _timed(run[name])}


def evidence(folder: Path) -> Times:
    """The events behind one finding: of a code, and of a whole meter and period."""
    from datetime import UTC, datetime

    from revenue_assets.contract.source import load_source
    from revenue_assets.lake.evidence import events_behind

    source = load_source(SOURCE, {"data_dir": str(folder)})
    finding = {"organization_id": "org_bench", "account_id": "acct_001234", "subscription_id": "sub_001234"}
    period = {"period_start": datetime(2025, 3, 1, tzinfo=UTC), "period_end": datetime(2025, 4, 1, tzinfo=UTC)}
    whole = finding | period | {"item": "api_calls", "code": "B10"}
    return {
        "evidence of U1": _timed(lambda: events_behind(source, whole | {"code": "U1"})),
        "evidence of B10": _timed(lambda: events_behind(source, whole)),
    }


def in_postgres(folder: Path) -> Times:
    """The same work inside PostgreSQL."""
    from bench.in_postgres import run_in_postgres

    return {part: (seconds, 0.0) for part, seconds in run_in_postgres(folder).items()}  # the server's CPU is not ours


def rating(_: Path) -> Times:
    """A month's items rated and classified in PostgreSQL."""
    from bench.rating import run_rating

    return {part: (seconds, 0.0) for part, seconds in run_rating().items()}


def warehouse(size: str) -> tuple[Times, int]:
    """The whole warehouse built by dbt, for a company of that size; with the peak memory of PostgreSQL."""
    from bench.warehouse import run_warehouse

    seconds, server_bytes = run_warehouse(int(size))
    return {part: (spent, 0.0) for part, spent in seconds.items()}, server_bytes


def in_pandas(folder: Path) -> Times:
    """The same work in pandas."""
    from bench.in_pandas import run_in_pandas

    return {"in pandas": _timed(lambda: run_in_pandas(folder))}


def whole_close(folder: Path) -> Times:
    """The close of the month as a user runs it: from the source's files to the findings, in processes of its own."""
    command = [str(Path(sys.executable).with_name("revenue")), "close", "--source", SOURCE]
    command += ["--set", f"data_dir={folder}", "--from", MONTH, "--to", MONTH]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr.strip() or done.stdout.strip())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"whole close": (seconds, used.ru_utime + used.ru_stime)}


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of all cores together, which other programs on the machine disturb less."""
    began, cpu_began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu_began


def main(name: str, folder: Path) -> None:
    """Measure and print."""
    others: dict[str, Callable[[Path], Times]] = {
        "floor": floor,
        "evidence": evidence,
        "postgres": in_postgres,
        "pandas": in_pandas,
        "close": whole_close,
        "rating": rating,
    }
    server_bytes = 0
    if name.startswith("warehouse-"):
        times, server_bytes = warehouse(name.partition("-")[2])
    elif name.startswith("months-"):
        from bench.months import run_months

        _, way, months = name.split("-")
        times = run_months(way, int(months))
    else:
        times = others[name](folder) if name in others else lake_step(name, folder)
    print(json.dumps({"times": times, "peak_bytes": _peak_bytes(), "server_bytes": server_bytes}))


def _peak_bytes() -> int:
    """The most memory that this process, or the largest that it started, has had.

    Its own is not from getrusage, which counts the parent's at the fork too.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    own = int(found.group(1)) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
