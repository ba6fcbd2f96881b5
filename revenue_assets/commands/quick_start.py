"""What makes commands answer fast."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_pandas() -> Iterator[None]:
    """Let DuckDB believe, while the block runs, that there is no pandas, unless it is imported already.

    Otherwise the first query with a parameter imports it, three seconds for types that we never pass.
    """
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # how Python marks a module that cannot be imported
    try:
        yield
    finally:
        sys.modules.pop("pandas", None)
