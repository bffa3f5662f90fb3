"""How webhooks are made, and woken when the hub starts."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, Protocol

import trio

from actors.bridging import TO_BOT, TO_ROOM
from actors.chatpion.lanes import CONNECTOR, FLOWCALL, HANDOFF, HEARD, HOOK
from actors.messages.webhook import AnyWebhookMessage, Wake
from actors.order.lanes import SHOP, STAFF
from actors.ports import AttachmentStore, CallMeters, Clock, Outbound, Outbox, StoreUnavailable
from actors.runtime.actor import Context
from actors.runtime.errors import NoSuchActor, Refusal
from actors.runtime.kind import Kind
from actors.runtime.mailbox import Overflow
from actors.runtime.ref import Ref
from actors.values import Lane
from actors.webhook.actor import WebhookActor
from actors.webhook.answers import Reader
from actors.webhook.calling import Calling
from actors.webhook.errands import Errand
from actors.webhook.flowing import FlowCalls, Handing
from actors.webhook.inside import Inside, ToBot, ToRoom
from actors.webhook.manners import Cordless, Events, Manner
from actors.webhook.outside import Outside, ToOrder, ToPlatform, ToSubscriber
from actors.webhook.posting import Poster, ToEndpoint
from actors.webhook.services import Services

IDLE_S: Final = 60.0
AT_A_TIME: Final = 32


class Refs(Protocol):
    """The way to any actor; the runtime's `System` is it."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


def webhook_kind(
    *,
    outbox: Outbox,
    outbound: Outbound,
    attachments: AttachmentStore,
    clock: Clock,
    meters: CallMeters,
    retry_s: Sequence[float],
    inside: Inside,
    outside: Outside,
    random: Random | None = None,
    at_a_time: int = AT_A_TIME,
) -> Kind[AnyWebhookMessage]:
    """The kind "webhook", whose keys are those of lanes. `at_a_time` calls of bots are under way at most.

    That is one in each lane; as many again may be for accounts of ChatPion. `retry_s` are the waits between attempts of
    a call that is repeated, in s: one attempt more than there are waits. `inside` is what the calls need that stay in
    the hub, `outside` what those for accounts do.
    """
    services = Services(outbox=outbox, outbound=outbound, clock=clock, meters=meters, turns=trio.Semaphore(at_a_time))
    # Endpoints of accounts that are slow must not take the turns of bots.
    others = Services(outbox=outbox, outbound=outbound, clock=clock, meters=meters, turns=trio.Semaphore(at_a_time))
    random = random or Random()  # noqa: S311 - jitter, no secret
    manners: dict[str, Manner] = {"cordless": Cordless(Reader(attachments)), "events": Events(retry_s, random)}

    def poster(lane: Lane, outbound: Outbound) -> Poster:
        return Poster(lane, outbound, others, retry_s=retry_s, random=random)

    makers: dict[str, Callable[[Context, Lane], Errand]] = {
        TO_BOT: lambda context, lane: ToBot(context, lane, inside),
        TO_ROOM: lambda context, lane: ToRoom(context, lane, inside),
        HEARD: ToSubscriber,
        FLOWCALL: lambda context, lane: FlowCalls(context, lane, outside.flows),
        HANDOFF: lambda context, lane: Handing(context, lane, outside.owners, outside.staff, outside.library),
        STAFF: ToOrder,
        HOOK: lambda _, lane: ToEndpoint(lane, outside.hooks, poster(lane, outside.events)),
        SHOP: lambda _, lane: ToEndpoint(lane, outside.shops, poster(lane, outside.events)),
        CONNECTOR: lambda context, lane: ToPlatform(context, lane, outside, lambda by: poster(lane, by)),
    }

    def errand(context: Context, lane: Lane) -> Errand:
        if lane.kind in makers:
            return makers[lane.kind](context, lane)
        if lane.kind not in manners:
            raise NoSuchActor(context.address)
        return Calling(context, lane, manners[lane.kind], services)

    def factory(context: Context) -> WebhookActor:
        lane = Lane.of(str(context.address.key))
        return WebhookActor(context, lane, errand(context, lane), services)

    # One that is told to look while it is at work looks once more: a second such message would say nothing new.
    return Kind(
        name="webhook",
        factory=factory,
        messages=AnyWebhookMessage,
        mailbox_limit=1,
        overflow=Overflow.DROP_NEWEST,
        idle_after_s=IDLE_S,
    )


async def wake_all(outbox: Outbox, refs: Refs) -> None:
    """Wake every lane in which something waits from before the hub started. Returns once all are."""
    while True:
        try:
            lanes = await outbox.lanes()
        except StoreUnavailable as error:
            await trio.sleep(error.retry_ms / 1_000)
        else:
            break
    for lane in lanes:
        try:
            refs.ref("webhook", lane.key).tell(Wake())
        except Refusal:
            continue  # the hub is about to end
