"""The actor that fetches attachments for one subscriber. It holds nothing: who asks, asks again after a failure."""

from __future__ import annotations

from contextlib import aclosing
from typing import Final
from urllib.parse import unquote, urlsplit

import trio
from msgspec import Struct

from actors.chatpion.files import MAX_BYTES, fits
from actors.faults import refusal_for
from actors.messages.fetcher import AnyFetcherMessage, Fetch, Kept, NotFetched
from actors.messages.outcomes import Outcome
from actors.ports import (
    AttachmentStore,
    FileTooLarge,
    NotAllowed,
    Outbound,
    OutboundError,
    PortError,
    TlsFailed,
    TookTooLong,
    TooLarge,
)
from actors.runtime.actor import Actor
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.values import Who
from protocol.frames import Attachment

OK: Final = 200
IDLE_S: Final = 10.0
AT_A_TIME: Final = 16
PREFIX: Final = "The attachment could not be fetched: "
NAMELESS: Final = "attachment"


class Means(Struct, frozen=True):
    """What all fetchers share: `turns` bounds how many are at it at a time."""

    outbound: Outbound
    attachments: AttachmentStore
    turns: trio.Semaphore


class Fetcher(Actor[AnyFetcherMessage]):
    """Fetches one file after the other."""

    __slots__ = ("_means",)

    def __init__(self, means: Means) -> None:
        self._means = means

    async def receive(self, message: AnyFetcherMessage, reply: Reply) -> None:
        """Fetch it, and say how that went."""
        reply.answer(await self._fetched(message))

    async def _fetched(self, order: Fetch) -> Outcome:
        async with self._means.turns:
            try:
                file = await self._fetch(order)
            except OutboundError as error:
                return NotFetched(reason=PREFIX + why(error))
            except FileTooLarge:
                return NotFetched(reason=PREFIX + why(TooLarge()))
            except PortError as error:
                return refusal_for(error)
        if not isinstance(file, Attachment):
            return NotFetched(reason=f"{PREFIX}the server answered {file}")
        if not fits(file.content_type, order.type):
            return NotFetched(reason=f"The attachment is {file.content_type}, which is no {order.type}")
        return Kept(file=file.id)

    async def _fetch(self, order: Fetch) -> Attachment | int:
        """The file, or the status that came in its place."""
        async with self._means.outbound.get(order.url, {}) as answer:
            if answer.status != OK:
                return answer.status
            async with aclosing(answer.chunks()) as chunks:
                return await self._means.attachments.save(
                    chunks, name=name_of(order.url), content_type=answer.content_type, owner=Who("bot", order.owner)
                )


def fetcher_kind(
    *, outbound: Outbound, attachments: AttachmentStore, at_a_time: int = AT_A_TIME
) -> Kind[AnyFetcherMessage]:
    """The kind "fetcher", whose keys are those of subscribers. `at_a_time` files are fetched at most."""
    means = Means(outbound, attachments, trio.Semaphore(at_a_time))
    return Kind(name="fetcher", factory=lambda _: Fetcher(means), messages=AnyFetcherMessage, idle_after_s=IDLE_S)


def name_of(url: str) -> str:
    """What the file at a URL is called: the last part of the path."""
    return unquote(urlsplit(url).path).rpartition("/")[2] or NAMELESS


def why(error: OutboundError) -> str:
    """Why it could not be had, in words for people: never the URL, in which secrets stand."""
    match error:
        case TookTooLong():
            return "the server took too long"
        case TooLarge():
            return f"it has more than {MAX_BYTES // 2**20} MB"
        case NotAllowed():
            return "the address is not allowed"
        case TlsFailed():
            return "no secure connection"
        case _:
            return "the server cannot be reached"
