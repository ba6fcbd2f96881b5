"""The measurements as a page: tables of medians, ratios and peak memory, with the machine they were made on."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.rating import FLOOR, PARTS
from bench.run import LAKE_STEPS, Results
from bench.warehouse import MODELS, START, TESTED

_LABELS = {
    "stage_usage": "dedupe usage",
    "stage_reported": "dedupe reports",
    "billing_periods": "billing periods",
    "event_findings": "outcome of every event, findings written",
    "period_usage": "period usage",
}


_OTHERS = ("evidence", "in ", "PostgreSQL", "whole", "rating", "warehouse", "months")


def section(title: str, command: str, results: Results, postgres_version: str) -> str:
    """One run of the bench in Markdown; only what was measured is in it."""
    floor, together = results.median("floor"), results.lake_together
    lines = [f"## {title}", "", f"`{command}`, {datetime.now(UTC):%Y-%m-%d}. {_machine(postgres_version)}", ""]
    lines += ["| what | seconds (median) | of the floor | CPU seconds | peak memory |", "|---|---:|---:|---:|---:|"]

    def row(label: str, seconds: float | None, cpu: float | None, peak: int) -> None:
        if seconds is not None:
            ratio = f"{seconds / floor:.1f} x" if floor else ""
            memory = f"{peak / 1e9:.2f} GB" if peak else ""
            lines.append(f"| {label} | {seconds:.2f} | {ratio} | {f'{cpu:.2f}' if cpu else ''} | {memory} |")

    def row_of(name: str, label: str = "") -> None:
        peak = 0 if name.startswith(("in Postgre", "Postgre", "rating", "warehouse")) else results.peaks.get(name, 0)
        row(label or name, results.median(name), results.cpu(name), peak)

    row_of("floor", "**floor**: reading the needed columns once")
    for step in LAKE_STEPS:
        row_of(step, _LABELS[step])
    row("**the lake's steps together**", together, results.lake_cpu_together, results.lake_peak)
    row_of("usage_daily", "usage per day")
    for name in [name for name in results.seconds if name.startswith(_OTHERS)]:
        row_of(name)
    lines += [f"| {name} | {reason} | | | |" for name, reason in results.unfinished.items()]
    runs = max((len(seconds) for seconds in results.seconds.values()), default=0)
    spread = _spread(results)
    lines += ["", f"Runs: {runs}; single runs of what is compared: {spread}." if spread else f"Runs: {runs}."]
    postgres = results.median("in PostgreSQL")
    if floor and together:
        cpu, cpu_floor = results.lake_cpu_together, results.cpu("floor")
        by_cpu = f" ({cpu / cpu_floor:.1f} times by CPU seconds)" if cpu and cpu_floor else ""
        lines.append(f"The lake's steps together take {together / floor:.1f} times the floor{by_cpu}.")
        if postgres:
            lines.append(f"PostgreSQL takes {postgres / together:.1f} times as long for the same work, load included.")
    if rated := [results.median(name) or 0 for name in PARTS.values() if results.median(name)]:
        aggregate = results.median(FLOOR) or 1
        lines.append(f"Rating and classifying the items takes {sum(rated) / aggregate:.1f} times the aggregate.")
    return "\n".join([*lines, *_growth(results)]) + "\n"


def _growth(results: Results) -> list[str]:
    """How the whole warehouse compares with a start of dbt, and with that of the smallest company."""
    lines, smallest = [], 0.0
    for name in [name for name in results.seconds if name.endswith(f": {MODELS}")]:
        company = name.removesuffix(f": {MODELS}")
        models, tested, start = (results.median(f"{company}: {part}") or 0 for part in (MODELS, TESTED, START))
        compared = f" and {models / smallest:.1f} times the smallest company's" if smallest else ""
        smallest = smallest or models
        lines.append(
            f"{company.capitalize()}: {models:.1f} s for all models, "
            f"{models / start:.1f} times a start of dbt{compared}; {tested:.1f} s with the tests; at most "
            f"{results.peaks[name] / 1e9:.2f} GB in dbt and {results.server_peaks[name] / 1e9:.2f} GB in PostgreSQL."
        )
    return lines


def _spread(results: Results) -> str:
    shown = ("floor", *LAKE_STEPS, "in PostgreSQL", "in pandas", "whole close")
    texts = (
        f"{_LABELS.get(name, name)} {', '.join(f'{value:.2f}' for value in results.seconds[name])}"
        for name in shown
        if results.seconds.get(name)
    )
    return "; ".join(texts)


def replace_section(page: Path, text: str) -> None:
    """Put a section into the page: in place of the one with the same title, or at the end."""
    title = text.splitlines()[0]
    old = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"^{re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    new = pattern.sub(lambda _: f"{text}\n", old) if pattern.search(old) else f"{old.rstrip()}\n\n{text}"
    page.write_text(f"{new.rstrip()}\n", encoding="utf-8")


def _machine(postgres_version: str) -> str:
    model = re.search(r"model name\s*:\s*(.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    parts = [
        f"{os.cpu_count()} cores of {model.group(1).strip() if model else platform.processor() or platform.machine()}",
        f"{int(memory.group(1)) / 1e6:.0f} GB memory" if memory else "",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"DuckDB {version('duckdb')}",
        f"PostgreSQL {postgres_version}" if postgres_version else "",
        f"pandas {version('pandas')}",
    ]
    return ", ".join(part for part in parts if part) + "."


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
