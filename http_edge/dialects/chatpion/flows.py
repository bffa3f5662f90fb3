"""Flows: saved once they were found right, listed, shown, deleted, and begun with a subscriber."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from msgspec import Struct

from actors.chatpion.ports import Flows, NewFlow, Subscribers
from actors.chatpion.shown import Shown, time
from actors.chatpion.values import FlowRecord, FlowStatus
from actors.flow.errors import BadFlow
from actors.flow.model import Flow
from actors.flow.reading import read
from actors.flow.validate import check
from actors.messages.subscriber import FlowStarted, StartFlow
from actors.ports import Clock
from http_edge.dialects.chatpion.errors import bad_input, expected, failed, missing
from http_edge.dialects.chatpion.paging import page_in
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.gateway import Gateway

WHAT: Final = "Flow"
RULE: Final = "/api/flows"
ONE: Final = f"{RULE}/<id>"
STATUSES: Final = ("active", "inactive")


class Listed(Struct, frozen=True):
    """Which flows, and which page of them."""

    page: int = 1
    limit: int = 10
    status: str = ""


class GivenFlow(Struct, frozen=True):
    """A flow. What nodes may have is described with the dialect."""

    name: str
    nodes: list[dict[str, Any]]
    description: str | None = None
    status: str = "active"
    triggers: dict[str, Any] = {}


class Begun(Struct, frozen=True):
    """With whom the flow is to begin."""

    subscriber_id: int


class FlowSection:
    """Routes about flows. It has no state."""

    def __init__(self, *, flows: Flows, subscribers: Subscribers, gateway: Gateway, clock: Clock) -> None:
        self._flows = flows
        self._subscribers = subscribers
        self._gateway = gateway
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=_route("GET", RULE), handler=self.index, query=Listed),
            Endpoint(route=_route("POST", RULE), handler=self.create, body=GivenFlow),
            Endpoint(route=_route("GET", ONE), handler=self.show),
            Endpoint(route=_route("PUT", ONE), handler=self.replace, body=GivenFlow),
            Endpoint(route=_route("DELETE", ONE), handler=self.delete),
            Endpoint(route=_route("POST", f"{ONE}/start"), handler=self.start, body=Begun),
        ]

    async def index(self, call: Call) -> Shown:
        """List the account's flows, without their nodes."""
        page, status = page_in(call.args), cast("FlowStatus | None", call.args.choice("status", STATUSES))
        reading = self._flows.page(call.account.id, page=page.page, limit=page.limit, status=status)
        found = expected(await self._gateway.read(reading))
        return page.of("flows", found.total, [head_shown(flow) for flow in found.flows])

    async def create(self, call: Call) -> Shown:
        """Save a new flow, or say which of its nodes is wrong."""
        new = await self._checked(call, None)
        making = self._flows.create(call.account.id, new, self._clock.now_ms())
        return flow_shown(expected(await self._gateway.read(making)))

    async def show(self, call: Call) -> Shown:
        """Show a flow."""
        found = expected(await self._gateway.read(self._flows.flow(call.account.id, call.object_id(WHAT))))
        if found is None:
            raise missing(WHAT)
        return flow_shown(found)

    async def replace(self, call: Call) -> Shown:
        """Save a flow anew. Whoever is in it finishes what they began."""
        number = call.object_id(WHAT)
        new = await self._checked(call, number)
        saving = self._flows.replace(call.account.id, number, new, self._clock.now_ms())
        saved = expected(await self._gateway.read(saving))
        if saved is None:
            raise missing(WHAT)
        return flow_shown(saved)

    async def delete(self, call: Call) -> Shown:
        """Delete a flow, and end it for everybody who is in it."""
        number = call.object_id(WHAT)
        if not expected(await self._gateway.read(self._flows.delete(call.account.id, number, self._clock.now_ms()))):
            raise missing(WHAT)
        return {"id": number, "deleted": True}

    async def start(self, call: Call) -> Shown:
        """Begin a flow with a subscriber, whom no other leads then. What it says first is committed."""
        subscriber_id = call.fields.required_whole("subscriber_id")
        number, account = call.object_id(WHAT), call.account.id
        if expected(await self._gateway.read(self._flows.flow(account, number))) is None:
            raise missing(WHAT)
        subscriber = expected(await self._gateway.read(self._subscribers.subscriber(account, subscriber_id)))
        if subscriber is None:
            raise missing("Subscriber")
        outcome = await self._gateway.ask("subscriber", subscriber.conv, StartFlow(flow=number))
        if not isinstance(outcome, FlowStarted):
            raise failed(outcome)
        return {
            "flow_id": outcome.flow,
            "subscriber_id": subscriber.id,
            "status": "running" if outcome.running else "finished",
            "started_at": time(outcome.started_at),
        }

    async def _checked(self, call: Call, id: int | None) -> NewFlow:
        given = dict(call.fields.values)
        try:
            others = await self._others(call.account.id, read(given))
            flow = check(given, others, id)
        except BadFlow as fault:
            raise bad_input(str(fault)) from fault
        return NewFlow(name=flow.name, description=flow.description, status=flow.status, definition=flow.shown())

    async def _others(self, account: int, flow: Flow) -> dict[int, Flow]:
        """The flows of the account that its jumps lead to, and theirs."""
        known: dict[int, Flow] = {}
        ahead, seen = set(flow.jumps_to()), set[int]()
        while ahead - seen:
            number = min(ahead - seen)
            seen.add(number)
            found = expected(await self._gateway.read(self._flows.flow(account, number)))
            if found is not None:
                known[number] = read(found.definition)
                ahead |= known[number].jumps_to()
        return known


def head_shown(flow: FlowRecord) -> Shown:
    """A flow in a list."""
    return {
        "id": flow.id,
        "name": flow.name,
        "description": flow.description,
        "status": flow.status,
        "created_at": time(flow.created_at),
        "updated_at": time(flow.updated_at),
    }


def flow_shown(flow: FlowRecord) -> Shown:
    """A flow, with everything that it was saved with."""
    head = head_shown(flow)
    times = {name: head.pop(name) for name in ("created_at", "updated_at")}
    return {**head, **{name: value for name, value in flow.definition.items() if name not in head}, **times}


def _route(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, noun="flows")
