"""`python -m bench`: measure the lake on one month, beside the floor, PostgreSQL and pandas; see docs/benchmarks.md.

The part `rating` measures a million items rated and classified, the part `warehouse` how long all of dbt takes for the
demo company and for one with ten times the accounts, the part `months` a close of 1, 12 and 24 months.

Everything is kept below REVENUE_HOME/bench, an installation of its own. Medians over `--runs`; PostgreSQL, pandas and
the whole close, which take minutes, run as often as `--slow-runs` says.
"""

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from bench.data import MONTH, lay_into_lake, planted, write_data
from bench.months import SPANS, WAYS
from bench.report import replace_section, section
from bench.run import LAKE_STEPS, PROJECT, Results, Runner
from bench.warehouse import SIZES
from revenue_assets.settings import get_settings

PARTS = ("floor", "lake", "evidence", "close", "postgres", "pandas", "rating", "warehouse", "months")
# Parts that have data of their own, and a section of the page when they are measured alone.
TITLES = {"rating": "1 million rated items", "warehouse": "The whole warehouse", "months": "Closes by months"}


def main() -> None:
    """Measure, print, and write the page if asked to."""
    options = _options()
    home = get_settings().home / "bench"
    data = home / f"data-{options.events}"
    limits = {"REVENUE_DUCKDB_MEMORY_LIMIT": options.memory_limit} if options.memory_limit else {}
    runner = Runner(home, data, options.limit, limits)
    os.environ.update(runner.environ())
    get_settings.cache_clear()
    if set(options.parts) - set(TITLES):
        print(f"Data of {options.events:,} events in {data} ...", flush=True)
        write_data(data, options.events)
        lay_into_lake(data)
    results = Results()
    for number in range(options.runs):
        print(f"Run {number + 1} of {options.runs}", flush=True)
        for part, names in {
            "floor": ["floor"],
            "lake": [*LAKE_STEPS, "usage_daily"],
            "evidence": ["evidence"],
        }.items():
            for name in names if part in options.parts else []:
                runner.measure(name, results)
    if "lake" in options.parts:
        _check(data)
    for _ in range(options.slow_runs):
        for name in ("postgres", "pandas", "close", "rating"):
            if name in options.parts:
                runner.measure(name, results)
        for size in options.sizes if "warehouse" in options.parts else ():
            runner.measure(f"warehouse-{size}", results)
        for name in [f"months-{way}-{span}" for way in WAYS for span in SPANS] if "months" in options.parts else ():
            runner.measure(name, results)
    limit = f", DuckDB limited to {options.memory_limit}" if options.memory_limit else ""
    command = " ".join(["python -m bench", *sys.argv[1:]])
    own_title = TITLES.get(options.parts[0]) if len(options.parts) == 1 else None
    title = own_title or f"{options.events / 1e6:g} million events{limit}"
    text = section(title, command, results, _postgres_version(options.parts))
    runner.stop_server()
    print(f"\n{text}")
    if options.write:
        replace_section(PROJECT / "docs" / "benchmarks.md", text)


def _check(data: Path) -> None:
    """The lake must have found what the data were given, to the event."""
    import duckdb

    from revenue_assets.lake.files import Lake

    file = Lake.from_settings().month_file("reconciled", "period_findings", MONTH, "bench")
    rows = duckdb.sql(f"select code, sum(events)::bigint from '{file}' group by code").fetchall()
    if dict(rows) != planted(data):
        raise SystemExit(f"The lake found {dict(rows)}, but the data were given {planted(data)}.")
    print(f"  found what was planted: {dict(sorted(rows))}", flush=True)


def _postgres_version(parts: list[str]) -> str:
    if not {"postgres", "close", "rating", "warehouse", "months"} & set(parts):
        return ""
    from revenue_assets.errors import RevenueError
    from revenue_assets.warehouse.connection import connect

    with suppress(RevenueError), connect() as connection:
        return f"{connection.info.server_version // 10000}.{connection.info.server_version % 10000}"
    return ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="used events of the month")
    parser.add_argument("--runs", type=int, default=3, help="runs of the floor, the lake's steps and evidence")
    parser.add_argument("--slow-runs", type=int, default=1, help="runs of PostgreSQL, pandas and the whole close")
    parser.add_argument("--memory-limit", help="DuckDB's limit, such as 2GB (default: the installation's)")
    parser.add_argument("--limit", type=int, default=900, help="seconds after which a measurement is given up")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help=",".join(PARTS))
    sizes = "accounts of the part warehouse, in times those of demo (default: 1,10)"
    parser.add_argument("--sizes", type=lambda text: text.split(","), default=list(map(str, SIZES)), help=sizes)
    parser.add_argument("--write", action="store_true", help="put the result into docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
