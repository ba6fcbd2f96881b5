"""Runs measurements, each in a process of its own, and collects their seconds and peak memory."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
LAKE_STEPS = ("stage_usage", "stage_reported", "billing_periods", "event_findings", "period_usage")


@dataclass
class Results:
    """Seconds of every run by what was measured, the highest peak memory, and what did not finish and why.

    What PostgreSQL's processes held is apart from it: they belong to no measurement alone.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu_seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peaks: dict[str, int] = field(default_factory=dict)
    server_peaks: dict[str, int] = field(default_factory=dict)
    unfinished: dict[str, str] = field(default_factory=dict)

    def median(self, name: str) -> float | None:
        """The median of the runs, or None if it was not measured."""
        return median(self.seconds[name]) if self.seconds.get(name) else None

    def cpu(self, name: str) -> float | None:
        """The median of the seconds of all cores together, or None if they are not known."""
        return median(self.cpu_seconds[name]) or None if self.cpu_seconds.get(name) else None

    @property
    def lake_together(self) -> float | None:
        """The median over the runs of the lake's steps together."""
        return _together(self.seconds)

    @property
    def lake_cpu_together(self) -> float | None:
        """The same of all cores."""
        return _together(self.cpu_seconds)

    @property
    def lake_peak(self) -> int:
        """The peak memory of the hungriest step."""
        return max((self.peaks[step] for step in LAKE_STEPS if step in self.peaks), default=0)


def _together(seconds: Mapping[str, list[float]]) -> float | None:
    runs = [seconds[step] for step in LAKE_STEPS if seconds.get(step)]
    return median(map(sum, zip(*runs, strict=True))) if len(runs) == len(LAKE_STEPS) else None


@dataclass(frozen=True)
class Runner:
    """Where the measurements run. `limit` is the seconds after which one is given up."""

    home: Path
    data: Path
    limit: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """The environment of an installation of its own, which knows the bench's source."""
        own = {"REVENUE_HOME": str(self.home), "REVENUE_SOURCES_DIR": str(PROJECT / "bench" / "sources")}
        inherited = {key: value for key, value in os.environ.items() if key not in ("LAKE_URL", "DAGSTER_HOME")}
        return inherited | own | dict(self.environment)

    def measure(self, name: str, results: Results) -> None:
        """Run one measurement of `bench.measure` and put down what it says."""
        command = [sys.executable, "-m", "bench.measure", name, str(self.data)]
        finished = self._run(name, command, results)
        if finished is not None:
            told = json.loads(finished.splitlines()[-1])
            for part, (seconds, cpu_seconds) in told["times"].items():
                results.seconds[part].append(seconds)
                results.cpu_seconds[part].append(cpu_seconds)
                results.peaks[part] = max(results.peaks.get(part, 0), told["peak_bytes"])
                results.server_peaks[part] = max(results.server_peaks.get(part, 0), told["server_bytes"])
                print(
                    f"  {part:32} {seconds:8.2f} s {cpu_seconds:8.2f} CPU s {told['peak_bytes'] / 1e9:6.2f} GB",
                    flush=True,
                )

    def stop_server(self) -> None:
        """Stop the embedded server that the measurements have started, if any."""
        revenue = Path(sys.executable).with_name("revenue")
        subprocess.run([str(revenue), "down"], env=self.environ(), cwd=PROJECT, capture_output=True, check=False)

    def _run(self, name: str, command: list[str], results: Results) -> str | None:
        """The standard output of a command, or None when it was given up or failed, which is put down."""
        try:
            done = subprocess.run(
                command,
                env=self.environ(),
                cwd=PROJECT,
                capture_output=True,
                text=True,
                timeout=self.limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            results.unfinished[name] = f"> {self.limit} s"
        else:
            if done.returncode == 0:
                return done.stdout
            lines = done.stderr.strip().splitlines() or ["no message"]
            results.unfinished[name] = f"failed: {lines[-1][:100]}"
        print(f"  {name:32} {results.unfinished[name]}", flush=True)
        return None
