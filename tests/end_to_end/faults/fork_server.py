"""Starts closes as processes of their own that are killed, restarted under, or run side by side.

A process that has imported everything forks one child per request, which saves each the seconds of imports. Requests
are lines of JSON on stdin: `start` answers with the child's number, `wait` with how it ended.
"""

import contextlib
import importlib
import json
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from revenue_assets.settings import get_settings

_LIBRARIES = ("dbt.cli.main", "psycopg2", "dagster_postgres", "revenue_assets.commands.close_summary")


def prepare() -> None:
    """Import what a close imports; nothing is connected and no thread is started."""
    logging.getLogger().addHandler(logging.NullHandler())  # or a library of dbt brings one for stderr
    for name in (*_LIBRARIES, "revenue_assets.automation.in_process", "revenue_assets.commands.close"):
        importlib.import_module(name)
    from revenue_assets.automation.monthly_close import JOB
    from revenue_assets.definitions import defs

    defs().resolve_job_def(JOB)


def run_child(request: dict[str, Any]) -> None:
    """In the child: call `module:function` of the request with its arguments, its output into the request's file."""
    os.setsid()
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, output, output)):
        os.dup2(file, number)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ.update(request["environment"])
    get_settings.cache_clear()
    module, _, function = request["call"].partition(":")
    code = 1
    try:
        getattr(importlib.import_module(module), function)(*request["arguments"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except Exception:  # noqa: BLE001  # it ends here, and is in the output
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Answer requests until stdin ends."""
    prepare()
    print(json.dumps("ready"), flush=True)
    running = set()
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "start":
            answer = os.fork()
            if answer == 0:
                run_child(request)
            running.add(answer)
        else:
            _, status = os.waitpid(request["pid"], 0)
            answer = os.waitstatus_to_exitcode(status)
            running.discard(request["pid"])
        print(json.dumps(answer), flush=True)
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
