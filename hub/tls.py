"""Certificates for the listeners, and a stream under TLS that can still be read once TLS has said goodbye."""

from __future__ import annotations

import ssl
from typing import Any

import trio

from hub.config import Config, ConfigError


class HalfClosing(trio.abc.Stream):
    """A TCP stream whose close only ends its sending: TLS says goodbye, and the connection can still be read."""

    def __init__(self, tcp: trio.SocketStream) -> None:
        self.tcp = tcp

    async def send_all(self, data: Any) -> None:
        """See `trio.abc.SendStream`."""
        await self.tcp.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """See `trio.abc.SendStream`."""
        await self.tcp.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See `trio.abc.ReceiveStream`."""
        return await self.tcp.receive_some(max_bytes)

    async def aclose(self) -> None:
        """Say that nothing follows."""
        await self.tcp.send_eof()


TlsStream = trio.SSLStream[HalfClosing]


def tls_stream(tcp: trio.SocketStream, context: ssl.SSLContext) -> TlsStream:
    """Return the server's side of a TLS connection, whose handshake is still to be done."""
    # https_compatible: browsers close without close_notify, which must not count as an attack.
    return trio.SSLStream(HalfClosing(tcp), context, server_side=True, https_compatible=True)


def server_context(config: Config) -> ssl.SSLContext | None:
    """Return the context both listeners use, None without a certificate.

    Only HTTP/1.1 is negotiated. Raises ConfigError when the files cannot be read or do not belong together. Blocks on
    the disk for a moment: called once, at start.
    """
    if config.tls_certfile is None or config.tls_keyfile is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An encrypted key would make OpenSSL ask on the terminal: an empty password makes it an error instead.
        context.load_cert_chain(config.tls_certfile, config.tls_keyfile, password="")
    except (OSError, ssl.SSLError, ValueError) as error:
        files = f"tls_certfile = {config.tls_certfile!r}, tls_keyfile = {config.tls_keyfile!r}"
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigError(f"{files}: expected a PEM certificate and its unencrypted key ({reason})") from error
    return context
