"""No room left in the lake: one sentence, the old months are whole, nothing half-written stays, a retry succeeds."""

import errno
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revenue_assets.errors import CloseError
from tests.end_to_end.faults.closing import SCENES, ForkServer, start
from tests.end_to_end.faults.scenes import close_assets
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import lake_assets

MONTHS = ("2026-10", "2026-11")
SENTENCE = (
    r"^There is no room left to write in {folder}\S* \([\d,]+ MB free\): make room there, then close the same months "
    r"again; what was closed before is still whole\.$"
)


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "full")


@pytest.fixture(scope="module")
def small_disk(installation: Installation) -> Iterator[Path | None]:
    """The installation's lake on a disk of its own of a few MB; None where nobody may mount one."""
    lake = installation.home / "lake"
    beside = lake.with_name("lake-before")
    lake.rename(beside)
    lake.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", lake], check=False).returncode == 0
    subprocess.run(["cp", "-a", f"{beside}/.", lake], check=True)
    yield lake if mounted else None
    if mounted:
        subprocess.run(["umount", lake], check=True)


@contextmanager
def no_room_but(disk: Path, spare: int) -> Iterator[None]:
    """Fill the disk up to `spare` bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017
        file.truncate(max(0, file.tell() - spare))
    try:
        yield
    finally:
        ballast.unlink()


def files_of(lake: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in lake.rglob("*") if file.is_file() and file.name != "ballast"}


def close_lake(installation: Installation, **overrides: str) -> None:
    with installation.active():
        close_assets("revmatch", overrides, *MONTHS, lake_assets())


def test_a_full_disk(
    installation: Installation,
    revmatch: Installation,
    small_disk: Path | None,
    fork_server: ForkServer,
    part_of_the_data: Path,
) -> None:
    """There is room for some files of the new state, which differs from the old one, and not for all."""
    lake = installation.home / "lake"
    before, tables = files_of(lake), installation.fingerprint()
    if small_disk:
        with no_room_but(small_disk, 60_000), pytest.raises(CloseError) as raised:
            close_lake(installation, data_dir=str(part_of_the_data))
        said = str(raised.value)
    else:
        said = closed_with_a_limit(installation, fork_server, part_of_the_data)
    assert_one_sentence(said, lake if small_disk else installation.home)
    after = files_of(lake)
    assert set(after) == set(before)  # nothing half-written is left
    assert {name for name, digest in installation.fingerprint().items() if name.startswith("marts.")} <= set(tables)
    close_lake(installation)
    assert installation.fingerprint() == tables == revmatch.fingerprint()
    assert not list((installation.home / "spill").iterdir())


def assert_one_sentence(said: str, folder: Path) -> None:
    assert re.match(SENTENCE.format(folder=re.escape(str(folder))), said.removeprefix("Error: ")), said


def closed_with_a_limit(installation: Installation, fork_server: ForkServer, data_dir: Path) -> str:
    """Close where no file may be larger than a few kilobytes; the last line that it printed."""
    arguments = ("revmatch", {"data_dir": str(data_dir)}, *MONTHS, lake_assets(), 10_000)
    child = start(fork_server, installation, f"{SCENES}:close_assets_within", *arguments)
    assert child.wait() == 1, child.printed
    return child.printed.strip().splitlines()[-1]


def test_a_limit_for_files_says_the_same(
    installation: Installation, small_disk: Path | None, fork_server: ForkServer, part_of_the_data: Path
) -> None:
    lake = installation.home / "lake"
    before = files_of(lake)
    # The limit is that of every file, the run's log among them.
    assert_one_sentence(closed_with_a_limit(installation, fork_server, part_of_the_data), installation.home)
    assert set(files_of(lake)) == set(before)
