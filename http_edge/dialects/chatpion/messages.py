"""Messages to subscribers, and from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast, get_args

from msgspec import Struct

from actors.chatpion import shown
from actors.chatpion.ports import Letters, Subscribers
from actors.chatpion.shown import Shown
from actors.chatpion.values import Direction, LetterState, LetterType, Subscriber
from actors.messages.subscriber import LetterSaved, Send
from actors.values import Who
from http_edge.dialects.chatpion.attaching import Attacher
from http_edge.dialects.chatpion.errors import expected, failed, missing
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.paging import Paging, page_in
from http_edge.dialects.chatpion.routes import FILE_BODY_BYTES, Call, Endpoint, Route
from http_edge.gateway import Gateway
from protocol.codes import MAX_BODY_CHARS

WHAT: Final = "Message"
RULE: Final = "/api/messages"
STATUSES: Final = ("sent", "delivered", "read", "failed")
DIRECTIONS: Final = ("out", "in", "all")


class MessageFilter(Paging, frozen=True):
    """Which to show."""

    subscriber_id: int | None = None
    status: str | None = None
    direction: str | None = None


class SendMessage(Struct, frozen=True):
    """What to say to whom."""

    subscriber_id: int
    message: str
    type: str | None = None
    attachment: str | None = None
    track_links: bool | None = None


class MessageSection:
    """Routes about messages. It has no state."""

    def __init__(self, *, letters: Letters, subscribers: Subscribers, gateway: Gateway, attacher: Attacher) -> None:
        self._letters = letters
        self._subscribers = subscribers
        self._gateway = gateway
        self._attacher = attacher

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=_route("GET", RULE), handler=self.index, query=MessageFilter),
            Endpoint(
                route=_route("POST", RULE),
                handler=self.send,
                body=SendMessage,
                max_bytes=FILE_BODY_BYTES,
                also=(404,),
            ),
            Endpoint(route=_route("GET", f"{RULE}/<id>"), handler=self.show),
        ]

    async def index(self, call: Call) -> Shown:
        """List a page of what was said to subscribers, or by them."""
        page, args = page_in(call.args), call.args
        direction = args.choice("direction", DIRECTIONS) or "out"
        reading = self._letters.page(
            call.account.id,
            page=page.page,
            limit=page.limit,
            subscriber=args.whole("subscriber_id"),
            state=cast("LetterState | None", args.choice("status", STATUSES)),
            direction=None if direction == "all" else cast("Direction", direction),
        )
        found = expected(await self._gateway.read(reading))
        return page.of("messages", found.total, [shown.message(each) for each in found.letters])

    async def send(self, call: Call) -> Shown:
        """Say something to a subscriber. The answer comes once it is committed, or has failed."""
        fields = call.fields
        number, text, kind = fields.required_whole("subscriber_id"), text_in(fields), type_in(fields)
        given, track_links = self._attacher.read(fields, kind), fields.flag("track_links")
        subscriber = await self._subscriber(call, number)
        file = await self._attacher.keep(given, Who("bot", call.account.bot))
        message = Send(text=text, type=kind, attachment=given.url, file=file, track_links=track_links)
        outcome = await self._gateway.ask("subscriber", subscriber.conv, message)
        if not isinstance(outcome, LetterSaved):
            raise failed(outcome)
        return shown.message(outcome.letter)

    async def show(self, call: Call) -> Shown:
        """Show a message, with the steps that it has taken."""
        found = expected(await self._gateway.read(self._letters.letter(call.account.id, call.object_id(WHAT))))
        if found is None:
            raise missing(WHAT)
        return shown.message(found)

    async def _subscriber(self, call: Call, id: int) -> Subscriber:
        found = expected(await self._gateway.read(self._subscribers.subscriber(call.account.id, id)))
        if found is None:
            raise missing("Subscriber")
        return found


def text_in(fields: Fields) -> str:
    """What is to be said: it is required, whatever is attached. Raises `Failed`, 400."""
    return fields.required_text("message", most=MAX_BODY_CHARS)


def type_in(fields: Fields) -> LetterType:
    """The type of a message. Raises `Failed`, 400."""
    return cast("LetterType", fields.choice("type", get_args(LetterType)) or "text")


def _route(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, noun="messages")
