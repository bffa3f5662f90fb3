"""Every version of a flow stays, and nothing of another account is there."""

from typing import Any

from actors.chatpion.ports import Circumstances, NewFlow, NewSubscriber
from actors.chatpion.values import Account
from storage.chatpion.assembly import ChatPion


def flow(name: str, **given: Any) -> NewFlow:
    known: dict[str, Any] = {"name": name, "description": None, "status": "active", "definition": {"name": name}}
    return NewFlow(**{**known, **given})


QUESTION = {"id": "q", "type": "question", "content": "Well?", "options": [{"label": "ok", "next": None}]}
NODES = [{"id": "start", "type": "start", "next": "q"}, QUESTION]
WAITING = flow("one", definition={"name": "one", "nodes": NODES})


async def test_what_is_saved_anew_is_another_version_and_the_first_one_stays(
    kept: ChatPion, account: Account, rows: Any
) -> None:
    made = await kept.flows.create(account.id, flow("one"), 5)
    again = await kept.flows.replace(account.id, made.id, flow("two", status="inactive"), 9)
    assert again == await kept.flows.flow(account.id, made.id)
    assert again is not None
    assert (again.name, again.status, again.version, again.created_at, again.updated_at) == ("two", "inactive", 2, 5, 9)
    assert rows("SELECT version, definition FROM flow_versions ORDER BY version") == [
        (1, '{"name":"one"}'),
        (2, '{"name":"two"}'),
    ]


async def test_pages_have_what_is_asked_for_in_order(kept: ChatPion, account: Account) -> None:
    made = [await kept.flows.create(account.id, flow(str(number)), number) for number in range(3)]
    off = await kept.flows.create(account.id, flow("off", status="inactive"), 7)
    assert await kept.flows.page(account.id, page=2, limit=2) == (4, [made[2], off])
    assert await kept.flows.page(account.id, page=1, limit=2, status="inactive") == (1, [off])
    assert await kept.flows.page(account.id, page=9, limit=2, status="active") == (3, [])


async def test_a_deleted_flow_is_gone_with_its_runs_and_its_id_is_not_given_again(
    kept: ChatPion, account: Account, rows: Any
) -> None:
    made = await kept.flows.create(account.id, WAITING, 5)
    kept_one = await kept.flows.create(account.id, WAITING, 5)
    for number, begun in enumerate((made, kept_one), 1):
        new = NewSubscriber(platform="hub", platform_id=str(number))
        subscriber = (await kept.subscribers.upsert(account, new, 5)).subscriber
        assert await kept.leading.begin(subscriber.id, begun.id, Circumstances(5, None, "https://hub.example"))
    assert await kept.flows.delete(account.id, made.id, 6)
    assert not await kept.flows.delete(account.id, made.id, 6)
    assert await kept.flows.flow(account.id, made.id) is None
    assert rows("SELECT subscriber FROM flow_runs") == [(2,)]
    assert (await kept.flows.create(account.id, flow("two"), 7)).id == kept_one.id + 1


async def test_nobody_sees_or_changes_a_flow_of_another_account(
    kept: ChatPion, account: Account, other: Account
) -> None:
    made = await kept.flows.create(account.id, flow("one"), 5)
    assert await kept.flows.flow(other.id, made.id) is None
    assert await kept.flows.replace(other.id, made.id, flow("two"), 6) is None
    assert not await kept.flows.delete(other.id, made.id, 6)
    assert (await kept.flows.page(other.id, page=1, limit=9)).total == 0
    assert await kept.flows.flow(account.id, made.id) == made
