"""The SQL of this folder: each `.sql` file is one statement with its parameters."""

from pathlib import Path


def statement(name: str) -> bytes:
    """The statement of this name."""
    return Path(__file__).with_name(f"{name}.sql").read_bytes()
