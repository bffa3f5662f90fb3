"""What flows ask of others: calls of their webhook nodes, and persons who are to come or to go."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
import trio

from actors.chatpion.parcels import FlowCall, People
from actors.chatpion.values import Account
from actors.messages.conversation import AddMembers, RemoveMembers
from actors.messages.outcomes import Done, Refused
from actors.messages.subscriber import Fetched, LetIn
from actors.ports import Library, Outbound, OutboundError
from actors.runtime.actor import Context
from actors.values import Call, Caller, Lane, Verdict, Who
from actors.webhook.errands import refused, until_heard

log = logging.getLogger("hubbub.flow")

PATIENCE_S: Final = 5.0
ANSWER_BYTES: Final = 65_536
"""So much of an answer is read; one that is longer is none."""
RESERVED: Final = frozenset({"webhook-id", "content-type", "content-length", "host", "transfer-encoding", "connection"})
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


class Staff(Protocol):
    """Who the persons are that flows name."""

    async def called(self, usernames: Sequence[str]) -> list[Who]:
        """Those of these usernames that there are."""

    async def in_charge(self, bot: int) -> list[Who]:
        """The owner of an account's bot, else the administrators of the hub."""


class Owners(Protocol):
    """Whose subscribers they are."""

    async def account(self, id: int) -> Account | None: ...


class FlowCalls:
    """The `Errand` that makes the calls of a subscriber's flow: once each, unless a crash leaves it unsure."""

    __slots__ = ("_context", "_lane", "_outbound")

    def __init__(self, context: Context, lane: Lane, outbound: Outbound) -> None:
        self._context = context
        self._lane = lane
        self._outbound = outbound

    async def carry_out(self, call: Call) -> Verdict:
        """Make it, and tell the subscriber's actor what came of it: whatever that is, the flow goes on."""
        asked = msgspec.json.decode(call.body or "", type=FlowCall)
        answer = await self._answer(asked, call.id)
        told = Fetched(id=f"{asked.run}.{asked.number}", ok=answer is not None, body=answer)
        outcome = await until_heard(self._context.ref("subscriber", self._lane.receiver), told, PATIENCE_S)
        return Verdict("done", "answered" if told.ok else "failed") if isinstance(outcome, Done) else refused(outcome)

    async def _answer(self, asked: FlowCall, id: str) -> str | None:
        """What was answered with 2xx; None for everything else."""
        with trio.move_on_after(asked.timeout_s):
            try:
                return await self._fetch(asked, id)
            except OutboundError:
                return None
            except Exception:
                # Whatever a flow's author wrote, the flow must go on.
                log.exception("a flow's call could not be made", extra={"lane": self._lane.key})
                return None
        return None

    async def _fetch(self, asked: FlowCall, id: str) -> str | None:
        own = {name: value for name, value in asked.headers.items() if name.lower() not in RESERVED}
        headers = {**JSON, **own, "webhook-id": id}
        body = msgspec.json.encode(asked.body) if asked.body is not None else b""
        request = (
            self._outbound.get(asked.url, headers)
            if asked.method == "GET"
            else self._outbound.post(asked.url, headers, body)
        )
        async with request as answer:
            content = b""
            async for chunk in answer.chunks():
                content += chunk
                if len(content) > ANSWER_BYTES:
                    return None
            return content.decode(errors="replace") if 200 <= answer.status < 300 else None


class Handing:
    """The `Errand` that lets persons into a subscriber's conversation and out of it. To do it again is harmless."""

    __slots__ = ("_context", "_lane", "_library", "_owners", "_staff")

    def __init__(self, context: Context, lane: Lane, owners: Owners, staff: Staff, library: Library) -> None:
        self._context = context
        self._lane = lane
        self._owners = owners
        self._staff = staff
        self._library = library

    async def carry_out(self, call: Call) -> Verdict:
        """Do it, and have the subscriber's actor know once they are in."""
        people = msgspec.json.decode(call.body or "", type=People)
        account = await self._owners.account(people.account)
        if account is None:
            return Verdict("dead", "no account")
        whos = await self._who(people, account)
        await self._move(people, Caller("bot", account.bot, account.name, "bot"), whos)
        if not people.let_in:
            return Verdict("done", "let out")
        subscriber = self._context.ref("subscriber", self._lane.receiver)
        outcome = await until_heard(subscriber, LetIn(run=people.run), PATIENCE_S)
        return Verdict("done", "let in") if isinstance(outcome, Done) else refused(outcome)

    async def _who(self, people: People, account: Account) -> list[Who]:
        whos = await self._staff.called(people.usernames) if people.usernames else []
        if len(whos) < len(people.usernames):
            log.warning("a flow hands over to persons whom nobody knows", extra={"account": account.id})
        if not whos:
            whos = await self._staff.in_charge(account.bot)
        if not whos:
            log.warning("a flow hands over to nobody", extra={"account": account.id})
        return whos

    async def _move(self, people: People, bot: Caller, whos: Sequence[Who]) -> None:
        """Let in who is not there, or out who is. Raises `StoreUnavailable` for what passes."""
        record = await self._library.conversation(self._lane.receiver)
        present = {member.who for member in record.members} if record is not None else set()
        spared = () if people.let_in else people.present
        moving = [who for who in whos if (who in present) != people.let_in and who.id not in spared]
        if record is None or not moving or bot.who not in present:
            return
        message = AddMembers(by=bot, members=moving) if people.let_in else RemoveMembers(by=bot, members=moving)
        outcome = await until_heard(self._context.ref("conversation", self._lane.receiver), message, PATIENCE_S)
        if isinstance(outcome, Refused):
            verdict = refused(outcome)
            log.warning("persons could not be moved", extra={"lane": self._lane.key, "reason": verdict.outcome})
