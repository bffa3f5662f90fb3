"""Webhooks: whether the hub sent one, and the signature that it checks in turn on what a connector sends to it.

Source: the Standard Webhooks specification. The key is what follows `whsec_` in the secret, base64-decoded.
"""

import base64
import binascii
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from protocol.chatpion.errors import BadSignature

TOLERANCE_S: Final = 300
"""How far the sender's clock may be off, or how long a call may have been under way. It bounds replays, too."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `id` is the same for every attempt at telling it, and of no other event: remember it to act once.

    `event` is its name, such as `message.read`; `data` the object at that time; `timestamp` is None for a `message` to
    a connector.
    """

    id: str
    event: str
    timestamp: str | None
    data: dict[str, Any]


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes | str, *, now_s: float | None = None) -> Event:
    """Return the event that a request to your webhook tells of, if the hub sent it within five minutes.

    `body` is the request's, unchanged: what was parsed and written again has another signature. Names of `headers` may
    be in any case. Raises BadSignature, and ValueError for a secret that is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    call_id, timestamp, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    payload = body.encode() if isinstance(body, str) else body
    # Signature first: until it holds, nothing that came is anybody's word.
    _check_signature(sign(secret, call_id, timestamp, payload), signatures)
    _check_time(timestamp, time.time() if now_s is None else now_s)
    return _event(call_id, payload)


def sign_webhook(
    secret: str, body: bytes | str, *, call_id: str | None = None, now_s: float | None = None
) -> dict[str, str]:
    """Return the headers under which a connector posts `body` to `/api/inbound/{social_account_id}`.

    `call_id` names what is told: repeat it under the same one. Raises ValueError for a secret that is none.
    """
    call_id = call_id or f"msg_{secrets.token_urlsafe(20)}"
    timestamp = str(int(time.time() if now_s is None else now_s))
    payload = body.encode() if isinstance(body, str) else body
    return {
        "Content-Type": "application/json",
        "webhook-id": call_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(secret, call_id, timestamp, payload),
    }


def sign(secret: str, call_id: str, timestamp: str, payload: bytes) -> str:
    """Return the signature, version and all. Raises ValueError for a secret that is none."""
    signed = b".".join((call_id.encode(), timestamp.encode(), payload))
    return f"v1,{base64.b64encode(hmac.digest(_key(secret), signed, 'sha256')).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    # Anybody can sign with an empty key.
    if not key:
        raise ValueError("a webhook's secret is whsec_ and base64")
    return key


def _check_signature(expected: str, given: str) -> None:
    """A sender that changes its secret signs with both for a while: the header may hold several."""
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given.split()):
        raise BadSignature("the signature does not hold")


def _check_time(timestamp: str, now_s: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now_s - int(timestamp)) > TOLERANCE_S:
        raise BadSignature("the webhook was not sent just now")


def _event(call_id: str, payload: bytes) -> Event:
    try:
        event = json.loads(payload)
        return Event(call_id, event["event"], event.get("timestamp"), event["data"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSignature("what is signed is no event of ChatPion's") from None
