"""What schedules and sensors ask Dagster for: a run of one source over a range of months, the reason in its tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from revenue_assets.partitions import range_tags

SOURCE_TAG = "revenue/source"
MONTHS_TAG = "revenue/months"
REASON_TAG = "revenue/reason"
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def run_of(
    source: str, months: Sequence[str], reason: str, run_key: str, tags: Mapping[str, str] | None = None
) -> dg.RunRequest:
    """A run over these months, which have no gap; `run_key` makes that it is asked for once."""
    one = months[0] == months[-1]
    return dg.RunRequest(
        run_key=run_key,
        partition_key=months[0] if one else None,
        tags={
            SOURCE_TAG: source,
            MONTHS_TAG: months_text(months),
            REASON_TAG: reason,
            **({} if one else range_tags(months[0], months[-1])),
            **(tags or {}),
        },
        run_config=configuration(source),
    )


def configuration(source: str) -> dict[str, Any]:
    """The configuration of a run of one source with the parameters of its source.toml."""
    return {"resources": {"platform": {"config": {"sources": [source], "overrides": {}}}}}


def unfinished_run(instance: dg.DagsterInstance, job: str, source: str, months: Sequence[str]) -> str | None:
    """The id of a run that was asked for over just these months and waits or works; None without one."""
    tags = {SOURCE_TAG: source, MONTHS_TAG: months_text(months)}
    runs = instance.get_runs(dg.RunsFilter(job_name=job, tags=tags, statuses=UNFINISHED), limit=1)
    return runs[0].run_id if runs else None


def months_text(months: Sequence[str]) -> str:
    """A range of months for people."""
    return months[0] if months[0] == months[-1] else f"{months[0]} to {months[-1]}"


def sources_of(run_config: Mapping[str, Any], default: Sequence[str]) -> list[str]:
    """The sources that a run works on, from its configuration."""
    config = run_config.get("resources", {}).get("platform", {}).get("config", {})
    return list(config.get("sources") or default)
