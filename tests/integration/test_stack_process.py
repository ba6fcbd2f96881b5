"""Detached processes: found by their lock, whatever happens to them or to their parents."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from revenue_assets.stack.process import exclusively, is_alive, launch, wait_until_gone

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def _launch(tmp_path: Path) -> subprocess.Popen[bytes]:
    return launch(SLEEP, life_file=tmp_path / "life", log_file=tmp_path / "log")


def test_a_killed_process_is_gone_although_nobody_collected_it(tmp_path: Path) -> None:
    assert not is_alive(tmp_path / "life")
    process = _launch(tmp_path)
    assert is_alive(tmp_path / "life")
    os.kill(process.pid, signal.SIGKILL)
    assert wait_until_gone(tmp_path / "life", 10)


def test_the_second_of_a_kind_is_not_started(tmp_path: Path) -> None:
    process = _launch(tmp_path)
    with pytest.raises(BlockingIOError):
        _launch(tmp_path)
    process.kill()


def test_it_lives_in_its_own_session_and_writes_to_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
    process = launch(command, life_file=tmp_path / "life", log_file=tmp_path / "logs" / "log")
    assert process.wait(30) == 0
    assert (tmp_path / "logs" / "log").read_text() == "True\n"


def test_one_started_where_ctrl_c_is_ignored_listens_to_it(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"]
        launch(command, life_file=tmp_path / "life", log_file=tmp_path / "log").wait(30)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "log").read_text() == "False\n"


def test_waiting_for_one_that_stays_ends(tmp_path: Path) -> None:
    process = _launch(tmp_path)
    began = time.monotonic()
    assert not wait_until_gone(tmp_path / "life", 0.1)
    assert time.monotonic() - began < 5
    process.kill()


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom revenue_assets.stack.process import exclusively\n"
        "with exclusively(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, tmp_path / "lock"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    with exclusively(tmp_path / "lock"):
        pass
    holder.wait()
    holder.stdout.close()
