"""The lake's work in pandas, as one would write it: merge both sides, look at what differs, group.

Units are whole numbers here and are read as 64-bit integers, which is exact and much faster than decimals would be.
"""

from pathlib import Path

import pandas as pd

from bench.data import MONTH, SOURCE
from revenue_assets.lake.files import Lake

_COLUMNS = ["organization_id", "event_id", "account_id", "event_name", "occurred_at", "units"]
_CONTENT = ["account_id", "event_name", "units", "time"]


def run_in_pandas(folder: Path) -> None:
    """Read, dedupe, match, add up. The counts are checked against the lake's."""
    usage = _read(folder / "usage_events.parquet", "received_at")
    reported = _read(folder / "reported_events.parquet", "reported_at")
    findings = _findings(usage, reported)
    keys = ["account_id", "event_name"]
    quantities = {"units": ["size", "sum"], "occurred_at": ["min", "max"]}
    usage.groupby(keys, observed=True).agg(quantities)
    reported.groupby(keys, observed=True).agg(quantities)
    findings.groupby([*keys, "code"], observed=True)["units"].agg(["size", "sum"])
    findings.sort_values(["account_id", "occurred_at"])
    file = Lake.from_settings().month_file("reconciled", "period_findings", MONTH, SOURCE)
    expected = pd.read_parquet(file).groupby("code")["events"].sum().to_dict()
    if findings["code"].value_counts().to_dict() != expected:
        raise AssertionError(f"pandas and the lake found different things; the lake: {expected}")


def _read(file: Path, received: str) -> pd.DataFrame:
    events = pd.read_parquet(file, columns=[*_COLUMNS, received], dtype_backend="pyarrow")
    events["units"] = events["units"].astype("int64")
    for column in ("organization_id", "account_id", "event_name"):
        events[column] = events[column].astype("category")
    events["time"] = events["occurred_at"].dt.floor("ms")
    return events.sort_values(received).drop_duplicates(["organization_id", "event_id"])


def _findings(usage: pd.DataFrame, reported: pd.DataFrame) -> pd.DataFrame:
    both = usage.merge(
        reported, how="outer", on=["organization_id", "event_id"], suffixes=("", "_reported"), indicator=True
    )
    lost = both[both["_merge"] == "left_only"][[*_COLUMNS, "time"]]
    differing = both[(both["_merge"] == "both") & (both["units"] != both["units_reported"])].copy()
    differing["units"] -= differing["units_reported"]
    unknown = reported[reported["event_id"].isin(both[both["_merge"] == "right_only"]["event_id"])]
    for frame in (lost, unknown):
        frame.insert(0, "nth", frame.groupby(_CONTENT, observed=True).cumcount())
    late = lost.merge(unknown, on=[*_CONTENT, "nth"], suffixes=("", "_report"))
    lost = lost[~lost["event_id"].isin(late["event_id"])]
    surplus = unknown[~unknown["event_id"].isin(late["event_id_report"])]
    repeated = surplus.merge(usage[_CONTENT].drop_duplicates(), on=_CONTENT)["event_id"]
    coded = {
        "U1": lost,
        "U2": differing,
        "U8": surplus[surplus["event_id"].isin(repeated)],
        "U9": surplus[~surplus["event_id"].isin(repeated)],
    }
    return pd.concat([frame[_COLUMNS].assign(code=code) for code, frame in coded.items()])
