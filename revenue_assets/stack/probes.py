"""What can be asked of the services from outside: whether a port is free, whether the UI answers and has the assets."""

import json
import socket
import urllib.request

from revenue_assets.errors import RevenueError
from revenue_assets.stack import services

_LOADED = """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
    __typename ... on PythonError { message } } } } } }"""
_NOT_YET = "Could not reach user code server"  # the web server keeps trying


class StackError(RevenueError):
    """A service cannot be started or stopped."""


def answers(url: str) -> bool:
    """Whether a GET of the address succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def assets_are_loaded(url: str) -> bool:
    """Whether the web server has our definitions; raise StackError when they cannot be loaded."""
    request = urllib.request.Request(
        f"{url}/graphql", json.dumps({"query": _LOADED}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            entries = json.load(response)["data"]["workspaceOrError"].get("locationEntries", [])
    except OSError:
        return False
    found = [entry["locationOrLoadError"] for entry in entries]
    problems = [entry["message"].strip() for entry in found if entry and entry["__typename"] == "PythonError"]
    lasting = [problem for problem in problems if _NOT_YET not in problem]
    if lasting:
        reason = lasting[0].partition(" while importing module ")[0]  # Dagster adds advice on import errors
        log_file = services.log_file(services.CODE_SERVER)
        raise StackError(f"The assets cannot be loaded ({reason.splitlines()[0]}): see {log_file}.")
    return bool(found) and all(found) and not problems


def refuse_taken_port(host: str, port: int) -> None:
    """Raise StackError when nothing new could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(
                f"Port {port} of {host} cannot be used for the Dagster UI ({error.strerror}): "
                "end the program that listens there, or set REVENUE_UI_PORT to another port."
            ) from None
