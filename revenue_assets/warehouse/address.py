"""Where a PostgreSQL database is and how to spell that for the libraries that connect to it.

Only the spelling lives here; which database is meant is decided in `connection.py`.
"""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError, pq
from psycopg.conninfo import conninfo_to_dict

from revenue_assets.errors import SettingsError


@dataclass(frozen=True)
class DatabaseAddress:
    """One database. `parameters` are further libpq parameters, such as sslmode, kept as they were given."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, url: str) -> "DatabaseAddress":
        """Read a PostgreSQL URL; what it leaves out comes from libpq's own variables and defaults.

        Raise SettingsError, without quoting the URL and its password, when it cannot be read.
        """
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        except ProgrammingError:
            raise SettingsError(
                "REVENUE_DATABASE_URL cannot be read: write it as postgresql://user:password@host:5432/database, "
                "with special characters percent-encoded."
            ) from None
        defaults = {option.keyword.decode(): option.val.decode() for option in pq.Conninfo.get_defaults() if option.val}
        basic = {key: given.pop(key, "") or defaults.get(key, "") for key in ("host", "user", "password", "dbname")}
        port = given.pop("port", "") or defaults.get("port", "5432")
        if not port.isdigit():
            raise SettingsError("REVENUE_DATABASE_URL cannot be used: name exactly one host with one port.")
        return cls(
            host=basic["host"] or "localhost",
            port=int(port),
            user=basic["user"],
            password=basic["password"],
            database=basic["dbname"] or basic["user"],
            parameters=tuple(sorted(given.items())),
        )

    def url(self, driver: str | None = None, **parameters: str) -> str:
        """The address as a URL, password included: keep it out of logs.

        `driver` is SQLAlchemy's name of one (`psycopg`, `psycopg2`): SQLAlchemy needs it spelled out, libpq and
        DuckDB want none. `parameters` are added to those of the address.
        """
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        query = dict(self.parameters) | parameters
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.host.startswith("/"):  # the folder of a Unix socket has no place before the path
            query["host"], host = self.host, ""
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        text = f"{scheme}://{login}@{host}:{self.port}/{quote(self.database, safe='')}"
        return f"{text}?{urlencode(query, quote_via=quote)}" if query else text

    def keywords(self) -> dict[str, str]:
        """The address as libpq keywords, for `psycopg.connect(**keywords)`."""
        return dict(self.parameters) | {
            "host": self.host,
            "port": str(self.port),
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
        }

    def environment(self) -> dict[str, str]:
        """The variables from which dbt's profile takes the connection; further parameters under libpq's own names."""
        return _as_variables(dict(self.parameters)) | {
            "REVENUE_PG_HOST": self.host,
            "REVENUE_PG_PORT": str(self.port),
            "REVENUE_PG_USER": self.user,
            "REVENUE_PG_PASSWORD": self.password,
            "REVENUE_PG_DATABASE": self.database,
        }

    def libpq_environment(self) -> dict[str, str]:
        """The whole address as libpq's own variables, for programs: their command lines are seen by everybody."""
        return _as_variables(self.keywords())


def _as_variables(keywords: dict[str, str]) -> dict[str, str]:
    named = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    return {variable.decode(): value for key, value in keywords.items() if (variable := named.get(key))}
