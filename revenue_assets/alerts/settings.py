"""The variables that say where alerts go; they are part of `revenue_assets.settings.Settings`.

Addresses of webhooks and of the mail server are secrets themselves: no reason quotes them, and only the host is shown.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Annotated, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PORTS = {"smtp": 587, "smtps": 465}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_WEBHOOK = "it should be a web address such as https://host/path"
_SECRET = "it should be whsec_ and 24 to 64 bytes in base64 (docs/runbook.md makes one), or two with a comma"
_SMTP = "it should be a mail server such as smtp://user:password@host:587?starttls or smtps://user:password@host"


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail; `security` is `tls` from the start, `starttls` or `none`."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Read smtp://user:password@host:port?starttls or smtps://...; raise ValueError, without quoting it."""
        parts = _split(url, _SMTP)
        if parts.scheme not in _PORTS or parts.query not in ("", "starttls") or parts.path.strip("/"):
            raise ValueError(_SMTP)
        if parts.scheme == "smtps" and parts.query:
            raise ValueError("smtps:// is encrypted from the start, it should not ask for starttls")
        security = "tls" if parts.scheme == "smtps" else parts.query or "none"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if bool(user) != bool(password):
            raise ValueError("it should have both a user and a password, or none")
        host = parts.hostname or ""
        if user and security == "none" and host not in _THIS_MACHINE:
            raise ValueError("a password should not travel unencrypted: use smtps:// or add ?starttls")
        return cls(host, parts.port or _PORTS[parts.scheme], security, user, password)


class AlertSettings(BaseSettings):
    """Where alerts go besides the log; every channel is optional."""

    alert_slack_url: SecretStr | None = Field(None, validation_alias="REVENUE_ALERT_SLACK_URL")
    alert_webhook_url: SecretStr | None = Field(None, validation_alias="REVENUE_ALERT_WEBHOOK_URL")
    alert_webhook_secret: SecretStr | None = Field(None, validation_alias="REVENUE_ALERT_WEBHOOK_SECRET")
    alert_smtp_url: SecretStr | None = Field(None, validation_alias="REVENUE_ALERT_SMTP_URL")
    alert_email_from: str = Field("", validation_alias="REVENUE_ALERT_EMAIL_FROM")
    alert_email_to: Annotated[list[str], NoDecode] = Field([], validation_alias="REVENUE_ALERT_EMAIL_TO")

    @field_validator("alert_slack_url", "alert_webhook_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = _split(value.get_secret_value(), _WEBHOOK)
            if parts.scheme not in ("http", "https") or parts.username or parts.password:
                raise ValueError(_WEBHOOK)
        return value

    @field_validator("alert_webhook_secret")
    @classmethod
    def _signing_secrets(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            signing_keys(value)
        return value

    @field_validator("alert_smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            MailServer.parse(value.get_secret_value())
        return value

    @field_validator("alert_email_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and (not _ADDRESS.fullmatch(parseaddr(value)[1]) or not value.isprintable()):
            raise ValueError("it should be a mail address such as Revenue alerts <alerts@example.com>")
        return value

    @field_validator("alert_email_to", mode="before")
    @classmethod
    def _recipients(cls, value: str | list[str]) -> list[str]:
        names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        if not all(_ADDRESS.fullmatch(name) for name in names):
            raise ValueError("it should be mail addresses such as cfo@example.com,oncall@example.com")
        return list(dict.fromkeys(names))

    @model_validator(mode="after")
    def _whole_channels(self) -> Self:
        if bool(self.alert_webhook_url) != bool(self.alert_webhook_secret):
            raise ValueError("a webhook needs both REVENUE_ALERT_WEBHOOK_URL and REVENUE_ALERT_WEBHOOK_SECRET")
        mail = (self.alert_smtp_url, self.alert_email_from, self.alert_email_to)
        if any(mail) and not all(mail):
            raise ValueError(
                "mail needs REVENUE_ALERT_SMTP_URL, REVENUE_ALERT_EMAIL_FROM and REVENUE_ALERT_EMAIL_TO together"
            )
        return self


def signing_keys(secret: SecretStr) -> list[bytes]:
    """The keys that webhooks are signed with, one or, while rotating, two; raise ValueError, without quoting them."""
    texts = [text.strip() for text in secret.get_secret_value().split(",")]
    try:
        keys = [base64.b64decode(text.removeprefix("whsec_"), validate=True) for text in texts]
    except binascii.Error:
        raise ValueError(_SECRET) from None
    if len(texts) > 2 or not all(text.startswith("whsec_") for text in texts):
        raise ValueError(_SECRET)
    if not all(24 <= len(key) <= 64 for key in keys):
        raise ValueError(_SECRET)
    return keys


def _split(url: str, hint: str) -> SplitResult:
    """The parts of an address that has a host and a possible port; raise ValueError with the hint, not the address."""
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError(hint)
    return parts
