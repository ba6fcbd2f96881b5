"""What can be asked of the services from outside: whether each is well, whether a port is free, whether assets loaded.

A `..._problem` function gives None when all is well, else the reason in words. None of them starts anything.
"""

import json
import socket
import urllib.request
from datetime import UTC, datetime
from typing import Any

from revenue_assets.errors import RevenueError

_LOADED = """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
    __typename ... on PythonError { message } } } } } }"""
_NOT_YET = "Could not reach user code server"  # the web server keeps trying
_SECONDS = 10
# A daemon writes its heartbeat every 30 seconds, each of its loops for itself. A loop that works on something long
# is late without being ill; one that is late for longer than this is.
_ALL_SILENT_SECONDS = 90
_ONE_SILENT_SECONDS = 600
# Of the process that beat last: rows of earlier processes stay.
_HEARTBEATS = """
select daemon_type, extract(epoch from timestamp)
from dagster.daemon_heartbeats
where daemon_id = (select daemon_id from dagster.daemon_heartbeats order by timestamp desc limit 1)
order by timestamp
"""


class StackError(RevenueError):
    """A service cannot be started or stopped."""


def postgres_problem(address: str, started_at: datetime) -> str | None:
    """Whether the warehouse, embedded or not, answers a query."""
    try:
        _query("select 1")
    except _SilentError as silence:
        return str(silence)
    return None


def code_server_problem(address: str, started_at: datetime) -> str | None:
    """Whether the code server says of itself that it serves (the health protocol of gRPC)."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            request = health_pb2.HealthCheckRequest(service="DagsterApi")
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=_SECONDS)
        except grpc.RpcError as error:
            return f"it does not answer on {address} ({error.code().name.lower()})"
    return None if answer.status == health_pb2.HealthCheckResponse.SERVING else "it says that it does not serve"


def webserver_problem(address: str, started_at: datetime) -> str | None:
    """Whether the web server answers."""
    return _page_problem(f"http://{address}/server_info")


def reports_problem(address: str, started_at: datetime) -> str | None:
    """Whether the reports are served."""
    return _page_problem(f"http://{address}/")


def daemon_problem(address: str, started_at: datetime, at: datetime | None = None) -> str | None:
    """Whether the daemon that was started then has written its heartbeats, as seen at `at` (now)."""
    try:
        beats = [(str(kind), float(epoch)) for kind, epoch in _query(_HEARTBEATS)]
    except _SilentError as silence:
        return f"its heartbeats cannot be read: {silence}"
    beats = [(kind, epoch) for kind, epoch in beats if epoch >= started_at.timestamp()]
    if not beats:
        return "it has not written a heartbeat yet"
    now = (at or datetime.now(UTC)).timestamp()
    slowest, latest = beats[0], beats[-1]
    if now - latest[1] > _ALL_SILENT_SECONDS:
        return f"it wrote its last heartbeat {now - latest[1]:.0f} seconds ago"
    if now - slowest[1] > _ONE_SILENT_SECONDS:
        return f"its {slowest[0].lower()} loop wrote its last heartbeat {now - slowest[1]:.0f} seconds ago"
    return None


def assets_are_loaded(url: str) -> bool:
    """Whether the web server has our definitions; raise StackError when they cannot be loaded."""
    request = urllib.request.Request(
        f"{url}/graphql", json.dumps({"query": _LOADED}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with _opener().open(request, timeout=30) as response:
            entries = json.load(response)["data"]["workspaceOrError"].get("locationEntries", [])
    except OSError:
        return False
    found = [entry["locationOrLoadError"] for entry in entries]
    problems = [entry["message"].strip() for entry in found if entry and entry["__typename"] == "PythonError"]
    lasting = [problem for problem in problems if _NOT_YET not in problem]
    if lasting:
        reason = lasting[0].partition(" while importing module ")[0]  # Dagster adds advice on import errors
        raise StackError(
            f"The assets cannot be loaded ({reason.splitlines()[0]}): see `revenue logs code-server`, mend it and "
            "reload the code location in the Dagster UI."
        )
    return bool(found) and all(found) and not problems


def refuse_taken_port(host: str, port: int, service: str, setting: str) -> None:
    """Raise StackError when nothing new could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"or set {setting} to another port" if setting else "then `revenue down` and `revenue up`"
            raise StackError(
                f"Port {port} of {host} cannot be used for the {service} ({error.strerror}): "
                f"end the program that listens there, {remedy}."
            ) from None


class _SilentError(Exception):
    """The warehouse did not answer; the text is the reason."""


def _query(query: str) -> list[tuple[Any, ...]]:
    import psycopg

    from revenue_assets.warehouse.connection import address_if_running, reason_of

    address = address_if_running()
    if address is None:
        raise _SilentError("it does not accept connections")
    keywords = {"connect_timeout": "5", "application_name": "revenue health"} | address.keywords()
    try:
        # The limit keeps a query that waits for a lock from being taken for health.
        with psycopg.connect(**keywords, autocommit=True) as connection:  # type: ignore[arg-type]  # libpq takes text
            connection.execute("set statement_timeout = '5s'")
            return connection.execute(query.encode()).fetchall()
    except psycopg.errors.UndefinedTable:
        return []
    except psycopg.Error as error:
        raise _SilentError(reason_of(error, address)) from None


def _page_problem(url: str) -> str | None:
    try:
        with _opener().open(url, timeout=_SECONDS) as response:
            return None if response.status == 200 else f"{url} answers with status {response.status}"
    except OSError as error:
        reason = getattr(error, "reason", error)
        return f"{url} does not answer ({getattr(reason, 'strerror', None) or reason})"


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))  # our own services are behind no proxy
