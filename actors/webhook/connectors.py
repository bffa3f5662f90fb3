"""How messages are sent on other platforms: one connector for each, which makes requests of parcels. Pure.

Sources: the ChatPion settlement, 27 and 28; the Send API of Meta's Messenger Platform.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import msgspec

from actors.chatpion.parcels import Parcel
from actors.chatpion.values import SocialAccount, SocialSecrets
from actors.values import Call
from actors.webhook import letters
from actors.webhook.posting import Request

_encode = msgspec.json.Encoder().encode


class Delivery(NamedTuple):
    """A parcel on its way by a connection; `url` is where its attachment can be had, if it has one."""

    call: Call
    parcel: Parcel
    account: SocialAccount
    secrets: SocialSecrets
    url: str | None
    now_ms: int


class Connector(Protocol):
    """One platform's way."""

    def requests(self, delivery: Delivery) -> list[Request]:
        """What is posted, in this order; delivered is what all were taken of."""


class Webhooks:
    """Platform `webhook`: an endpoint of the account's own, with a shared secret."""

    def requests(self, delivery: Delivery) -> list[Request]:
        """One signed event."""
        parcel = delivery.parcel
        data = {
            "id": parcel.letter,
            "platform_id": parcel.platform_id,
            "message": parcel.body,
            "type": parcel.type,
            "attachment": delivery.url,
        }
        body = _encode({"event": "message", "data": data})
        headers = letters.headers(delivery.call, body, delivery.secrets.access_token, delivery.now_ms)
        return [Request(delivery.account.url or "", headers, body)]


class Graph:
    """Platforms `facebook` and `instagram`: the Send API under `base_url`.

    A message there is a text or a file: what is both is sent as two.
    """

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url.rstrip('/')}/me/messages"

    def requests(self, delivery: Delivery) -> list[Request]:
        """The file, if there is one, and the text."""
        parcel = delivery.parcel
        messages: list[dict[str, Any]] = []
        if delivery.url is not None:
            kind = "file" if parcel.type == "text" else parcel.type
            messages.append({"attachment": {"type": kind, "payload": {"url": delivery.url}}})
        messages.append({"text": parcel.body})
        return [self._request(delivery, message) for message in messages]

    def _request(self, delivery: Delivery, message: dict[str, Any]) -> Request:
        recipient = {"id": delivery.parcel.platform_id}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {delivery.secrets.access_token}"}
        body = _encode({"recipient": recipient, "messaging_type": "RESPONSE", "message": message})
        return Request(self._url, headers, body)
