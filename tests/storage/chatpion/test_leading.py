"""Flows as the store runs them: each step is on disk as a whole, once, however often it is told."""

from __future__ import annotations

from typing import Any

import pytest

from actors.chatpion.ports import Circumstances, Led, NewReply, NewSubscriber
from actors.chatpion.values import Account, Subscriber
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.test_flows import flow

QUESTION = {
    "id": "q",
    "type": "question",
    "content": "Well?",
    "options": [{"label": "Yes", "next": "a"}, {"label": "No", "next": None}],
    "save_as": "answer",
    "timeout_s": 60,
    "on_timeout": "late",
}
ACTIONS = [{"do": "add_tag", "tag": "asked"}, {"do": "conversion", "name": "sale", "value": 2}]
NODES = [
    {"id": "s", "type": "start", "next": "q"},
    QUESTION,
    {"id": "a", "type": "action", "actions": ACTIONS, "next": "w"},
    {
        "id": "w",
        "type": "webhook",
        "url": "https://shop.example/",
        "save": {"stock": "/n"},
        "next": "m",
        "on_error": "e",
    },
    {"id": "m", "type": "message", "content": "{{fields.stock}} left, {{fields.answer}}"},
    {"id": "e", "type": "message", "content": "Ask later"},
    {"id": "late", "type": "message", "content": "Too late"},
]
ASKING = flow("asking", definition={"name": "asking", "nodes": NODES, "triggers": {"keywords": ["Ask me"]}})
HELLO = flow(
    "hello",
    definition={
        "name": "hello",
        "triggers": {"on_subscribe": True},
        "nodes": [{"id": "s", "type": "start", "next": "m"}, {"id": "m", "type": "message", "content": "Hi"}],
    },
)


def at(ms: int) -> Circumstances:
    return Circumstances(ms, None, "https://hub.example")


@pytest.fixture
async def anna(kept: ChatPion, account: Account) -> Subscriber:
    return (await kept.subscribers.upsert(account, NewSubscriber(platform="hub", platform_id="anna"), 1)).subscriber


class Told:
    """What one subscriber says and what comes of it."""

    def __init__(self, kept: ChatPion, who: Subscriber) -> None:
        self._kept = kept
        self._who = who
        self._said = 0

    async def says(self, text: str, ms: int, *, again: bool = False) -> list[str]:
        self._said += not again
        who, number = self._who, self._said
        reply = NewReply(
            account=who.account, subscriber=who.id, platform="hub", at=ms, text=text, seq=number, message=number
        )
        return bodies(await self._kept.leading.heard(reply, at(ms)))


def bodies(led: Led | None) -> list[str]:
    assert led is not None
    return [letter.body for letter in led.letters]


async def test_a_flow_runs_to_its_end_with_all_that_it_does(
    kept: ChatPion, account: Account, anna: Subscriber, rows: Any
) -> None:
    made = await kept.flows.create(account.id, ASKING, 1)
    told = Told(kept, anna)
    asked = "Well?\n1. Yes\n2. No"
    assert bodies(await kept.leading.begin(anna.id, made.id, at(1_000))) == [asked]
    assert rows("SELECT kind, key, at FROM agenda") == [("subscriber", anna.conv, 61_000)]
    assert await told.says("what?", 2_000) == [asked]
    assert await told.says("what?", 2_000, again=True) == []
    assert await told.says("yes", 3_000) == []
    assert rows("SELECT kind, key FROM agenda") == []
    (call,) = rows("SELECT id FROM outbox WHERE kind = 'flowcall'")
    run, _, number = call[0].rpartition(".")
    assert bodies(await kept.leading.answered(anna.id, "other", 1, ok=True, json={"n": 3}, now=at(4_000))) == []
    led = await kept.leading.answered(anna.id, run, int(number), ok=True, json={"n": 3}, now=at(4_000))
    assert (bodies(led), led.running) == (["3 left, Yes"], False)
    assert bodies(await kept.leading.answered(anna.id, run, int(number), ok=True, json=None, now=at(5_000))) == []
    found = await kept.subscribers.subscriber(account.id, anna.id)
    assert found is not None
    assert (found.tags, found.fields) == (("asked",), {"answer": "Yes", "stock": 3})
    assert rows("SELECT name, value FROM happenings WHERE what = 'conversion'") == [("sale", "2")]
    assert rows("SELECT flow FROM letters WHERE direction = 'out'") == [(made.id,)] * 3
    assert rows("SELECT count(*) FROM flow_runs") == [(0,)]


