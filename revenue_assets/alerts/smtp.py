"""Hands one mail to the mail server: taken, or one fault that says whether trying again can help."""

import smtplib
import socket
import ssl
from email.message import EmailMessage

from revenue_assets.alerts.faults import DeliveryError, of_connection, within
from revenue_assets.alerts.settings import MailServer
from revenue_assets.alerts.wording import one_line, shortened

_LONGEST_REASON = 120


def hand_over(server: MailServer, mail: EmailMessage, sender: str, recipient: str, seconds: float) -> None:
    """Send the mail to one recipient; raise DeliveryError, without user or password, unless the server took it."""

    def send() -> None:
        try:
            with _connected(server, seconds + 1) as connection:  # `within` is first, so that its sentence is told
                if server.security == "starttls":
                    connection.starttls(context=ssl.create_default_context())
                if server.user:
                    connection.login(server.user, server.password)
                connection.send_message(mail, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[recipient]
            raise _refused(server, code, text) from None
        except smtplib.SMTPAuthenticationError as error:
            # Without its text, which may quote who we said we are.
            raise _refused(server, error.smtp_code, b"it does not take our user and password") from None
        except smtplib.SMTPResponseException as error:
            raise _refused(server, error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            missing = "STARTTLS or the login" if server.user or server.security == "starttls" else "what the mail needs"
            sentence = f"{server.host} does not offer {missing}: check REVENUE_ALERT_SMTP_URL."
            raise DeliveryError(sentence, can_retry=False) from None
        except (OSError, smtplib.SMTPException) as error:
            raise of_connection(server.host, error) from None

    within(seconds, server.host, send)


def _connected(server: MailServer, seconds: float) -> smtplib.SMTP:
    # Named, because smtplib would ask the name server who we are, which may take longer than the mail.
    name = socket.gethostname() or "localhost"
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=name, timeout=seconds, context=context)
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=seconds)


def _refused(server: MailServer, code: int, text: bytes | str) -> DeliveryError:
    reason = shortened(one_line(text.decode(errors="replace") if isinstance(text, bytes) else text), _LONGEST_REASON)
    for secret in filter(None, (server.password, server.user)):
        reason = reason.replace(secret, "***")
    is_final = 500 <= code < 600
    return DeliveryError(f"{server.host} answered {code} ({reason}).", can_retry=not is_final)
