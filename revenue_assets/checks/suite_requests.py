"""Which files of the raw lake the suites of a run look at."""

from collections.abc import Mapping, Sequence

from revenue_assets.checks.suite_history import MONTHS_BEFORE
from revenue_assets.checks.suites import Request
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.source import Source
from revenue_assets.lake.files import Lake
from revenue_assets.months import shift


def suite_request(
    source: Source, datasets: Sequence[str], months: Sequence[str], last_rows: Mapping[str, int]
) -> Request:
    """The request for these datasets of a source, for the months of a run (all that are there when none is given)."""
    files = {name: raw_files(name, source.name, months) for name in source.datasets}
    earlier = {shift(month, -count) for month in months for count in range(1, MONTHS_BEFORE + 1)}
    around = {
        name: raw_files(name, source.name, sorted({*months, *earlier}))
        for name in datasets
        if DATASETS[name].is_monthly
    }
    return Request(datasets, files, list(months), source.as_of().isoformat(), around, last_rows)


def raw_files(dataset: str, source: str, months: Sequence[str]) -> list[str]:
    """The files of a dataset: those of the months, or all when none is given."""
    lake = Lake.from_settings()
    if DATASETS[dataset].is_monthly:
        there = lake.months("raw", dataset, source)
        wanted = [month for month in there if not months or month in months]
        return [str(lake.month_file("raw", dataset, month, source)) for month in wanted]
    snapshot = lake.snapshot_file("raw", dataset, source)
    return [str(snapshot)] if snapshot.exists() else []
