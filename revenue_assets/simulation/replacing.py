"""Replacing the simulation before: both folders are written beside and swapped in at the end, so that a run that is
killed leaves the old world or none at all.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMPANY, TRUTH = "simulated", "simulated_truth"


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a folder to write both worlds' halves into; when the block ends well, they take their places.

    The truth is put in place before the company, so that a company is never there without its truth.
    """
    target.mkdir(parents=True, exist_ok=True)
    beside = target / f".simulating.{os.getpid()}"
    for left_over in target.glob(".simulating.*"):
        if left_over == beside or not _is_running(int(left_over.suffix[1:])):
            shutil.rmtree(left_over)
    beside.mkdir()
    try:
        yield beside
        for name in (COMPANY, TRUTH):
            if (target / name).exists():
                (target / name).rename(beside / f"old_{name}")
        for name in (TRUTH, COMPANY):
            (beside / name).rename(target / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
