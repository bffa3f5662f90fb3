"""What customers say, answered whole or as a stream."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import trio
from msgspec import Struct
from quart import Request, Response

from actors.order.ports import Books
from actors.order.values import Answer
from http_edge import sse
from http_edge.access import route, visit_of
from http_edge.dialects.botlive import streaming
from http_edge.dialects.botlive.desk import Desk
from http_edge.dialects.botlive.errors import Failed, expected, one
from http_edge.dialects.botlive.meters import Meters
from http_edge.dialects.botlive.reading import Letter, body_form, letter_in_query, letter_of
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route
from http_edge.gateway import Gateway

log = logging.getLogger("hubbub.botlive")

RULE: Final = f"{PREFIX}/message"
STREAM: Final = f"{RULE}/stream"
KEY: Final = "Idempotency-Key"
LAST: Final = "Last-Event-ID"
MAX_KEY: Final = 255
UNDER_WAY_S: Final = 10.0
LOOK_S: Final = 0.2


class Message(Struct, frozen=True):
    """What a customer says: `message`, or `images`, or both. Further fields are taken and not looked at."""

    company_id: str
    user_id: str | int
    message: str | None = None
    images: list[str] | str | None = None
    user_name: str | None = None
    conversation_history: str | None = None


class MessageSection:
    """Routes about messages. It has no state."""

    def __init__(self, *, desk: Desk, books: Books, gateway: Gateway, meters: Meters) -> None:
        self._desk = desk
        self._books = books
        self._gateway = gateway
        self._meters = meters

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        by_get = Route(method="GET", rule=STREAM, share="message", in_query=True)
        return [
            Endpoint(route=Route(method="POST", rule=RULE, share="message"), handler=self.answer, body=Message),
            Endpoint(route=Route(method="POST", rule=STREAM, share="message"), handler=self.stream, body=Message),
            Endpoint(route=by_get, handler=self.stream_by_get, query=Message, also=(422,)),
        ]

    async def answer(self, call: Call) -> dict[str, Any]:
        """Deal with what a customer says, and answer once all of it is on disk."""
        letter, key = letter_of(body_form(await call.request.body)), _key(call.request)
        answer = await self._desk.first(letter, key) or await self._deal(call, letter, key)
        return {
            "success": True,
            "response": answer.response,
            "order_status": answer.order_status,
            "next_step": answer.next_step,
            "duration_ms": _duration_ms(call),
            "request_id": answer.id,
        }

    async def stream(self, call: Call) -> Response:
        """As `/botlive/message`, as server-sent events."""
        if call.request.headers.get(LAST):
            return await self._again(call)
        return await self._begin(call, letter_of(body_form(await call.request.body)))

    async def stream_by_get(self, call: Call) -> Response:
        """As the same by POST, for `EventSource`; the fields stand in the query, the key in `api_key`."""
        if call.request.method == "HEAD":
            # It would say something in the customer's name, and not even be told what came of it.
            raise Failed(HTTPStatus.METHOD_NOT_ALLOWED)
        if call.request.headers.get(LAST):
            return await self._again(call)
        return await self._begin(call, letter_in_query(call.request.args))

    async def _begin(self, call: Call, letter: Letter) -> Response:
        key = _key(call.request)
        first = await self._desk.first(letter, key)

        async def work(send: sse.Send) -> None:
            await send(streaming.start(call.id if first is None else first.id))
            answer = first or await self._deal(call, letter, key)
            await send(streaming.joined(streaming.rest(answer, _duration_ms(call))))

        return sse.answer(sse.Stream(self._contained(work, call)))

    async def _again(self, call: Call) -> Response:
        """Go on behind the last event that came, and process nothing. 204 ends an `EventSource` for good."""
        place = streaming.place_of(call.request.headers[LAST])
        answer = None if place is None else await self._finished(place.request_id)
        if place is None or answer is None:
            return Response(b"", HTTPStatus.NO_CONTENT)
        frames = streaming.rest(answer, _duration_ms(call), place.number)
        if not frames:
            return Response(b"", HTTPStatus.NO_CONTENT)

        async def work(send: sse.Send) -> None:
            await send(streaming.joined(frames))

        return sse.answer(sse.Stream(work))

    async def _finished(self, id: str) -> Answer | None:
        """The answer of an earlier request, which may still be under way. Raises `Failed`."""
        with trio.move_on_after(UNDER_WAY_S):
            while True:
                answer = expected(await self._gateway.read(self._books.answer(id)))
                if answer is not None:
                    return answer
                await trio.sleep(LOOK_S)
        return None

    async def _deal(self, call: Call, letter: Letter, key: str | None) -> Answer:
        answer, sighted = await self._desk.deal(letter, call.id, key)
        for trouble in sighted.troubles:
            self._meters.failed(route(call.request), trouble)
        return answer

    def _contained(self, work: sse.Work, call: Call) -> sse.Work:
        """The headers have gone: what goes wrong can only be an event, and is not to end the connection."""
        endpoint = route(call.request)

        async def contained(send: sse.Send) -> None:
            try:
                await work(send)
            except Failed as problem:
                if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    self._meters.failed(endpoint, "unavailable")
                await send(streaming.error(problem.message))
            except Exception:
                # The containment point of a stream, as that of a request is in `http_edge.errors`.
                log.exception("stream failed", extra={"route": endpoint, "request_id": call.id})
                self._meters.failed(endpoint, "internal")
                await send(streaming.error(HTTPStatus.INTERNAL_SERVER_ERROR.phrase))

        return contained


def _key(request: Request) -> str | None:
    key = request.headers.get(KEY) or None
    if key is not None and len(key) > MAX_KEY:
        raise one("header", KEY, f"String should have at most {MAX_KEY} characters", "string_too_long")
    return key


def _duration_ms(call: Call) -> int:
    return round((trio.current_time() - visit_of(call.request).since) * 1_000)
