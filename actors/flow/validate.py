"""What must not be saved: flows that lead nowhere, or round and round. Pure."""

from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

import msgspec

from actors.flow.errors import BadFlow
from actors.flow.links import links, waits
from actors.flow.model import AnyNode, Flow, Jump
from actors.flow.reading import read

MAX_NAMED: Final = 6


def check(given: object, others: Mapping[int, Flow], id: int | None = None) -> Flow:
    """The flow in a JSON value, fit to be saved. Raises `BadFlow` for the first fault.

    `others` are the account's flows as they are now, `id` is this one's if it is saved anew. A flow is refused if a
    node is wrong in itself (`reading.read`), if a way leads to no node, a jump to no flow of the account or to no node
    of it, and if a run could go round, through whatever flows, and never wait. Nodes that no run reaches are named in
    `warnings` only.
    """

    def look(node: AnyNode, ids: Set[str]) -> Iterator[str]:
        yield from _dead_links(node, ids)
        if isinstance(node, Jump):
            yield from _dead_jump(node, ids, others, id)

    flow = read(given, look)
    world = _World(flow, others, id)
    _refuse_loops(world)
    return msgspec.structs.replace(flow, warnings=tuple(_unreached(flow, world)))


class Place(NamedTuple):
    """A node of a flow; the one that is checked has no number here."""

    flow: int | None
    node: str


class _World:
    """The flow that is checked among the others."""

    __slots__ = ("_flows", "_id", "flow")

    def __init__(self, flow: Flow, others: Mapping[int, Flow], id: int | None) -> None:
        self.flow = flow
        self._flows = others
        self._id = id

    def find(self, flow: int | None) -> Flow | None:
        return self.flow if flow is None else self._flows.get(flow)

    def node(self, place: Place) -> AnyNode:
        flow = self.flow if place.flow is None else self._flows[place.flow]
        return flow.nodes[place.node]

    def target(self, jump: Jump, at: int | None) -> Place | None:
        """Where a jump in flow `at` leads; None if there is no such place."""
        to = at if jump.flow_id is None else self._number(jump.flow_id)
        flow = self.find(to)
        if flow is None:
            return None
        node = flow.start if jump.node is None else jump.node
        return Place(to, node) if node in flow.nodes else None

    def _number(self, id: int) -> int | None:
        return None if id == self._id else id

    def follow(self, place: Place) -> Iterator[Place]:
        """The places that a run may come to next. A jump whose target was changed later may lead to none."""
        node = self.node(place)
        target = self.target(node, place.flow) if isinstance(node, Jump) else None
        if target is not None:
            yield target
        yield from (Place(place.flow, link.to) for link in links(node))


def _dead_links(node: AnyNode, ids: Set[str]) -> Iterator[str]:
    return (f"{link.part}unknown {link.key} '{link.to}'" for link in links(node) if link.to not in ids)


def _dead_jump(jump: Jump, ids: Set[str], others: Mapping[int, Flow], id: int | None) -> Iterator[str]:
    if jump.flow_id is None or jump.flow_id == id:
        if jump.node is not None and jump.node not in ids:
            yield f"unknown node '{jump.node}'"
    elif jump.flow_id not in others:
        yield f"unknown flow_id {jump.flow_id}"
    elif jump.node is not None and jump.node not in others[jump.flow_id].nodes:
        yield f"unknown node '{jump.node}' of flow {jump.flow_id}"


def _refuse_loops(world: _World) -> None:
    """Raise `BadFlow` if a run could come round without a wait, and name the first node of this flow on that round."""
    roots = [Place(None, node) for node in world.flow.nodes]
    passing = (place for place in _reach(world, roots) if not waits(world.node(place)))
    graph = {place: list(world.follow(place)) for place in passing}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib is told what comes after as if it came before, so its round is the wrong way about.
        raise _loop(world, error.args[1][::-1]) from None


def _loop(world: _World, around: list[Place]) -> BadFlow:
    """What to say of a round, whose last place is its first."""
    mine = [place.node for place in around if place.flow is None]
    first = next((node for node in world.flow.nodes if node in mine), world.flow.start)
    way = [_name(place) for place in _turned(around[:-1], Place(None, first))]
    shown = [*way, way[0]] if len(way) < MAX_NAMED else [*way[:MAX_NAMED], "…"]
    return BadFlow(f"a loop without a wait: {' → '.join(shown)}", first)


def _turned(around: list[Place], first: Place) -> list[Place]:
    at = around.index(first) if first in around else 0
    return around[at:] + around[:at]


def _name(place: Place) -> str:
    return place.node if place.flow is None else f"{place.node} of flow {place.flow}"


def _reach(world: _World, roots: list[Place]) -> dict[Place, None]:
    """All places that can be come to from these, in an order that is always the same."""
    reached = dict.fromkeys(roots)
    ahead = list(roots)
    while ahead:
        for place in world.follow(ahead.pop()):
            if place not in reached:
                reached[place] = None
                ahead.append(place)
    return reached


def _unreached(flow: Flow, world: _World) -> Iterator[str]:
    reached = _reach(world, [Place(None, flow.start)])
    return (f"node '{node}': no way leads here" for node in flow.nodes if Place(None, node) not in reached)
