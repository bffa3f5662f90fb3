"""What every implementation of the `Library` port keeps."""

import pytest

from actors.ports import Listing, Page
from actors.values import CidKey, Counts, MessageRecord, Posted, Who, direct_key
from protocol.frames import Actor, Deleted, Edited, Members, Message, Reacted, Reaction, Renamed, StoredMessage
from tests.storage.subject import Subject


def bodies(page: Page | None) -> list[str]:
    assert page is not None
    return [message.body for message in page.messages]


def ids(page: Page | None) -> list[int]:
    assert page is not None
    return [message.id for message in page.messages]


# ------------------------------------------------------------------------------------------------ conversations


async def test_a_conversation_comes_back_with_its_members_and_head(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob", name="Robert")
    ci = await subject.bot("ci", alice)
    conv = await subject.room(alice, bob, ci, kind="open", name="ops")
    await subject.post(conv, alice, "hi")

    record = await subject.library.conversation(conv)
    assert record is not None
    assert (record.id, record.kind, record.name, record.epoch, record.head) == (conv, "open", "ops", 7, 2)
    roles = {member.actor: member.role for member in record.members}
    assert roles == {
        Actor("user", alice.id, "alice"): "admin",
        Actor("user", bob.id, "Robert"): "member",
        Actor("bot", ci.id, "ci"): "member",
    }


async def test_what_is_not_there_is_none_or_empty(subject: Subject) -> None:
    library, nobody = subject.library, Who("user", 9)
    assert await library.conversation(1) is None
    assert await library.events(1, 0, 10) == []
    assert await library.message(1, 1) is None
    assert await library.cids(1, [CidKey(nobody, "x")]) == {}
    assert await library.direct("none") is None
    assert await library.memberships(nobody) == []
    assert await library.history(nobody, 1, before=None, after=None, limit=10) is None
    assert await library.actors([nobody, Who("bot", 3)]) == {}
    assert await library.users("x", 10) == []
    assert await library.open_conversations("", 10) == []


async def test_memberships_follow_who_comes_and_goes(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    first, second = await subject.room(alice, bob), await subject.room(alice)
    assert await subject.library.memberships(bob.who) == [first]
    await subject.move(second, alice, added=[bob])
    assert await subject.library.memberships(bob.who) == [first, second]
    await subject.move(first, alice, removed=[bob])
    assert await subject.library.memberships(bob.who) == [second]
    assert await subject.library.memberships(alice.who) == [first, second]


async def test_the_rooms_of_a_bot_follow_too_however_often_they_are_asked_for(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = await subject.bot("ci", alice)
    library = subject.library
    assert await library.memberships(bot.who) == await library.memberships(bot.who) == []
    conv = await subject.room(alice, bot)
    assert await library.memberships(bot.who) == await library.memberships(bot.who) == [conv]
    await subject.move(conv, alice, removed=[bot])
    assert await library.memberships(bot.who) == await library.memberships(bot.who) == []
    await subject.move(conv, alice, added=[bot])
    assert await library.memberships(bot.who) == [conv]


async def test_a_direct_conversation_is_found_by_its_people(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob, kind="direct")
    assert await subject.library.direct(direct_key([bob.who, alice.who])) == conv
    assert await subject.library.direct(direct_key([bob.who])) is None


async def test_open_conversations_are_found_by_part_of_their_name_however_written(subject: Subject) -> None:
    alice = await subject.user("alice")
    cafe = await subject.room(alice, kind="open", name="Café 100% sûr")
    other = await subject.room(alice, kind="open", name="ops_team")
    await subject.room(alice, kind="closed", name="café fermé")

    async def found(q: str, limit: int = 10) -> list[int]:
        records = await subject.library.open_conversations(q, limit)
        assert all(record.members == [] for record in records)
        return [record.id for record in records]

    assert await found("cafe") == [cafe]
    assert await found("") == [cafe, other]
    assert await found("", limit=1) == [cafe]
    assert await found("0%") == [cafe]
    assert await found("%s%") == []
    assert await found("s_t") == [other]
    assert await found("o_s") == []


# ------------------------------------------------------------------------------------------------ events


async def test_events_come_back_as_they_were_in_order(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    said = await subject.post(conv, alice, "**hi**", html="<b>hi</b>", mentions=[bob])
    await subject.react(conv, said.id, bob, "👍")
    await subject.rename(conv, alice, "ops")
    answer = await subject.post(conv, bob, "yes", reply_to=said.id)
    await subject.move(conv, alice, removed=[bob])

    events = await subject.library.events(conv, 0, 100)
    assert [type(event) for event in events] == [Members, Message, Reacted, Renamed, Message, Members]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[1] == said
    assert events[4] == answer
    reacted, renamed, left = events[2], events[3], events[5]
    assert isinstance(reacted, Reacted)
    assert (reacted.id, reacted.by, reacted.emoji, reacted.on) == (said.id, bob.actor, "👍", True)
    assert isinstance(renamed, Renamed)
    assert (renamed.name, renamed.by) == ("ops", alice.actor)
    assert isinstance(left, Members)
    assert (left.added, left.removed, left.by) == ([], [bob.actor], alice.actor)


async def test_events_are_cut_without_a_hole(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    for round_ in range(4):
        said = await subject.post(conv, alice, f"text {round_}")
        await subject.react(conv, said.id, alice, "x")
        await subject.react(conv, said.id, alice, "y")
    for after in range(14):
        for limit in (1, 2, 5, 100):
            seqs = [event.seq for event in await subject.library.events(conv, after, limit)]
            assert seqs == list(range(after + 1, min(after + limit, 13) + 1))


async def test_a_replay_shows_todays_content(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    first = await subject.post(conv, alice, "one")
    second = await subject.post(conv, alice, "two", html="<p>two</p>")
    await subject.edit(conv, first.id, alice, "uno")
    await subject.edit(conv, first.id, alice, "eins", html="<i>eins</i>")
    await subject.edit(conv, second.id, alice, "zwei")
    await subject.delete(conv, second.id, alice)

    events = await subject.library.events(conv, 1, 100)
    assert [event.seq for event in events] == [2, 3, 4, 5, 6, 7]
    one, two, edit_1, edit_2, edit_3, end = events
    assert isinstance(one, Message)
    assert isinstance(two, Message)
    assert (one.body, one.html, one.edited, one.deleted) == ("eins", "<i>eins</i>", True, False)
    assert (two.body, two.html, two.deleted) == ("", "", True)
    for edit in (edit_1, edit_2):
        assert isinstance(edit, Edited)
        assert (edit.id, edit.body, edit.html) == (first.id, "eins", "<i>eins</i>")
    assert isinstance(edit_3, Edited)
    assert (edit_3.body, edit_3.html) == ("", "")
    assert isinstance(end, Deleted)
    assert end.id == second.id


async def test_names_are_todays_names(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    ci = await subject.bot("ci", alice)
    conv = await subject.room(alice, bob, ci)
    said = await subject.post(conv, ci, "hi", mentions=[bob])
    await subject.react(conv, said.id, bob, "x")
    await subject.accounts.rename_user(bob.id, "Robert")
    await subject.accounts.update_bot(ci.id, {"name": "builder"})

    bob_now, ci_now = Actor("user", bob.id, "Robert"), Actor("bot", ci.id, "builder")
    first, message, reacted = await subject.library.events(conv, 0, 10)
    assert isinstance(first, Members)
    assert first.added == [alice.actor, bob_now, ci_now]
    assert isinstance(message, Message)
    assert (message.sender, message.mentions) == (ci_now, [bob_now])
    assert isinstance(reacted, Reacted)
    assert reacted.by == bob_now
    record = await subject.library.conversation(conv)
    assert record is not None
    assert bob_now in [member.actor for member in record.members]


async def test_a_deleted_bot_keeps_its_name_on_what_it_said(subject: Subject) -> None:
    alice = await subject.user("alice")
    ci = await subject.bot("ci", alice)
    conv = await subject.room(alice, ci)
    await subject.post(conv, ci, "built")
    await subject.accounts.delete_bot(ci.id)
    (said,) = await subject.library.events(conv, 1, 10)
    assert isinstance(said, Message)
    assert said.sender == Actor("bot", ci.id, "ci")


# ------------------------------------------------------------------------------------------------ messages


async def test_a_message_comes_back_with_what_was_put_on_it(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    said = await subject.post(conv, alice, "hi", mentions=[bob])
    await subject.react(conv, said.id, bob, "👍")
    await subject.react(conv, said.id, alice, "👍")
    await subject.react(conv, said.id, bob, "❤")
    await subject.react(conv, said.id, bob, "👍", on=False)
    assert await subject.library.message(conv, said.id) == MessageRecord(said, [(alice.who, "👍"), (bob.who, "❤")])
    assert await subject.library.message(conv + 1, said.id) is None


async def test_a_reaction_that_goes_and_comes_back_in_one_commit_is_there_once(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    said = await subject.post(conv, alice, "hi")
    turns = [True, True, False, True]
    await subject.commit(*(subject.append(subject.reaction(conv, said.id, alice, "x", on=on)) for on in turns))
    record = await subject.library.message(conv, said.id)
    assert record is not None
    assert record.reactions == [(alice.who, "x")]
    await subject.commit(*(subject.append(subject.reaction(conv, said.id, alice, "x", on=on)) for on in (True, False)))
    record = await subject.library.message(conv, said.id)
    assert record is not None
    assert record.reactions == []


async def test_known_cids_tell_where_the_message_stands(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv, other = await subject.room(alice, bob), await subject.room(alice, bob)
    said = await subject.post(conv, alice, "hi")
    known, foreign = CidKey(alice.who, said.cid), CidKey(bob.who, said.cid)
    unknown = CidKey(alice.who, "never sent")
    assert await subject.library.cids(conv, [known, foreign, unknown]) == {known: Posted(said.seq, said.id, said.at)}
    assert await subject.library.cids(other, [known]) == {}
    await subject.delete(conv, said.id, alice)
    assert known in await subject.library.cids(conv, [known])


# ------------------------------------------------------------------------------------------------ history


async def test_history_pages_back_and_forth_exactly(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv, noise = await subject.room(alice), await subject.room(alice)
    said = []
    for number in range(7):
        said.append((await subject.post(conv, alice, f"{number}")).id)
        await subject.post(noise, alice, "elsewhere")

    async def page(before: int | None = None, after: int | None = None, limit: int = 3) -> tuple[list[int], bool]:
        found = await subject.library.history(alice.who, conv, before=before, after=after, limit=limit)
        assert found is not None
        return [said.index(message.id) for message in found.messages], found.more

    assert await page() == ([4, 5, 6], True)
    assert await page(before=said[4]) == ([1, 2, 3], True)
    assert await page(before=said[1]) == ([0], False)
    assert await page(before=said[0]) == ([], False)
    assert await page(before=said[3]) == ([0, 1, 2], False)
    assert await page(after=said[1]) == ([2, 3, 4], True)
    assert await page(after=said[3]) == ([4, 5, 6], False)
    assert await page(after=said[6]) == ([], False)
    assert await page(limit=7) == (list(range(7)), False)
    # Ids of elsewhere, and of nowhere, are places too.
    assert await page(before=said[4] + 1) == ([2, 3, 4], True)
    assert await page(before=10_000) == ([4, 5, 6], True)
    assert await page(after=said[1] + 1) == ([2, 3, 4], True)


async def test_history_shows_all_of_a_message(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    first = await subject.post(conv, alice, "**hi**", html="<b>hi</b>", mentions=[bob])
    second = await subject.post(conv, bob, "gone", reply_to=first.id)
    await subject.react(conv, first.id, bob, "👍")
    await subject.edit(conv, first.id, alice, "hi")
    await subject.delete(conv, second.id, bob)

    page = await subject.library.history(alice.who, conv, before=None, after=None, limit=10)
    assert page == Page(
        [
            StoredMessage(
                conv=conv,
                id=first.id,
                seq=first.seq,
                cid=first.cid,
                sender=alice.actor,
                body="hi",
                at=first.at,
                mentions=[bob.actor],
                reactions=[Reaction("👍", bob.actor)],
                edited=True,
            ),
            StoredMessage(
                conv=conv,
                id=second.id,
                seq=second.seq,
                cid=second.cid,
                sender=bob.actor,
                body="",
                at=second.at,
                html="",
                reply_to=first.id,
                deleted=True,
            ),
        ],
        more=False,
    )


@pytest.mark.parametrize(("kind", "seen"), [("closed", False), ("open", True)])
async def test_history_and_search_show_only_what_the_viewer_may_see(subject: Subject, kind: str, seen: bool) -> None:
    alice, eve = await subject.user("alice"), await subject.user("eve")
    spy = await subject.bot("spy", eve)
    conv = await subject.room(alice, kind="open" if kind == "open" else "closed", name="room")
    await subject.post(conv, alice, "the treasure")

    for viewer, visible in ((alice, True), (eve, seen), (spy, False)):
        page = await subject.library.history(viewer.who, conv, before=None, after=None, limit=10)
        assert (page is not None) == visible
        there = await subject.library.search(viewer.who, "treasure", conv=conv, before=None, limit=10)
        assert (there is not None) == visible
        everywhere = await subject.library.search(viewer.who, "treasure", conv=None, before=None, limit=10)
        assert bodies(everywhere) == (["the treasure"] if visible else [])


async def test_who_was_removed_sees_nothing_any_more(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    await subject.post(conv, alice, "the treasure")
    await subject.move(conv, alice, removed=[bob])
    assert await subject.library.history(bob.who, conv, before=None, after=None, limit=10) is None
    assert bodies(await subject.library.search(bob.who, "treasure", conv=None, before=None, limit=10)) == []


async def test_a_listing_passes_over_what_was_deleted_and_counts_the_rest(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv, noise = await subject.room(alice), await subject.room(alice)
    said = []
    for number in range(8):
        said.append((await subject.post(conv, alice, f"{number}")).id)
        await subject.post(noise, alice, "elsewhere")
    for number in (2, 5, 7):
        await subject.delete(conv, said[number], alice)

    async def page(before: int | None = None, after: int | None = None) -> tuple[list[int], bool, int]:
        found = await subject.library.listing(alice.who, conv, before=before, after=after, limit=2)
        assert found is not None
        return [said.index(message.id) for message in found.messages], found.more, found.total

    assert await page() == ([4, 6], True, 5)
    assert await page(before=said[4]) == ([1, 3], True, 5)
    assert await page(before=said[1]) == ([0], False, 5)
    assert await page(before=said[2]) == ([0, 1], False, 5)
    assert await page(after=said[1]) == ([3, 4], True, 5)
    assert await page(after=said[5]) == ([6], False, 5)
    assert await page(after=said[6]) == ([], False, 5)


async def test_a_listing_is_for_those_who_may_see_it(subject: Subject) -> None:
    alice, eve = await subject.user("alice"), await subject.user("eve")
    conv = await subject.room(alice)
    assert await subject.library.listing(eve.who, conv, before=None, after=None, limit=9) is None
    assert await subject.library.listing(eve.who, conv + 1, before=None, after=None, limit=9) is None
    assert await subject.library.listing(alice.who, conv, before=None, after=None, limit=9) == Listing([], False, 0)


async def test_what_somebody_put_on_a_message_goes_by_the_event_that_did(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv, other = await subject.room(alice, bob), await subject.room(alice, bob)
    said = await subject.post(conv, alice, "hi")

    await subject.react(conv, said.id, bob, "👍")
    await subject.react(conv, said.id, alice, "👀")
    await subject.react(conv, said.id, bob, "nice")
    first, second = await subject.library.put_on(bob.who, conv, said.id)
    assert (first.seq, first.emoji, second.seq, second.emoji) == (said.seq + 1, "👍", said.seq + 3, "nice")
    assert said.at < first.at < second.at

    await subject.react(conv, said.id, bob, "👍", on=False)
    await subject.react(conv, said.id, bob, "👍")
    again = await subject.library.put_on(bob.who, conv, said.id)
    assert [(put.seq, put.emoji) for put in again] == [(second.seq, "nice"), (said.seq + 5, "👍")]
    assert await subject.library.put_on(bob.who, other, said.id) == []
    assert await subject.library.put_on(bob.who, conv, said.id + 1) == []


# ------------------------------------------------------------------------------------------------ search


TEXTS = {
    "french": "Le déjeuner est prêt, ça coûte 100€",
    "arabic": "صَبَاحُ الخَيْرِ يا صديقي",
    "chinese": "我们明天开会讨论这个问题",
    "german": "Straße",
    "korean": "한국어 메시지",
    "code": "deploy failed on node-7: snake_case 100% a1",
    "syntax": 'say "hello" AND (more) NOT less*',
    "family": "👩‍👩‍👧 here",
    "nul": "nul\0byte",
}

FOUND = [
    ("dejeuner", "french"),
    ("DÉJEUNER", "french"),
    ("coute pret", "french"),
    ("الخير", "arabic"),
    ("صباح", "arabic"),
    ("صَبَاحُ", "arabic"),
    ("讨论这", "chinese"),
    ("开会", "chinese"),
    ("题", "chinese"),
    ("strasse", "german"),
    ("국어 메시", "korean"),
    ("국", "korean"),
    ("node-7", "code"),
    ("failed deploy", "code"),
    ("ake_ca", "code"),
    ("0%", "code"),
    ("a1", "code"),
    ('"hello"', "syntax"),
    ("less*", "syntax"),
    ("(more)", "syntax"),
    ("👩‍👩‍👧", "family"),
    ("byte", "nul"),
]

NOT_FOUND = [
    "%%%",
    "___",
    "deploy*",
    "body:deploy",
    'dep" OR "loy',
    "NOT x",
    "()",
    "'",
    "\\",
    "deploy^2",
    "NEAR(deploy)",
    "zzz",
]


async def test_words_are_found_in_every_script_and_are_never_syntax(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.commit(*(subject.append(subject.message(conv, alice, text)) for text in TEXTS.values()))
    names = {text: name for name, text in TEXTS.items()}

    async def found(q: str) -> list[str]:
        return [
            names[body] for body in bodies(await subject.library.search(alice.who, q, conv=None, before=None, limit=10))
        ]

    for _ in range(2):  # as noted for the index, then as indexed
        for q, name in FOUND:
            assert (q, await found(q)) == (q, [name])
        for q in NOT_FOUND:
            assert (q, await found(q)) == (q, [])
        for q in (" ", "\t\n", "\0"):
            assert (q, await found(q)) == (q, [])
        await subject.indexed()


async def test_search_pages_exactly(subject: Subject) -> None:
    alice = await subject.user("alice")
    rooms = [await subject.room(alice), await subject.room(alice)]
    said = []
    for number in range(7):
        said.append((await subject.post(rooms[number % 2], alice, f"Trésor treasure {number}")).id)
        await subject.post(rooms[0], alice, "nix")

    async def page(q: str, conv: int | None, before: int | None, limit: int) -> tuple[list[int], bool]:
        found = await subject.library.search(alice.who, q, conv=conv, before=before, limit=limit)
        assert found is not None
        return [said.index(message.id) for message in found.messages], found.more

    async def check(q: str) -> None:
        assert await page(q, None, None, 3) == ([4, 5, 6], True)
        assert await page(q, None, said[4], 3) == ([1, 2, 3], True)
        assert await page(q, None, said[1], 3) == ([0], False)
        assert await page(q, None, said[3], 3) == ([0, 1, 2], False)
        assert await page(q, rooms[1], None, 2) == ([3, 5], True)
        assert await page(q, rooms[1], said[3], 2) == ([1], False)
        assert await page(q, rooms[0], None, 100) == ([0, 2, 4, 6], False)

    for q in ("treasure", "tr", "é"):
        await check(q)
    await subject.indexed()
    for q in ("treasure", "tr", "é"):
        await check(q)


async def test_edited_and_deleted_texts_vanish_from_search(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    edited = await subject.post(conv, alice, "the old treasure")
    deleted = await subject.post(conv, alice, "another treasure")

    async def found(q: str) -> list[int]:
        return ids(await subject.library.search(alice.who, q, conv=None, before=None, limit=10))

    assert await found("treasure") == [edited.id, deleted.id]
    await subject.indexed()
    assert await found("treasure") == [edited.id, deleted.id]
    await subject.edit(conv, edited.id, alice, "the new silver")
    assert await found("treasure") == [deleted.id]
    assert await found("silver") == [edited.id]
    await subject.delete(conv, deleted.id, alice)
    for _ in range(2):
        assert await found("treasure") == []
        assert await found("silver") == [edited.id]
        assert await found("er") == [edited.id]
        assert await found("an") == []
        await subject.indexed()


# ------------------------------------------------------------------------------------------------ counts


async def test_counts_are_what_others_said_after_the_marker(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    ci = await subject.bot("ci", alice)
    conv, quiet = await subject.room(alice, bob, ci), await subject.room(alice, bob)
    await subject.post(conv, alice, "1: seq 2", mentions=[bob])
    await subject.post(conv, bob, "own: seq 3", mentions=[bob])
    said = await subject.post(conv, ci, "2: seq 4", mentions=[bob, alice])
    await subject.react(conv, said.id, alice, "x")
    await subject.post(conv, alice, "3: seq 6")

    async def counts(*upto: tuple[int, int, int]) -> list[Counts]:
        found = await subject.library.counts(bob.who, upto)
        return [found[conv] for conv, *_ in upto]

    assert await counts((conv, 0, 6)) == [Counts(3, 2)]
    assert await counts((conv, 2, 6), (quiet, 0, 1)) == [Counts(2, 1), Counts(0, 0)]
    assert await counts((conv, 4, 6)) == [Counts(1, 0)]
    assert await counts((conv, 0, 2)) == [Counts(1, 1)]
    assert await counts((conv, 6, 6)) == [Counts(0, 0)]
    assert await subject.library.counts(bob.who, []) == {}


async def test_a_deleted_message_still_counts(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    said = await subject.post(conv, alice, "hi", mentions=[bob])
    await subject.delete(conv, said.id, alice)
    assert await subject.library.counts(bob.who, [(conv, 0, 3)]) == {conv: Counts(1, 1)}


# ------------------------------------------------------------------------------------------------ people


async def test_actors_are_those_who_live(subject: Subject) -> None:
    alice = await subject.user("alice", name="Alice A.")
    ci, old = await subject.bot("ci", alice), await subject.bot("old", alice)
    await subject.accounts.delete_bot(old.id)
    found = await subject.library.actors([alice.who, ci.who, old.who, Who("user", 99)])
    assert found == {alice.who: Actor("user", alice.id, "Alice A."), ci.who: Actor("bot", ci.id, "ci")}


async def test_users_are_found_by_name_and_username(subject: Subject) -> None:
    await subject.user("alice", name="Élise")
    await subject.user("bob", name="Bob", role="admin")

    async def found(q: str, limit: int = 10) -> list[str]:
        return [user.username for user in await subject.library.users(q, limit)]

    assert await found("elis") == ["alice"]
    assert await found("LIC") == ["alice"]
    assert await found("") == ["alice", "bob"]
    assert await found("", 1) == ["alice"]
    assert await found("%") == []
    assert await found("e\na") == []
    (bob,) = await subject.library.users("bob", 10)
    assert (bob.name, bob.role, bob.kind) == ("Bob", "admin", "user")
