"""Certificates for the listeners."""

from __future__ import annotations

import ssl

from hub.config import Config, ConfigError


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
