"""Signatures of what comes from elsewhere and goes there. Pure.

Sources: the Standard Webhooks specification; Meta's documentation of its webhooks.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "whsec_"
TOLERANCE_S: Final = 300
"""How far the time of a signed request may be from ours."""
KEY_BYTES: Final = range(24, 65)
_SECONDS: Final = re.compile(r"\d{1,12}", re.ASCII)


def key_of(secret: str) -> bytes | None:
    """The key of a secret, `whsec_` and base64 of 24 to 64 bytes; None: it is none."""
    if not secret.startswith(PREFIX):
        return None
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) in KEY_BYTES else None


def signature(key: bytes, call_id: str, timestamp: str, body: bytes) -> str:
    """What Standard Webhooks has in `webhook-signature`."""
    signed = b".".join((call_id.encode(errors="surrogatepass"), timestamp.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now_ms: int) -> bool:
    """Whether a request is signed with the secret, as Standard Webhooks has it, and of these minutes.

    `headers` has them by names in lower case. Of several signatures one must be right.
    """
    call_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = key_of(secret)
    if key is None or not call_id or _SECONDS.fullmatch(timestamp) is None:
        return False
    if abs(now_ms // 1_000 - int(timestamp)) > TOLERANCE_S:
        return False
    right = signature(key, call_id, timestamp, body).encode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(right, each.encode(errors="surrogatepass")) for each in given)


def is_metas(app_secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a request is signed with the secret of a Meta app: `X-Hub-Signature-256`."""
    right = f"sha256={hmac.digest(app_secret.encode(), body, 'sha256').hex()}".encode()
    return hmac.compare_digest(right, headers.get("x-hub-signature-256", "").encode(errors="surrogatepass"))


def challenge(verify_token: str | None, args: Mapping[str, str]) -> str | None:
    """What is answered to Meta's question whether this is the right address; None: it is not the right question."""
    given = args.get("hub.verify_token", "").encode(errors="surrogatepass")
    if verify_token is None or args.get("hub.mode") != "subscribe":
        return None
    return args.get("hub.challenge") if hmac.compare_digest(verify_token.encode(), given) else None
