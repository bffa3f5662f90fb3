"""The actor of one subscriber: hands each message to the part that it concerns, and keeps the times.

Everything that counts is on disk. What is waited for here is short: the store, and the conversation's commit; files
are fetched elsewhere, so that a slow server holds up the letter that wants one, and neither marks nor replies.
"""

from __future__ import annotations

from math import inf
from typing import assert_never

import trio
from msgspec.structs import replace

from actors.faults import refusal_for
from actors.messages.outcomes import Done, Outcome, Refused, not_found
from actors.messages.subscriber import (
    AnySubscriberMessage,
    Attached,
    Due,
    Fetched,
    Heard,
    LetIn,
    Marked,
    MembersLeft,
    Receive,
    Release,
    Remove,
    Send,
    StartFlow,
    Told,
)
from actors.ports import PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import NoSuchActor
from actors.runtime.reply import Reply
from actors.subscriber.composing import DELETED, compose
from actors.subscriber.hearing import Hearing
from actors.subscriber.leaving import remove
from actors.subscriber.ports import Flows, Scene, SubscriberPorts, Turn
from actors.subscriber.sending import Sending
from actors.subscriber.status import Status
from actors.values import Caller
from protocol.codes import ErrorCode

DONE = Done()
NOT_SENT = Refused(code=ErrorCode.CONFLICT, message="the broadcast is not being sent now")


class SubscriberActor(Actor[AnySubscriberMessage]):
    """Says to one subscriber what is to be said, hears it, and knows how far it has read."""

    __slots__ = ("_context", "_flows", "_hearing", "_ports", "_scene", "_sending", "_status")

    _scene: Scene
    _flows: Flows
    _hearing: Hearing
    _sending: Sending
    _status: Status

    def __init__(self, context: Context, ports: SubscriberPorts) -> None:
        self._context = context
        self._ports = ports

    async def start(self) -> None:
        """Know the subscriber, and go on with what an earlier life left."""
        ports = self._ports
        subscriber = await ports.subscribers.by_conversation(int(self._context.address.key))
        account = None if subscriber is None else await ports.owners.account(subscriber.account)
        if subscriber is None or account is None:
            raise NoSuchActor(self._context.address)
        self._scene = Scene(self._context, subscriber, Caller("bot", account.bot, account.name, "bot"))
        self._flows = ports.flows(self._scene)
        self._hearing = Hearing(self._scene, ports, self._flows)
        self._sending = Sending(self._scene, ports)
        self._status = Status(subscriber.id, ports.letters, ports.clock)
        standing = await ports.letters.standing(subscriber.id)
        self._sending.put(standing.queued)
        self._status.marked(standing.received, standing.read)
        self._sending.put((await self._flows.start()).letters)
        self._arm()

    async def receive(self, message: AnySubscriberMessage, reply: Reply) -> None:
        """Do it. Whoever asked hears of it when it is on disk, or that it cannot be now."""
        try:
            outcome = await self._handle(message, reply)
        except PortError as error:
            outcome = refusal_for(error)
        if outcome is not None:
            reply.answer(outcome)
        await self._go_on()
        if isinstance(message, Send) and message.broadcast is not None and self.may_sleep():
            # Thousands of others are told the same now: none of them stays in memory for it.
            self._context.sleep_soon()

    async def wake(self) -> None:
        """Try again what was put off, and tell those who waited for too long."""
        await self._go_on()

    def may_sleep(self) -> bool:
        """Not while something is to be said, or to be tried again."""
        return self._sending.idle and self._status.due_at == inf

    async def _go_on(self) -> None:
        for letter in await self._sending.go_on():
            self._status.said(letter)
        await self._status.catch_up()
        self._arm()

    def _arm(self) -> None:
        due = min(self._sending.wake_at, self._status.due_at)
        self._context.wake_at(None if due == inf else max(due, trio.current_time()))

    async def _handle(self, message: AnySubscriberMessage, reply: Reply) -> Outcome | None:
        """The answer; None: it comes later, or nobody waits for one."""
        match message:
            case Send():
                return await self._send(message, reply)
            case Marked():
                self._marked(message)
                return None
            case Told():
                return await self._told(message)
            case Attached():
                self._sending.attached(message)
                return None
            case Remove():
                return await self._remove()
            case Heard():
                # Its letters are on disk, and said whatever happens.
                self._sending.put((await self._hearing.heard(message.message)).letters)
                return DONE
            case Receive():
                return await self._receive(message)
            case StartFlow() | Due() | Fetched() | LetIn() | Release() | MembersLeft():
                return await self._lead(message, reply)
            case _:
                assert_never(message)

    async def _send(self, message: Send, reply: Reply) -> Refused | None:
        if self._is_deleted and message.broadcast is None:
            return not_found("subscriber")
        new = await compose(message, self._scene.subscriber, self._ports)
        letter = (
            await self._ports.letters.queue(new)
            if message.broadcast is None
            else await self._ports.letters.queue_once(new, message.broadcast)
        )
        if letter is None:
            return NOT_SENT
        self._sending.put([letter])
        self._sending.answer_after(letter, reply)
        return None

    def _marked(self, message: Marked) -> None:
        if message.user == self._scene.subscriber.user:
            self._status.marked(message.received, message.read)

    async def _told(self, message: Told) -> Done:
        now = self._ports.clock.now_ms()
        if message.state == "failed":
            await self._ports.letters.fail(message.letter, message.error or "It could not be delivered", now)
        else:
            await self._ports.letters.told(message.letter, message.state, now)
        return DONE

    async def _receive(self, message: Receive) -> Done | Refused:
        if self._is_deleted:
            return not_found("subscriber")
        turn = await self._hearing.receive(message)
        if isinstance(turn, Refused):
            return turn
        self._sending.put(turn.letters)
        return DONE

    async def _lead(
        self, message: StartFlow | Due | Fetched | LetIn | Release | MembersLeft, reply: Reply
    ) -> Outcome | None:
        if self._is_deleted:
            return not_found("subscriber")
        turn = await self._turn(message)
        self._sending.put(turn.letters)
        if not turn.letters:
            return turn.outcome or DONE
        self._sending.answer_after(turn.letters[-1], reply, turn.outcome or DONE)
        return None

    async def _turn(self, message: StartFlow | Due | Fetched | LetIn | Release | MembersLeft) -> Turn:
        match message:
            case StartFlow():
                return await self._flows.begin(message.flow)
            case Due():
                return await self._flows.due()
            case Fetched():
                return await self._flows.fetched(message)
            case LetIn():
                return await self._flows.let_in(message.run)
            case Release():
                return await self._flows.release()
            case MembersLeft():
                return await self._flows.members_left()

    async def _remove(self) -> Done:
        await remove(self._scene, self._ports)
        await self._flows.end()
        gone = replace(self._scene.subscriber, deleted_at=self._ports.clock.now_ms())
        self._scene = self._scene._replace(subscriber=gone)
        await self._sending.give_up(DELETED)
        return DONE

    @property
    def _is_deleted(self) -> bool:
        return self._scene.subscriber.deleted_at is not None