async def test_a_time_out_leads_on_when_it_is_due_and_not_before(
    kept: ChatPion, account: Account, anna: Subscriber, rows: Any
) -> None:
    made = await kept.flows.create(account.id, ASKING, 1)
    await kept.leading.begin(anna.id, made.id, at(1_000))
    early = await kept.leading.due(anna.id, at(60_999))
    assert (bodies(early), early.running) == ([], True)
    assert rows("SELECT at FROM agenda") == [(61_000,)]
    assert bodies(await kept.leading.due(anna.id, at(61_000))) == ["Too late"]
    assert bodies(await kept.leading.due(anna.id, at(61_000))) == []
    assert rows("SELECT count(*) FROM agenda") == [(0,)]


async def test_keywords_start_a_flow_where_no_question_waits(
    kept: ChatPion, account: Account, anna: Subscriber
) -> None:
    await kept.flows.create(account.id, ASKING, 1)
    told = Told(kept, anna)
    assert await told.says("hello", 1_000) == []
    assert await told.says(" ASK me ", 1_000) == ["Well?\n1. Yes\n2. No"]
    assert await told.says("ask me", 1_000) == ["Well?\n1. Yes\n2. No"]  # a wrong answer, and no keyword
    assert await told.says("no", 1_000) == []


async def test_inactive_and_foreign_flows_do_not_start(
    kept: ChatPion, account: Account, other: Account, anna: Subscriber
) -> None:
    off = await kept.flows.create(
        account.id, flow("off", status="inactive", definition={**ASKING.definition, "status": "inactive"}), 1
    )
    theirs = await kept.flows.create(other.id, ASKING, 1)
    led = await kept.leading.begin(anna.id, off.id, at(1_000))
    assert led is not None
    assert led.inactive
    assert await kept.leading.begin(anna.id, theirs.id, at(1_000)) is None


async def test_new_subscribers_are_greeted_once(kept: ChatPion, account: Account, rows: Any) -> None:
    await kept.flows.create(account.id, HELLO, 1)
    new = NewSubscriber(platform="hub", platform_id="bert")
    bert = (await kept.subscribers.upsert(account, new, 5)).subscriber
    await kept.subscribers.upsert(account, new, 6)
    assert rows("SELECT kind, key, at FROM agenda") == [("subscriber", bert.conv, 5)]
    assert bodies(await kept.leading.due(bert.id, at(5))) == ["Hi"]
    assert bodies(await kept.leading.due(bert.id, at(6))) == []


async def test_a_run_goes_on_with_the_version_that_it_began_with(
    kept: ChatPion, account: Account, anna: Subscriber
) -> None:
    made = await kept.flows.create(account.id, ASKING, 1)
    await kept.leading.begin(anna.id, made.id, at(1_000))
    await kept.flows.replace(account.id, made.id, HELLO, 2)
    assert bodies(await kept.leading.due(anna.id, at(61_000))) == ["Too late"]


async def test_a_handoff_waits_until_people_are_in_and_hands_back_once(
    kept: ChatPion, account: Account, anna: Subscriber, rows: Any
) -> None:
    nodes = [
        {"id": "s", "type": "start", "next": "h"},
        {"id": "h", "type": "handoff", "to": ["bob"], "next": "m"},
        {"id": "m", "type": "message", "content": "Back"},
    ]
    made = await kept.flows.create(account.id, flow("help", definition={"name": "help", "nodes": nodes}), 1)
    await kept.leading.begin(anna.id, made.id, at(1_000))
    handed = await kept.leading.handed(anna.id)
    assert handed is not None
    assert not handed.there
    await kept.leading.let_in(anna.id, "another")
    await kept.leading.let_in(anna.id, handed.run)
    assert await kept.leading.handed(anna.id) == handed._replace(there=True)
    assert bodies(await kept.leading.released(anna.id, at(2_000))) == ["Back"]
    assert bodies(await kept.leading.released(anna.id, at(2_000))) == []
    assert await kept.leading.handed(anna.id) is None
    assert [row[0] for row in rows("SELECT body LIKE '%\"let_in\":true%' FROM outbox WHERE kind = 'handoff'")] == [1, 0]


async def test_a_deleted_subscribers_flow_ends_silently(
    kept: ChatPion, account: Account, anna: Subscriber, rows: Any
) -> None:
    made = await kept.flows.create(account.id, ASKING, 1)
    await kept.leading.begin(anna.id, made.id, at(1_000))
    await kept.leading.end(anna.id, 2_000)
    assert rows("SELECT count(*) FROM flow_runs") == [(0,)]
    assert rows("SELECT count(*) FROM agenda") == [(0,)]
    assert bodies(await kept.leading.due(anna.id, at(61_000))) == []
