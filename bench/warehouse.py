"""How long dbt needs to build the whole warehouse of the demo company, and of one with so many times the accounts.

Simulated, loaded and matched in a scratch installation, so that nothing stays; only dbt is measured. Every model is
built anew over all months, first without the tests and then with them. The floor is a start of dbt for one view.
Memory is that of this process, and apart from it that of PostgreSQL with all its processes, if it runs on this machine.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.memory import forget_peak, server_bytes
from revenue_assets.assets.dbt_build import DbtOutcome, run_dbt
from revenue_assets.automation.scratch import close_in_scratch, scratch_installation
from revenue_assets.contract.source import Source, load_source
from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, simulate
from revenue_assets.warehouse.connection import connect

SIZES = (1, 10)
START, MODELS, TESTED = "start-up of dbt", "all models", "all models and tests"
SLOWEST = 5
_SEED = 1
_WITHOUT_TESTS = ["--exclude-resource-type", "test", "unit_test"]
_ANEW = ["build", "--full-refresh"]


def run_warehouse(times: int) -> tuple[dict[str, float], int]:
    """Seconds of each part for a company with `times` the accounts of demo, and PostgreSQL's peak memory in bytes."""
    os.environ["REVENUE_SOURCES_DIR"] = str(PROJECT_DIR / "sources")
    get_settings.cache_clear()
    company = company_of(times)
    with scratch_installation() as folder:
        source = _delivered(times, folder)
        close_in_scratch(source, source.months(), ("stg_plans",), folder)
        forget_peak()
        peaks: list[int] = []
        with _watched(peaks):
            start, _ = _build(folder, source, ["run", "--select", "stg_plans"])
            models, outcome = _build(folder, source, [*_ANEW, *_WITHOUT_TESTS])
            tested, _ = _build(folder, source, _ANEW)
    slowest = sorted(_seconds_of_models(outcome).items(), key=lambda model: -model[1])[:SLOWEST]
    seconds = {START: start, MODELS: models, TESTED: tested} | dict(slowest)
    return {f"{company}: {part}": spent for part, spent in seconds.items()}, max(peaks, default=0)


def company_of(times: int) -> str:
    """How the measurements of a size are called."""
    return f"warehouse, {times}x accounts"


def enlarged(times: int) -> Profile:
    """The demo company with so many times the accounts; each uses as much as before."""
    demo = profile_named("demo")
    agreements = demo.agreements and replace(demo.agreements, accounts=demo.agreements.accounts * times)
    return replace(demo, accounts=demo.accounts * times, agreements=agreements)


def _delivered(times: int, folder: Path) -> Source:
    home = folder / "company"
    simulate(enlarged(times), _SEED, home)
    return load_source(COMPANY, {"data_dir": str(home / COMPANY)})


def _build(folder: Path, source: Source, arguments: list[str]) -> tuple[float, DbtOutcome]:
    began = time.perf_counter()
    outcome = run_dbt(arguments, source.months(), target_dir=folder / "dbt")
    seconds = time.perf_counter() - began
    if not outcome.is_success:
        raise SystemExit(" ".join(outcome.errors[0].split()))
    return seconds, outcome


def _seconds_of_models(outcome: DbtOutcome) -> dict[str, float]:
    results: list[dict[str, Any]] = [
        event["data"] for event in outcome.events if event["info"]["name"] == "LogModelResult"
    ]
    return {result["node_info"]["node_name"]: float(result["execution_time"]) for result in results}


@contextmanager
def _watched(peaks: list[int]) -> Iterator[None]:
    """Note what PostgreSQL's processes hold while the block runs, several times a second."""
    ended = threading.Event()
    with connect() as connection:
        backend = connection.info.backend_pid

        def watch() -> None:
            while not ended.wait(0.2):
                with suppress(OSError):
                    peaks.append(server_bytes(backend))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
