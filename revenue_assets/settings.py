"""Every environment variable that the platform reads, typed, in one place.

`get_settings()` is called where a value is needed, never at import. A value that cannot work is refused in one
sentence that names the variable and what it should be. `.env.example` lists the same variables for people.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from revenue_assets.alerts.settings import AlertSettings
from revenue_assets.errors import RevenueError, SettingsError
from revenue_assets.months import parse_month

PROJECT_DIR = Path(__file__).resolve().parent.parent


class Settings(AlertSettings):
    """One installation: where it keeps its data, which server and which sources it uses."""

    model_config = SettingsConfigDict(env_file=PROJECT_DIR / ".env", extra="ignore", env_ignore_empty=True)

    home: Path = Field(PROJECT_DIR / ".revenue", validation_alias="REVENUE_HOME")
    lake_url: str = Field("", validation_alias="LAKE_URL")
    database_url: str | None = Field(None, validation_alias="REVENUE_DATABASE_URL")
    sources_dir: Path = Field(PROJECT_DIR / "sources", validation_alias="REVENUE_SOURCES_DIR")
    sources: Annotated[list[str], NoDecode] = Field(["simulated"], validation_alias="REVENUE_SOURCES")
    first_month: str = Field("2023-01", validation_alias="REVENUE_FIRST_MONTH")
    duckdb_memory_limit: str = Field("4GB", validation_alias="REVENUE_DUCKDB_MEMORY_LIMIT")
    duckdb_threads: int | None = Field(None, validation_alias="REVENUE_DUCKDB_THREADS", ge=1, le=256)
    ui_host: str = Field("127.0.0.1", validation_alias="REVENUE_UI_HOST")
    ui_port: int = Field(3000, validation_alias="REVENUE_UI_PORT", ge=1, le=65535)
    ui_url: str = Field("", validation_alias="REVENUE_UI_URL")
    reports_port: int = Field(3001, validation_alias="REVENUE_REPORTS_PORT", ge=1, le=65535)
    reports_url: str = Field("", validation_alias="REVENUE_REPORTS_URL")

    @field_validator("home", "sources_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        path = value.expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise ValueError(f"{path} is a file, it should be a folder")
        return path

    @field_validator("sources", mode="before")
    @classmethod
    def _split(cls, value: str | list[str]) -> list[str]:
        names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        if not names or any("/" in name for name in names):
            raise ValueError("it should be the names of folders below sources/, such as simulated,revmatch")
        return names

    @field_validator("first_month")
    @classmethod
    def _month(cls, value: str) -> str:
        try:
            return parse_month(value)
        except RevenueError as error:
            raise ValueError(str(error)) from None

    @field_validator("duckdb_memory_limit")
    @classmethod
    def _size(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9]\d*(MB|GB)", value):
            raise ValueError("it should be a size such as 512MB or 4GB")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        # The reason never quotes the value: it holds a password.
        try:
            is_usable = value is None or (
                value.startswith(("postgresql://", "postgres://")) and urlsplit(value).port != 0
            )
        except ValueError:
            is_usable = False
        if not is_usable:
            raise ValueError("it should be a PostgreSQL address such as postgresql://user:password@host:5432/revenue")
        return value

    @field_validator("ui_url", "reports_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it should be a web address such as https://revenue.example.com")
        return value.rstrip("/")

    @field_validator("lake_url")
    @classmethod
    def _lake_is_a_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("it should be a folder, object stores are not supported by this version")
        return value

    @model_validator(mode="after")
    def _lake_below_home(self) -> Self:
        self.lake_url = self.lake_url or str(self.home / "lake")
        return self

    @model_validator(mode="after")
    def _addresses_of_pages(self) -> Self:
        host = f"[{self.ui_host}]" if ":" in self.ui_host else self.ui_host
        self.ui_url = self.ui_url or f"http://{host}:{self.ui_port}"
        self.reports_url = self.reports_url or f"http://{host}:{self.reports_port}"
        return self

    @property
    def lake_dir(self) -> Path:
        """The folder that holds the zones of the lake."""
        return Path(self.lake_url).expanduser().absolute()


@cache
def get_settings() -> Settings:
    """The settings of this process, read once; raise SettingsError in one sentence when a variable is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # values come from the environment
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "A setting"
        reason = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise SettingsError(f"{name} cannot be used: {reason[0].lower()}{reason[1:]}.") from None
