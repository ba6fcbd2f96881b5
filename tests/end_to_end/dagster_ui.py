"""The Dagster UI as its pages use it: every click there is one of these GraphQL requests."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from revenue_assets.stack.services import LOCATION

Seen = TypeVar("Seen")

_WHERE = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION}
_DONE = {"SUCCESS", "FAILURE", "CANCELED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED"}
_FAULT = "... on PythonError { message } ... on UnauthorizedError { message }"

_LAUNCH = f"""mutation ($params: ExecutionParams!) {{ launchRun(executionParams: $params) {{
    __typename ... on LaunchRunSuccess {{ run {{ runId }} }} {_FAULT}
    ... on RunConfigValidationInvalid {{ errors {{ message }} }} }} }}"""
_REQUIRED = "query ($keys: [AssetKeyInput!]!) { assetNodeAdditionalRequiredKeys(assetKeys: $keys) { path } }"
_BACKFILL = f"""mutation ($params: LaunchBackfillParams!) {{ launchPartitionBackfill(backfillParams: $params) {{
    __typename ... on LaunchBackfillSuccess {{ backfillId }} {_FAULT} }} }}"""
_BACKFILL_STATUS = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status error { message } runs(limit: 50) { runId status } } } }"""
_RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_LOG = """query ($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after, limit: 1000) {
    ... on EventConnection { cursor hasMore events { ... on MessageEvent { message } } } } }"""
_SENSOR = f"""mutation ($sensor: SensorSelector!) {{ startSensor(sensorSelector: $sensor) {{
    __typename ... on Sensor {{ sensorState {{ status }} }} {_FAULT} }} }}"""
_ASSET = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { __typename ... on AssetNode {
    groupName description dependencyKeys { path } freshnessStatusInfo { freshnessStatus }
    assetMaterializations(limit: 50) { partition runId }
    assetChecksOrError { ... on AssetChecks { checks { name blocking executionForLatestMaterialization {
        status evaluation { severity success description metadataEntries { label
            ... on UrlMetadataEntry { url } ... on MarkdownMetadataEntry { mdStr } } } } } } } } } }"""


@dataclass(frozen=True)
class DagsterUi:
    """The UI at `url`."""

    url: str

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The `data` of the answer; AssertionError with what the server says when there is none."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def asset(self, *key: str) -> dict[str, Any]:
        """What the page of an asset shows."""
        found: dict[str, Any] = self.ask(_ASSET, key={"path": key})["assetNodeOrError"]
        assert found["__typename"] == "AssetNode", (key, found)
        return found

    def launch(
        self,
        job: str,
        months: tuple[str, str],
        config: dict[str, Any] | None = None,
        assets: Iterable[Iterable[str]] = (),
    ) -> str:
        """Run a job, or these of its assets, for these months (first and last); the number of the run."""
        first, last = months
        keys = [{"path": list(key)} for key in assets]
        names = {"dagster/partition": first}
        if first != last:
            names = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        params = {
            "selector": {**_WHERE, "jobName": job, **({"assetSelection": keys} if keys else {})},
            "runConfigData": json.dumps(config or {}),
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in names.items()]},
        }
        answer = self.ask(_LAUNCH, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def backfill(self, assets: Iterable[Iterable[str]], months: list[str]) -> str:
        """Backfill assets over months; the number of the backfill."""
        keys = [{"path": list(key)} for key in assets]
        keys += self.ask(_REQUIRED, keys=keys)["assetNodeAdditionalRequiredKeys"]  # what is only ever made together
        params = {"assetSelection": keys, "partitionNames": months}
        answer = self.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        return str(answer["backfillId"])

    def run_status(self, run_id: str) -> str:
        return str(self.ask(_RUN, id=run_id)["runOrError"]["status"])

    def log(self, run_id: str) -> list[str]:
        """What the page of a run has told so far."""
        told, page = list[str](), dict[str, Any](cursor=None, hasMore=True)
        while page["hasMore"]:
            page = self.ask(_LOG, id=run_id, after=page["cursor"])["logsForRun"]
            told += [event["message"] for event in page["events"]]
        return told

    def backfill_status(self, backfill_id: str) -> dict[str, Any]:
        return dict(self.ask(_BACKFILL_STATUS, id=backfill_id)["partitionBackfillOrError"])

    def ended(self, run_id: str, seconds: float = 240) -> str:
        """Wait for the end of a run; its status."""
        return self.wait_for(lambda: self.run_status(run_id), lambda status: status in _DONE, seconds)

    def backfill_ended(self, backfill_id: str, seconds: float = 300) -> dict[str, Any]:
        """Wait for the end of a backfill; its status and runs."""
        return self.wait_for(lambda: self.backfill_status(backfill_id), lambda one: one["status"] in _DONE, seconds)

    def start_sensor(self, name: str) -> None:
        """Switch a sensor on."""
        answer = self.ask(_SENSOR, sensor={**_WHERE, "sensorName": name})["startSensor"]
        assert answer.get("sensorState") == {"status": "RUNNING"}, answer

    @staticmethod
    def wait_for(look: Callable[[], Seen], is_done: Callable[[Seen], bool], seconds: float) -> Seen:
        """Look again and again until it is done; AssertionError with what was seen last."""
        until = time.monotonic() + seconds
        while not is_done(seen := look()):
            assert time.monotonic() < until, f"not within {seconds} s, last seen: {seen}"
            time.sleep(0.1)
        return seen
