"""In which forms a command can print."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_FILES = 200


class Format(StrEnum):
    """A table for people; json and csv for programs, with exact amounts as text."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def console_for_tables() -> "Console":
    """As wide as the terminal; wide enough for every table where the output goes to a file or another program."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_FILES)
