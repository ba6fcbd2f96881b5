"""Faults that a person can act on.

Everything raised on purpose derives from `RevenueError`; its text is one sentence that says what is wrong, where,
and what to do. Commands print that sentence instead of a traceback. What is not a `RevenueError` is a defect.
"""


class RevenueError(Exception):
    """A fault with one clear sentence. `can_retry` tells whether the same call may succeed later unchanged."""

    can_retry = False


class SettingsError(RevenueError):
    """An environment variable has a value that cannot work."""


class SourceError(RevenueError):
    """A source's folder, parameters, files or columns are not as the contract wants them."""


class CloseError(RevenueError):
    """A close cannot be started or finished as asked."""


class WarehouseUnavailableError(RevenueError):
    """The PostgreSQL server does not answer, or went away; what was not committed is not changed."""

    can_retry = True


class DiskFullError(RevenueError):
    """There is no room left for what has to be written; what was there before is whole."""

    can_retry = True


class DamagedFileError(RevenueError):
    """A file of the lake cannot be read, as after a power loss or a broken disk."""
