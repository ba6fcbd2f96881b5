"""Posts JSON to a webhook: one answer or one fault, in bounded time.

Redirects are not followed: they would take what is secret along.
"""

import http.client
import re
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from revenue_assets.alerts.faults import DeliveryError, of_connection, within

_MAY_GET_BETTER = (408, 425, 429)  # and every 5xx; another answer stays the same when it is asked again
_CODE_WORD = re.compile(r"[a-z_]{2,60}")  # how Slack says what is wrong; longer texts may quote what was sent
_LONGEST_ANSWER = 1000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def post(url: str, body: bytes, headers: Mapping[str, str], at: datetime, seconds: float) -> None:
    """Post JSON; raise DeliveryError, which names the host only, unless the answer is 2xx within these seconds."""
    host = urlsplit(url).hostname or ""
    told = {"Content-Type": "application/json", "User-Agent": "revenue-assets", **headers}
    request = urllib.request.Request(url, data=body, headers=told, method="POST")
    opener = urllib.request.build_opener(_NoRedirect)

    def send() -> None:
        try:
            opener.open(request, timeout=seconds + 1).close()  # `within` is first, so that its sentence is told
        except HTTPError as error:
            with error:
                raise _refused(host, error, at) from None
        except URLError as error:
            reason = error.reason if isinstance(error.reason, Exception) else error
            raise of_connection(host, reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise of_connection(host, error) from None

    within(seconds, host, send)


def _refused(host: str, error: HTTPError, at: datetime) -> DeliveryError:
    word = error.read(_LONGEST_ANSWER).decode(errors="replace").strip()
    reason = f" ({word})" if _CODE_WORD.fullmatch(word) else ""
    can_retry = error.code >= 500 or error.code in _MAY_GET_BETTER
    advice = "" if can_retry else ": check its address and its rights"
    return DeliveryError(
        f"{host} answered {error.code}{reason}{advice}.",
        can_retry=can_retry,
        retry_after=_retry_after(error.headers.get("Retry-After"), at),
    )


def _retry_after(text: str | None, at: datetime) -> float | None:
    """Seconds; the header holds them or the date until which to wait. What cannot be read was not asked for."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - at).total_seconds())
