"""What was worked out once for a checkout, kept beside dbt's manifest for the next process: it only saves time.

So whatever keeps it from being written or read (no right, no room, a file that a power failure cut off) is no fault.
"""

import marshal
import os
import sys
from contextlib import suppress
from typing import Any

from revenue_assets.assets.dbt_manifest import MANIFEST


def kept(name: str) -> dict[Any, Any]:
    """What earlier processes of the same Python have kept under this name."""
    with suppress(OSError, EOFError, ValueError, TypeError):
        return dict(marshal.loads(MANIFEST.with_name(_file(name)).read_bytes()))
    return {}


def keep(name: str, worked_out: dict[Any, Any]) -> None:
    """Keep it, whole or not at all."""
    beside = MANIFEST.with_name(f"{_file(name)}.{os.getpid()}")
    with suppress(OSError):
        beside.write_bytes(marshal.dumps(worked_out))
        beside.replace(MANIFEST.with_name(_file(name)))
    with suppress(OSError):
        beside.unlink(missing_ok=True)


def _file(name: str) -> str:
    return f"{name}-{sys.implementation.cache_tag}"
