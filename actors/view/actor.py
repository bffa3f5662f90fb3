"""The view's keeper: one for each user with an AuroriaLink client, it writes down how far that user has got.

A crash forgets what was not written down yet, of one second at most: that is sent again, under the same ids.
"""

from math import floor, inf
from typing import Final

import trio

from actors.faults import refusal_for
from actors.messages.outcomes import Done, Refused
from actors.messages.view import AnyViewMessage, Ended, Got, Resume, Resumed
from actors.ports import PortError, Views
from actors.runtime.actor import Actor, Context
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.view.state import Positions

IDLE_S: Final = 30.0
SAVE_S: Final = 1.0
"""So long positions may wait: a write for each message would be the dearest part of it.

All keepers write in the same moments, so that the store can take them together: a write costs an fsync for anybody.
"""


def view_kind(*, views: Views, mailbox_limit: int = 1_024) -> Kind[AnyViewMessage]:
    """The kind "view". Its key is the user's id."""
    return Kind(
        name="view",
        factory=lambda context: ViewActor(context, views),
        messages=AnyViewMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class ViewActor(Actor[AnyViewMessage]):
    """Keeps one user's positions."""

    __slots__ = ("_context", "_due", "_positions", "_user", "_views")

    def __init__(self, context: Context, views: Views) -> None:
        self._context = context
        self._views = views
        self._user = int(context.address.key)
        self._positions = Positions()
        self._due = inf

    async def receive(self, message: AnyViewMessage, reply: Reply) -> None:
        """Handle one message. Only `Resume` may be refused: what cannot be written down now, is later."""
        outcome: Done | Resumed | Refused = Done()
        match message:
            case Resume(since=since):
                outcome = await self._resume(since)
            case Got(positions=positions):
                self._positions.got(positions)
                self._save_later(SAVE_S)
            case Ended():
                await self._save()
        reply.answer(outcome)

    async def wake(self) -> None:
        """Write down what has waited long enough."""
        await self._save()

    def may_sleep(self) -> bool:
        """Not while something waits to be written."""
        return not self._positions.unsaved

    async def stop(self) -> None:
        """Leave nothing unwritten, if it can be written."""
        await self._save()

    async def _resume(self, since: int) -> Resumed | Refused:
        await self._save()
        try:
            return Resumed(cursors=await self._views.resume(self._user, since))
        except PortError as error:
            return refusal_for(error)

    async def _save(self) -> None:
        self._due = inf
        if not self._positions.unsaved:
            return
        try:
            await self._views.save(self._user, self._positions.unsaved)
        except PortError as error:
            self._save_later(max(SAVE_S, error.retry_ms / 1_000))
        else:
            self._positions.saved()

    def _save_later(self, seconds: float) -> None:
        """Within so many seconds, at the next moment that they divide time into."""
        if self._positions.unsaved and self._due == inf:
            self._due = (floor(trio.current_time() / seconds) + 1) * seconds
            self._context.wake_at(self._due)
