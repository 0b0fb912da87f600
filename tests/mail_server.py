"""A real mail server on a port of this machine, for tests of what is sent by SMTP."""

import logging
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.ports import free_port

# It logs each command.
logging.getLogger("mail.log").setLevel(logging.WARNING)
USER, PASSWORD = "gate", "pass word 4 mail"
ACCEPTED = "250 2.0.0 queued as 4711"
REFUSED = "550 5.7.1 relaying denied"


class SmtpServer:
    """The server, running inside its ``with`` block.

    Attributes:
        received: the mails that it accepted.
        refuses: whether it refuses every receiver.
        answers_content: what it answers to a mail's content; what is not 2xx refuses the mail.
    """

    def __init__(self, *, needs_login: bool = False) -> None:
        self.received: list[Message] = []
        self.refuses = False
        self.answers_content = ACCEPTED
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._authenticate,
            auth_required=needs_login,
            auth_require_tls=False,
        )

    def __enter__(self) -> "SmtpServer":
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    @property
    def settings(self) -> dict[str, object]:
        """What an administrator enters to use it."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "user": "",
            "password": "",
            "sender": "Harbour Park <gate@example.com>",
        }

    def text(self) -> str:
        """The plain text of the latest mail."""
        return self.received[-1].get_content()  # type: ignore[attr-defined, no-any-return]

    # Called by the library.

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.refuses:
            return REFUSED
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers_content.startswith("2"):
            self.received.append(message_from_bytes(envelope.content, policy=default))
        return self.answers_content

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, login: Any
    ) -> AuthResult:
        is_right = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        # Without `handled`, the library itself answers a wrong login.
        return AuthResult(success=is_right, handled=is_right)
