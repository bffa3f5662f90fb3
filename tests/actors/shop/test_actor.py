"""What becomes of a customer's messages: each is answered once, and stands in the room once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import trio
from msgspec.structs import replace

from actors.conversation.actor import ConversationActor
from actors.messages.conversation import AnyConversationMessage, Type
from actors.messages.order import Answered, Busy, CancelCompleted, Clear, HandBack, Handle, Resolve
from actors.messages.outcomes import Done, Refused
from actors.order.facts import Seen
from actors.order.values import Said, Shopper
from actors.runtime.reply import Reply
from actors.values import Who
from protocol.codes import ErrorCode
from protocol.frames import Message
from tests.actors.shop.stall import PAID, SHORT, Stall

WHOLE = ("2 lingettes", PAID, "Yopougon", "0709876543")
EVENTS = ("order_completed", "payment_validated", "intervention_required", "staff_message")


def told(stall: Stall) -> list[tuple[str, dict[str, object]]]:
    """The events that the endpoint got, in order."""
    bodies = [json.loads(sent.body) for sent in stall.outbound.sent]
    return [(body["event"], body["data"]) for body in bodies]


def handle(id: str, text: str) -> Handle:
    """A message, for whoever does not expect an answer."""
    return Handle(said=Said(id=id, text=text))


async def settle() -> None:
    await trio.sleep(1)


async def test_a_message_and_its_answer_stand_in_the_room_once() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("+2250700000001", "Sophie")
        answer = await stall.says(sophie, "Je veux des lingettes")
        await settle()
        assert stall.bodies(sophie) == ["Je veux des lingettes", answer.response]
        assert answer.order_status.produit == "✅PRODUIT:lingettes[MESSAGE]"
        assert answer.next_step == "paiement"
        assert [message.sender.name for message in stall.said(sophie)] == ["Sophie", "shop"]


async def test_the_room_has_the_staff_and_the_name_of_company_and_customer() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("+2250700000001", "Sophie")
        room = stall.store.rooms.get(sophie.conv)
        assert room is not None
        assert room.name == "Chez Awa · Sophie"
        shop = await stall.kept.shops.shop("C")
        assert shop is not None
        awa = stall.people["awa"].who
        assert set(room.members) == {Who("bot", shop.bot), awa, Who("user", sophie.user)}


async def test_an_order_is_completed_told_of_and_counted() -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen(*EVENTS)
        sophie = await stall.customer("+2250700000001")
        answer = await stall.orders(sophie, *WHOLE)
        await settle()
        assert answer.order_status.is_complete
        assert answer.next_step == "completed"
        assert [name for name, _ in told(stall)] == ["payment_validated", "order_completed"]
        assert {data["company_id"] for _, data in told(stall)} == {"C"}
        figures = (await stall.kept.ledger.statistics("C", "today", stall.clock.now_ms())).now
        assert (figures.turnover, figures.orders, figures.clients) == (10_000, 1, 1)


async def test_the_same_request_gets_the_same_answer_and_changes_nothing() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        first = await stall.says(sophie, "lingettes", id="one")
        again = await stall.says(sophie, "Yopougon", id="one")
        await settle()
        assert again == first
        assert stall.bodies(sophie) == ["lingettes", first.response]
        assert (await stall.order(sophie)).place is None


async def test_a_key_gives_the_first_answer_for_a_day() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        first = await stall.says(sophie, "lingettes", key="k")
        assert await stall.says(sophie, "Yopougon", key="k") == first
        await trio.sleep(12 * 3_600)
        await trio.sleep(12 * 3_600 + 1)
        assert (await stall.says(sophie, "Yopougon", key="k")).order_status.zone != ""
        assert (await stall.says(sophie, "Cocody", key="k")).order_status.zone == "✅ZONE:Yopougon-1500 FCFA[MESSAGE]"


async def test_a_lost_answer_is_given_again_and_nothing_happens_twice() -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen(*EVENTS)
        sophie = await stall.customer("1")
        await stall.says(sophie, "lingettes")
        await settle()
        stall.kept.lost = True
        refused = await stall.tell(sophie, handle("paid", PAID))
        assert isinstance(refused, Refused)
        answer = await stall.says(sophie, PAID, id="paid")
        await settle()
        assert answer.order_status.paiement == "✅PAIEMENT:2000 FCFA[TRANSACTIONS]"
        assert [name for name, _ in told(stall)] == ["payment_validated"]
        assert stall.bodies(sophie)[2:] == [PAID, answer.response]


async def test_an_answer_that_nobody_asks_for_again_is_said_all_the_same() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        stall.kept.lost = True
        await stall.tell(sophie, handle("one", "lingettes"))
        await settle()
        assert len(stall.bodies(sophie)) == 2


async def test_what_a_crash_left_unsaid_is_said_by_the_next_run() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        stall.store.log.unavailable = True
        answer = await stall.says(sophie, "lingettes")
    assert stall.bodies(sophie) == []
    stall.store.log.unavailable = False
    async with stall.open():
        await settle()
        assert stall.bodies(sophie) == ["lingettes", answer.response]


async def test_a_message_of_images_only_stands_there_as_a_camera() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.says(sophie, "")
        await settle()
        assert stall.bodies(sophie)[0] == "📷"


async def test_staff_who_write_take_over_and_hand_back() -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen(*EVENTS)
        sophie = await stall.customer("1")
        await stall.says(sophie, "lingettes")
        written = await stall.writes("awa", sophie, "Bonjour, ici Awa")
        held = await stall.says(sophie, "Yopougon")
        assert (held.response, held.order_status.zone, held.next_step) == ("Un conseiller vous répond.", "", "paiement")
        assert (await stall.says(sophie, "Allô ?")).response == ""
        await stall.wrote(sophie, written.id)
        await settle()
        messages = [data for name, data in told(stall) if name == "staff_message"]
        assert messages == [
            {"user_id": "1", "company_id": "C", "text": "Bonjour, ici Awa", "staff": "awa", "message_id": written.id}
        ]
        await stall.writes("awa", sophie, "/reprendre")
        assert (await stall.says(sophie, "Yopougon")).order_status.zone == "✅ZONE:Yopougon-1500 FCFA[MESSAGE]"


async def test_half_an_hour_of_silence_hands_back_even_over_a_restart() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.writes("awa", sophie, "Bonjour")
        await trio.sleep(29 * 60)
        await stall.writes("awa", sophie, "Encore")
    async with stall.open():
        await trio.sleep(29 * 60)
        assert (await stall.says(sophie, "Yopougon")).order_status.zone == ""
        await trio.sleep(61)
        assert (await stall.says(sophie, "Yopougon")).order_status.zone != ""


async def test_a_room_is_handed_back_by_request() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.writes("awa", sophie, "Bonjour")
        assert await stall.tell(sophie, HandBack()) == Done()
        assert (await stall.says(sophie, "Yopougon")).order_status.zone != ""


async def test_too_little_is_an_intervention_that_staff_accept_once() -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen(*EVENTS)
        sophie = await stall.customer("1")
        await stall.orders(sophie, "lingettes", SHORT)
        (open_one,) = await stall.kept.ledger.interventions("C")
        assert (open_one.type, open_one.message) == ("payment_issue", "Montant insuffisant détecté")
        accepted = await stall.tell(sophie, Resolve(intervention=open_one.id, action="accept", note="vu"))
        assert isinstance(accepted, Answered)
        assert accepted.answer.order_status.paiement == "✅PAIEMENT:1500 FCFA[TRANSACTIONS]"
        assert await stall.tell(sophie, Resolve(intervention=open_one.id, action="accept")) == accepted
        refused = await stall.tell(sophie, Resolve(intervention=open_one.id, action="reject"))
        assert isinstance(refused, Refused)
        assert refused.code is ErrorCode.CONFLICT
        await settle()
        assert [name for name, _ in told(stall)] == ["intervention_required", "payment_validated"]
        assert told(stall)[0][1]["message"] == "Montant insuffisant: 1500 FCFA reçu, 2000 FCFA requis"
        assert await stall.kept.ledger.interventions("C") == []
        settled = await stall.kept.ledger.intervention(open_one.id)
        assert settled is not None
        assert (settled.note, settled.resolved_at is None) == ("vu", False)


async def test_a_second_payment_that_is_too_little_brings_the_intervention_up_to_date() -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen(*EVENTS)
        sophie = await stall.customer("1")
        await stall.orders(sophie, "lingettes", SHORT, "Transfert de 100 FCFA vers 0700000000 réussi. Ref: MORE100")
        (open_one,) = await stall.kept.ledger.interventions("C")
        assert open_one.detail == "Montant insuffisant: 1600 FCFA reçu, 2000 FCFA requis"
        await settle()
        assert [data["id"] for _, data in told(stall)] == [open_one.id] * 2


async def test_a_reference_counts_once_in_the_whole_company() -> None:
    stall = Stall()
    async with stall.open():
        sophie, thomas = await stall.customer("1"), await stall.customer("2")
        await stall.orders(sophie, "lingettes", PAID)
        answer = await stall.orders(thomas, "lingettes", PAID)
        assert answer.order_status.paiement == ""
        (open_one,) = await stall.kept.ledger.interventions("C")
        assert open_one.message == "Paiement à vérifier: référence déjà utilisée"


async def test_an_intervention_of_somebody_else_is_not_found() -> None:
    stall = Stall()
    async with stall.open():
        sophie, thomas = await stall.customer("1"), await stall.customer("2")
        await stall.orders(sophie, "lingettes", SHORT)
        (open_one,) = await stall.kept.ledger.interventions("C")
        refused = await stall.tell(thomas, Resolve(intervention=open_one.id, action="accept"))
        assert isinstance(refused, Refused)
        assert refused.code is ErrorCode.NOT_FOUND


async def test_to_clear_empties_settles_and_hands_back() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.orders(sophie, "lingettes", SHORT)
        await stall.writes("awa", sophie, "Bonjour")
        assert await stall.tell(sophie, Clear()) == Done()
        assert await stall.kept.ledger.interventions("C") == []
        assert (await stall.kept.ledger.active("C", 50)).total == 0
        assert (await stall.says(sophie, "Yopougon")).order_status.zone != ""


async def test_a_completed_order_that_staff_cancel_counts_no_more() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.orders(sophie, *WHOLE)
        await stall.writes("awa", sophie, "/annuler")
        figures = (await stall.kept.ledger.statistics("C", "week", stall.clock.now_ms())).now
        assert (figures.turnover, figures.orders, figures.clients) == (0, 0, 1)
        assert (await stall.kept.ledger.activity("C", 1))[0].type == "commande_annulee"
        assert await stall.tell(sophie, CancelCompleted()) == Done()


async def test_the_bot_types_from_the_request_to_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stall = Stall()
    typed: list[bool] = []
    healthy = ConversationActor.receive

    async def overheard(self: ConversationActor, message: AnyConversationMessage, reply: Reply) -> None:
        typed.extend([message.on] if isinstance(message, Type) else [])
        await healthy(self, message, reply)

    monkeypatch.setattr(ConversationActor, "receive", overheard)
    async with stall.open():
        sophie = await stall.customer("1")
        stall.system.ref("order", sophie.conv).tell(Busy())
        await settle()
        assert typed == [True]
        await stall.says(sophie, "lingettes")
        await settle()
        assert typed == [True, True]
        await stall.writes("awa", sophie, "Bonjour")
        await stall.orders(sophie, "ok", "ok")
        await settle()
        assert typed[-1] is False


async def test_staff_of_new_settings_are_in_every_room() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.counter.save(replace(stall.company, staff=("bob",)))
        room = stall.store.rooms.get(sophie.conv)
        assert room is not None
        assert stall.people["bob"].who in room.members
        assert stall.people["awa"].who not in room.members


async def test_orders_of_different_customers_do_not_wait_for_each_other() -> None:
    stall = Stall()
    async with stall.open():
        shoppers = [await stall.customer(str(number)) for number in range(20)]

        async def shop(number: int, shopper: Shopper) -> None:
            await stall.orders(
                shopper, "lingettes", PAID.replace("ABC123456", f"REF{number:06}"), "Cocody", "0709876543"
            )

        async with trio.open_nursery() as nursery:
            for number, shopper in enumerate(shoppers):
                nursery.start_soon(shop, number, shopper)
        await settle()
        figures = (await stall.kept.ledger.statistics("C", "today", stall.clock.now_ms())).now
        assert (figures.turnover, figures.orders, figures.clients) == (100_000, 20, 20)
        assert all(isinstance(each, Message) for shopper in shoppers for each in stall.said(shopper))
        assert {len(stall.said(shopper)) for shopper in shoppers} == {8}


async def test_another_name_is_that_of_the_room_from_then_on() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.says(sophie, "Bonjour")
        await stall.says(await stall.customer("1", "Sophie\x1b"), "lingettes")
        await settle()
        assert [each.sender.name for each in stall.said(sophie) if each.sender.kind == "user"] == ["1", "Sophie"]
        assert (await stall.kept.ledger.activity("C", 1))[0].client == "Sophie\x1b"


async def test_images_are_attachments_of_the_customers_message() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        owner = Who("user", sophie.user)
        file = await stall.store.attachments.save(photo(), name="a.jpg", content_type="image/jpeg", owner=owner)
        await stall.says(sophie, "", files=(file.id,), seen=[Seen(sight="product", product="lingettes")])
        await settle()
        message, answer = stall.said(sophie)
        assert (message.body, [each.id for each in message.attachments or ()]) == ("📷", [file.id])
        assert answer.body == "Photo reçue ! Dépôt: 2000 FCFA"


async def photo() -> AsyncIterator[bytes]:
    """What was fetched."""
    yield b"\xff\xd8\xff"


async def test_what_staff_wrote_just_before_counts_for_the_next_message() -> None:
    stall = Stall()
    async with stall.open():
        sophie = await stall.customer("1")
        await stall.says(sophie, "lingettes")
        await stall.writes("awa", sophie, "Bonjour", settled=False)
        assert (await stall.says(sophie, "Yopougon")).order_status.zone == ""
        back = await stall.writes("awa", sophie, "/reprendre", settled=False)
        assert (await stall.says(sophie, "Yopougon")).order_status.zone != ""
        await stall.writes("awa", sophie, "Encore", settled=False)
        assert (await stall.says(sophie, "Cocody")).response == "Un conseiller vous répond."
        await stall.wrote(sophie, back.id)
        assert (await stall.says(sophie, "Cocody")).response == ""
