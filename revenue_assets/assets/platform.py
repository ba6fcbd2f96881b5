"""The one resource of the assets: which sources a run works on, and with which parameters.

Both come from the run's configuration, so that the same graph closes the sources of the settings on schedule and any
other source by hand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
from dagster import InitResourceContext
from pydantic import Field, PrivateAttr

from revenue_assets.assets.alive import hold_while_alive
from revenue_assets.assets.lock import one_run_at_a_time, watch_the_lock
from revenue_assets.contract.source import Source, load_source
from revenue_assets.errors import SettingsError
from revenue_assets.lake.files import Lake
from revenue_assets.settings import get_settings


class Platform(dg.ConfigurableResource["Platform"]):
    """The sources of a run. A run holds the lock of the installation for as long as it has this resource."""

    sources: list[str] = Field([], description="Folders below sources/; empty: those of REVENUE_SOURCES.")
    overrides: dict[str, str] = Field({}, description="Parameters of the sources, as `--set key=value` gives them.")

    _loaded: list[Source] = PrivateAttr([])
    _refuse_lost_lock: Callable[[], None] | None = PrivateAttr(None)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Platform"]:
        """Let other runs wait until this one has ended."""
        log = context.log
        if context.run and context.instance and context.run.remote_job_origin:  # launched: it has a process of its own
            hold_while_alive(context.run, context.instance)
        with one_run_at_a_time(lambda: log.info("Another run is changing the data; waiting for it.") if log else None):
            self._refuse_lost_lock = watch_the_lock()
            Lake.from_settings().sweep()
            yield self

    def stay_alone(self) -> None:
        """Raise WarehouseUnavailableError when the run has lost the lock; for any thread, before it changes a thing."""
        if self._refuse_lost_lock:
            self._refuse_lost_lock()

    def load_sources(self) -> list[Source]:
        """The sources of this run, each checked; SourceError when one cannot be read.

        Loaded once: a source without as_of.sql takes its one "now" when it is first asked, and all steps must share it.
        """
        if not self._loaded:
            self._loaded = [load_source(name, self.overrides) for name in self.source_names()]
        return self._loaded

    def source_names(self) -> list[str]:
        """Their names, in the order given; SettingsError when there is none."""
        names = self.sources or get_settings().sources
        if not names:
            raise SettingsError("REVENUE_SOURCES names no source to close: set it to folders below sources/.")
        return names
