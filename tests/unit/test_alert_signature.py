"""Signed webhooks: against the published example of Standard Webhooks, and as the runbook tells receivers to check."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from revenue_assets.alerts.settings import signing_keys
from revenue_assets.alerts.webhook import signed_headers
from revenue_assets.settings import PROJECT_DIR

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'


def test_the_published_example_has_the_published_signature() -> None:
    headers = signed_headers(ID, AT, BODY, signing_keys(SecretStr(SECRET)))
    assert headers == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_runbook_s_receiver_takes_what_is_ours_fresh_and_new() -> None:
    verify = runbook_example()
    both = signed_headers(ID, AT, BODY, signing_keys(SecretStr(f"{NEW_SECRET}, {SECRET}")))
    now = AT.timestamp()
    assert verify(both, BODY, SECRET, now) == verify(both, BODY, NEW_SECRET, now) == ID  # while secrets are rotated
    assert verify(both, BODY, SECRET, now + 299) == ID
    for headers, content, secret, at in (
        (both, BODY + b" ", SECRET, now),
        (both, BODY, "whsec_" + base64.b64encode(bytes(32)).decode(), now),
        (both, BODY, SECRET, now + 301),
        (both, BODY, SECRET, now - 301),
        (both | {"webhook-id": "msg_another"}, BODY, SECRET, now),
        (both | {"webhook-timestamp": "1614265331"}, BODY, SECRET, now),
        (both | {"webhook-signature": "v1,"}, BODY, SECRET, now),
        ({}, BODY, SECRET, now),
        (both | {"webhook-signature": "v2,x"}, BODY, SECRET, now),
    ):
        assert verify(headers, content, secret, at) is None


def runbook_example() -> Callable[..., str | None]:
    text = (PROJECT_DIR / "docs" / "runbook.md").read_text()
    (example,) = re.findall(r"```python\n(.*?def verified.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/runbook.md", "exec"), names)
    found: Callable[..., str | None] = names["verified"]
    return found
