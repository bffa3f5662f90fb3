"""What Hubbub adds to the document, in the form of Campfire's newer routes: list, edit, delete, boost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from actors.messages.conversation import Publish
from actors.messages.outcomes import Published
from actors.values import Caller
from tests.dialects.cordless.conftest import BASE, CI, OPS, OTHER, ROOM, TEA, House, is_empty
from tests.fakes.edge import Answer


async def native(house: House, by: Caller, body: str, html: str | None = None) -> int:
    """Have somebody say something in ops, and return its id."""
    message = Publish(by=by, cid=f"{by.id} {body}", body=body, html=html)
    said = await house.stage.system.ref("conversation", OPS).ask(message, timeout_s=5)
    assert isinstance(said, Published)
    return said.id


async def page(house: House, query: str = "") -> tuple[list[str], str | None, str | None]:
    """The texts of a page, how many there are in all, and where the next page is."""
    answer = await house.call("GET", ROOM + query)
    assert answer.status == 200
    texts = [message["body"]["plain_text"] for message in json.loads(answer.body)]
    return texts, answer.headers["X-Total-Count"], answer.headers.get("Link")


async def next_page(house: House, link: str | None) -> tuple[list[str], str | None, str | None]:
    """Follow the link, as a client does."""
    found = re.fullmatch(rf'<{re.escape(BASE + ROOM)}(\?[a-z]+=\d+)>; rel="next"', link or "")
    assert found is not None, link
    return await page(house, found[1])


# ------------------------------------------------------------------------------------------------ list


async def test_a_message_is_listed_as_campfire_does(house: House) -> None:
    house.stage.clock.at = 1_709_208_000_000
    asked = await native(house, house.alice, "Hey @ci, **build** it", "<p>Hey @ci, <strong>build</strong> it</p>")
    said = await house.said("a < b")
    answer = await house.call("GET", ROOM)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert (answer.headers["X-Total-Count"], answer.headers.get("Link")) == ("2", None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.body) == [
        {
            "id": asked,
            "created_at": "2024-02-29T12:00:00.001Z",
            "body": {"plain_text": "Hey @ci, **build** it", "html": "<p>Hey @ci, <strong>build</strong> it</p>"},
            "creator": {"id": house.alice.id, "name": "Alice", "role": "member"},
            "room": {"id": OPS},
            "url": f"{BASE}/rooms/{OPS}/messages/{asked}",
            "attachments": [],
        },
        {
            "id": said,
            "created_at": "2024-02-29T12:00:00.002Z",
            "body": {"plain_text": "a < b", "html": "<p>a &lt; b</p>"},
            "creator": {"id": house.ci.id, "name": "ci", "role": "bot"},
            "room": {"id": OPS},
            "url": f"{BASE}/rooms/{OPS}/messages/{said}",
            "attachments": [],
        },
    ]


async def test_an_empty_room_has_an_empty_list(house: House) -> None:
    assert await page(house) == ([], "0", None)


async def test_pages_of_forty_lead_back_to_the_first_message(house: House) -> None:
    for number in range(81):
        await house.said(str(number))
    newest, total, link = await page(house)
    assert (newest, total) == ([str(number) for number in range(41, 81)], "81")
    middle, total, link = await next_page(house, link)
    assert (middle, total) == ([str(number) for number in range(1, 41)], "81")
    assert await next_page(house, link) == (["0"], "81", None)


async def test_pages_after_a_message_lead_forward_to_the_newest(house: House) -> None:
    first = await house.said("first")
    for number in range(41):
        await house.said(str(number))
    texts, _, link = await page(house, f"?after={first}")
    assert texts == [str(number) for number in range(40)]
    assert await next_page(house, link) == (["40"], "42", None)


async def test_what_was_deleted_is_not_listed_nor_counted(house: House) -> None:
    gone = await house.said("gone")
    await house.said("here")
    await house.call("DELETE", f"{ROOM}/{gone}")
    assert await page(house) == (["here"], "1", None)
    assert await page(house, f"?after={gone}") == (["here"], "1", None)


async def test_before_beats_after_and_a_blank_is_none(house: House) -> None:
    first, second = await house.said("first"), await house.said("second")
    assert (await page(house, f"?before={second}&after={second}"))[0] == ["first"]
    assert (await page(house, f"?before=&after={first}"))[0] == ["second"]


@pytest.mark.parametrize("query", ["?before=x", "?after=-1", "?before=0", "?after=1e3", f"?before={2**53}"])
async def test_a_place_that_no_message_can_have_is_unprocessable(house: House, query: str) -> None:
    assert is_empty(await house.call("GET", ROOM + query), 422)


# ------------------------------------------------------------------------------------------------ edit, delete


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_an_own_message_is_edited_and_shown(house: House, method: str) -> None:
    said = await house.said("Deploying...")
    answer = await house.call(method, f"{ROOM}/{said}", "<b>Deployed</b> 🚀", Content_Type="text/plain")
    assert answer.status == 200
    shown = json.loads(answer.body)
    assert (shown["id"], shown["url"]) == (said, f"{BASE}/rooms/{OPS}/messages/{said}")
    assert shown["body"] == {"plain_text": "Deployed 🚀", "html": "<b>Deployed</b> 🚀"}
    assert (house.last.body, house.last.html, house.last.edited) == ("Deployed 🚀", "<b>Deployed</b> 🚀", True)


async def test_an_edit_to_text_without_markup_leaves_none(house: House) -> None:
    said = await house.said("<b>old</b>")
    assert (await house.call("PATCH", f"{ROOM}/{said}", "**new**")).status == 200
    assert (house.last.body, house.last.html) == ("**new**", None)


async def test_an_own_message_is_deleted_once(house: House) -> None:
    said = await house.said("oops")
    assert is_empty(await house.call("DELETE", f"{ROOM}/{said}"), 204)
    assert house.last.deleted
    for method in ("DELETE", "PATCH", "PUT"):
        assert is_empty(await house.call(method, f"{ROOM}/{said}", "x"), 404)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
async def test_a_message_of_somebody_else_is_forbidden(house: House, method: str) -> None:
    for somebody in (house.alice, house.other):
        said = await native(house, somebody, "mine")
        assert is_empty(await house.call(method, f"{ROOM}/{said}", "x"), 403)
        assert house.last.body == "mine"


async def test_a_bot_that_administers_the_room_deletes_its_own_only(house: House) -> None:
    conv = house.stage.store.add_conversation("closed", [house.ci, house.alice])
    message = Publish(by=house.alice, cid="1", body="mine")
    said = await house.stage.system.ref("conversation", conv).ask(message, timeout_s=5)
    assert isinstance(said, Published)
    assert is_empty(await house.call("DELETE", f"/rooms/{conv}/{CI}/messages/{said.id}"), 403)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("message", ["999", "0", "x", "1.5", "9" * 30, "%F0%9F%91%8D"])
async def test_an_unknown_message_is_not_found(house: House, method: str, message: str) -> None:
    assert is_empty(await house.call(method, f"{ROOM}/{message}", "x"), 404)


async def test_a_message_of_another_room_is_not_found_in_this_one(house: House) -> None:
    await house.says("tea", f"/rooms/{TEA}/{CI}/messages")
    elsewhere = house.messages(TEA)[0].id
    assert is_empty(await house.call("PATCH", f"{ROOM}/{elsewhere}", "x"), 404)
    assert is_empty(await house.call("DELETE", f"{ROOM}/{elsewhere}"), 404)
    assert is_empty(await house.call("POST", f"{ROOM}/{elsewhere}/boosts", "👍"), 404)


@pytest.mark.parametrize("body", ["", " ", "x" * 10_001])
async def test_an_edit_must_say_something_that_fits(house: House, body: str) -> None:
    said = await house.said("old")
    assert is_empty(await house.call("PATCH", f"{ROOM}/{said}", body), 422)
    assert house.last.body == "old"


# ------------------------------------------------------------------------------------------------ boosts


async def boost(house: House, message: int, content: str | bytes, key: str = CI) -> Answer:
    return await house.call("POST", f"/rooms/{OPS}/{key}/messages/{message}/boosts", content, Content_Type="text/plain")


def put(house: House, message: int) -> list[str]:
    """What is on the message."""
    return [emoji for _, emoji in house.stage.store.rooms[OPS].reactions.get(message, [])]


async def test_a_boost_is_a_reaction_and_told_as_campfire_does(house: House) -> None:
    asked = await native(house, house.alice, "ready?")
    house.stage.clock.at = 1_709_208_000_000
    answer = await boost(house, asked, " 👀\n")
    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/json; charset=utf-8")
    made: dict[str, Any] = json.loads(answer.body)
    assert made == {
        "id": made["id"],
        "content": "👀",
        "created_at": "2024-02-29T12:00:00.001Z",
        "booster": {"id": house.ci.id, "name": "ci", "role": "bot"},
        "message": {"id": asked, "url": f"{BASE}/rooms/{OPS}/messages/{asked}"},
    }
    assert put(house, asked) == ["👀"]
    assert is_empty(await house.call("DELETE", f"{ROOM}/{asked}/boosts/{made['id']}"), 204)
    assert put(house, asked) == []


async def test_words_boost_too_and_the_same_again_is_the_same_boost(house: House) -> None:
    said = await house.said("done")
    first, other, again = [json.loads((await boost(house, said, text)).body) for text in ("Nice!", "👍", "Nice!")]
    assert first["content"] == "Nice!"
    assert again == first
    assert other["id"] != first["id"]
    assert put(house, said) == ["Nice!", "👍"]


@pytest.mark.parametrize("content", ["", " ", "\n", "\0", "x" * 33])
async def test_a_boost_says_something_short(house: House, content: str) -> None:
    said = await house.said("done")
    assert is_empty(await boost(house, said, content), 422)
    assert put(house, said) == []


async def test_a_boost_on_what_is_not_there_is_not_found(house: House) -> None:
    gone = await house.said("gone")
    await house.call("DELETE", f"{ROOM}/{gone}")
    for message in (gone, 999):
        assert is_empty(await boost(house, message, "👍"), 404)
        assert is_empty(await house.call("DELETE", f"{ROOM}/{message}/boosts/1"), 404)


async def test_only_ones_own_boosts_on_this_very_message_are_taken_off(house: House) -> None:
    one, two = await house.said("one"), await house.said("two")
    mine = json.loads((await boost(house, one, "👍")).body)["id"]
    foreign = json.loads((await boost(house, one, "👎", OTHER)).body)["id"]
    for message, number in ((two, mine), (one, foreign), (one, 999), (one, 0), (one, "x")):
        assert is_empty(await house.call("DELETE", f"{ROOM}/{message}/boosts/{number}"), 404)
    assert put(house, one) == ["👍", "👎"]


async def test_a_boost_that_was_taken_off_and_put_on_again_is_another_one(house: House) -> None:
    said = await house.said("one")
    first = json.loads((await boost(house, said, "👍")).body)["id"]
    await house.call("DELETE", f"{ROOM}/{said}/boosts/{first}")
    second = json.loads((await boost(house, said, "👍")).body)["id"]
    assert second != first
    assert is_empty(await house.call("DELETE", f"{ROOM}/{said}/boosts/{first}"), 404)
    assert put(house, said) == ["👍"]
