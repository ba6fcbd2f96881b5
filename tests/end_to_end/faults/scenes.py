"""What the closes of these tests do differently from `revenue close`, here or in a child of `fork_server`."""

import os
import resource
import signal
import sys
from typing import Any

import dagster as dg
import pytest

from revenue_assets.automation import in_process
from revenue_assets.errors import RevenueError
from tests.end_to_end.parts import findings_assets, lake_assets, only


def command(*arguments: str) -> None:
    """`revenue` with these arguments."""
    from revenue_assets.cli import main

    sys.argv = ["revenue", *arguments]
    main()


def close_assets(source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]]) -> None:
    """Close months as far as these assets go."""
    from revenue_assets.assets.lock import one_run_at_a_time

    with only([dg.AssetKey(key) for key in assets]), one_run_at_a_time():
        in_process.run_monthly_close(source, overrides, first, last)


def close_assets_and_die(
    source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]], renames: int
) -> None:
    """The same; die by SIGKILL when one more file than `renames` is about to take its place in the lake."""
    seen = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event == "os.rename" and str(arguments[1]).endswith(".parquet"):
            seen += 1
            if seen > renames:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    close_assets(source, overrides, first, last, assets)


def close_assets_within(
    source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]], bytes_per_file: int
) -> None:
    """The same, where no file may grow above a size; the sentence of the failure is printed."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))
    try:
        close_assets(source, overrides, first, last, assets)
    except RevenueError as error:
        print(f"Error: {error}")
        sys.exit(1)


def close_findings(*arguments: str) -> None:
    """`revenue close`, up to the findings and without checks."""
    with only([dg.AssetKey(key) for key in findings_assets()]):
        command("close", *arguments)


def close_lake(*arguments: str) -> None:
    """`revenue close`, up to the lake and without checks."""
    with only([dg.AssetKey(key) for key in lake_assets()]):
        command("close", *arguments)


def close_findings_and_die_at(step: str, *arguments: str) -> None:
    """The same, killed when this step begins."""
    from revenue_assets.commands import close

    def describe(key: str) -> str:
        if key == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return key

    pytest.MonkeyPatch().setattr(close, "describe_step", describe)
    close_findings(*arguments)
