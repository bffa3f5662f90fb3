"""A real SMTP server at a port of its own, which does to letters what a test wants."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

OK = "250 OK"


class _Counter(Controller):
    """Hangs up before it closes: aiosmtpd's own leaves a connection that is about to end to the collector."""

    def __init__(self, office: PostOffice, **options: Any) -> None:
        super().__init__(office, **options)
        self._served: list[SMTP] = []

    def factory(self) -> SMTP:
        self._served.append(super().factory())  # type: ignore[no-untyped-call]
        return self._served[-1]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        self.stop()

    async def _hang_up(self) -> None:
        for session in self._served:
            for transport in (session.transport, session._original_transport):
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
        await asyncio.sleep(0)  # for what each of them does in the loop's next turn


class PostOffice:
    """Entered, it takes letters. `says` are its answers to the next ones, then it takes them."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any):
        self.taken: list[bytes] = []
        self.receivers: list[str] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.encrypted: list[bool] = []
        self.says: list[str] = []
        if options.get("auth_required"):
            options |= {"authenticator": self._login, "auth_require_tls": True}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]  # aiosmtpd cannot tell which one it picked
        self._controller = _Counter(
            self, hostname="127.0.0.1", port=self.port, ssl_context=tls, tls_context=starttls, **options
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd's name
        answer = self.says.pop(0) if self.says else OK
        if answer == OK:
            self.taken.append(envelope.content)
            self.receivers += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return answer

    def _login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss")
