"""What is on disk and still to be said in a customer's room: its message, then the answer, in the order of requests.

Each is said under a `cid` derived from the request: whatever is cut off, and wherever, it is tried again and stands in
the room once.
"""

from __future__ import annotations

import logging
from collections import deque
from hashlib import sha256
from math import inf
from typing import Final

import trio

from actors.faults import refusal_for
from actors.messages.conversation import Publish
from actors.messages.outcomes import Published, Refused
from actors.order.values import Unsaid
from actors.ports import PortError
from actors.runtime.errors import RuntimeFault
from actors.shop.ports import Scene, ShopPorts
from actors.values import Caller
from protocol.codes import ErrorCode
from protocol.frames import Attachment

log = logging.getLogger("hubbub.shop")

RETRY_S: Final = 1.0
IMAGE: Final = "📷"
"""What stands in the room for a message without words."""


class Saying:
    """The queue of one customer. `go_on_at` is when to go on with it, in seconds of trio's clock."""

    __slots__ = ("_is_sure", "_ports", "_queue", "go_on_at")

    def __init__(self, ports: ShopPorts) -> None:
        self._ports = ports
        self._queue: deque[Unsaid] = deque()
        self._is_sure = False
        self.go_on_at = 0.0

    @property
    def idle(self) -> bool:
        """Whether nothing is to be said."""
        return self._is_sure and not self._queue

    def put(self, unsaid: Unsaid) -> None:
        """Say this too."""
        if self.idle:
            self.go_on_at = 0.0
        self._queue.append(unsaid)

    def doubt(self) -> None:
        """Something may be on disk of which nobody was told: look there first."""
        if self.idle:
            self.go_on_at = 0.0
        self._is_sure = False

    async def go_on(self, scene: Scene) -> None:
        """Say what can be said now. What passes is tried again later."""
        while not self.idle and self.go_on_at <= trio.current_time():
            try:
                retry_s = await self._next(scene)
            except PortError as error:
                retry_s = error.retry_ms / 1_000
            if retry_s is not None:
                self.go_on_at = trio.current_time() + max(retry_s, 0.01)
        if self.idle:
            self.go_on_at = inf

    async def _next(self, scene: Scene) -> float | None:
        """Take one step; after how many seconds to try again, None: it is done."""
        if not self._is_sure:
            self._queue = deque(await self._ports.books.unsaid(scene.shopper.id))
            self._is_sure = True
            return None
        retry_s = await self._say(scene, self._queue[0])
        if retry_s is None:
            self._queue.popleft()
        return retry_s

    async def _say(self, scene: Scene, unsaid: Unsaid) -> float | None:
        """Say both; after how many seconds to try again, None: they stand there."""
        if unsaid.text is not None:
            files = await self._ports.attachments.find(scene.guest.who, unsaid.files) if unsaid.files else None
            body = unsaid.text if unsaid.text.strip() else IMAGE
            retry_s = await self._publish(scene, scene.guest, f"in {unsaid.id}", body, files)
            if retry_s is not None:
                return retry_s
        if unsaid.response:
            retry_s = await self._publish(scene, scene.bot, f"out {unsaid.id}", unsaid.response, None)
            if retry_s is not None:
                return retry_s
        await self._ports.books.said(scene.shopper.id, unsaid.id)
        return None

    async def _publish(
        self, scene: Scene, by: Caller, about: str, body: str, files: list[Attachment] | None
    ) -> float | None:
        # Neither what customers write is markdown, nor what companies do.
        message = Publish(by=by, cid=cid_of(about), body=body, html="", attachments=files or None)
        try:
            outcome = await scene.context.ref("conversation", scene.shopper.conv).ask(message)
        except RuntimeFault as fault:
            outcome = refusal_for(fault)
        if isinstance(outcome, Published):
            return None
        # `internal` may mean that it was done: then it is done again, and found to be the same.
        if isinstance(outcome, Refused) and not outcome.code.temporary and outcome.code is not ErrorCode.INTERNAL:
            log.warning("could not be said", extra={"conversation": scene.shopper.conv, "reason": outcome.code.value})
            return None
        retry_ms = outcome.retry_ms if isinstance(outcome, Refused) else None
        return RETRY_S if retry_ms is None else retry_ms / 1_000


def cid_of(about: str) -> str:
    """The `cid` of what is said: a request's id may be longer than one."""
    return f"bl-{sha256(about.encode()).hexdigest()[:32]}"
