"""Why something was not delivered. Texts name the host and nothing else of an address: the rest may be a secret."""

import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from revenue_assets.errors import RevenueError

T = TypeVar("T")


class DeliveryError(RevenueError):
    """A channel did not take a message. `retry_after` are the seconds that it asked for before the next try."""

    def __init__(self, sentence: str, *, can_retry: bool, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.can_retry = can_retry
        self.retry_after = retry_after


def within(seconds: float, host: str, call: Callable[[], T]) -> T:
    """What the call gives, or DeliveryError after these seconds, whatever it does meanwhile.

    Timeouts of sockets are not enough: they begin anew with every byte that a slow server sends.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001  # raised again by whoever waits
            outcome.set_exception(error)

    threading.Thread(target=run, name="alert", daemon=True).start()
    try:
        return outcome.result(timeout=seconds)
    except TimeoutError:
        raise DeliveryError(f"{host} did not answer within {seconds:g} s.", can_retry=True) from None


def of_connection(host: str, error: Exception) -> DeliveryError:
    """Why no conversation with the host came about, without the text of the error, which may quote an address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"{host} shows a certificate that is not trusted ({error.verify_message})"
        return DeliveryError(f"{reason}: mend it, or name its authority in SSL_CERT_FILE.", can_retry=False)
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"{host} does not speak TLS as expected: check the address.", can_retry=True)
    if isinstance(error, socket.gaierror):
        return DeliveryError(f"{host} is not known: check the name.", can_retry=True)
    if isinstance(error, TimeoutError):
        return DeliveryError(f"{host} did not answer in time.", can_retry=True)
    if isinstance(error, ConnectionRefusedError):
        return DeliveryError(f"{host} refuses connections.", can_retry=True)
    return DeliveryError(f"{host} broke off ({type(error).__name__}).", can_retry=True)
