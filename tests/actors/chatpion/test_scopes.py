"""What keys may do."""

import pytest

from actors.chatpion.scopes import SCOPES, UnknownScope, allow, checked


def test_these_are_the_scopes() -> None:
    assert set(SCOPES) == {"*", "account:read", "analytics:read"} | {
        f"{noun}:{access}"
        for noun in ("social_accounts", "subscribers", "messages", "broadcasts", "flows", "webhooks")
        for access in ("read", "write")
    }


def test_each_stands_once_in_the_order_given() -> None:
    assert checked(["flows:read", "*", "flows:read"]) == ("flows:read", "*")


@pytest.mark.parametrize("scope", ["", "account:write", "analytics:write", "messages", "Messages:read", "**"])
def test_what_is_none_is_refused_with_its_place(scope: str) -> None:
    with pytest.raises(UnknownScope) as refused:
        checked(["*", scope])
    assert (refused.value.scope, refused.value.place) == (scope, 1)


def test_who_may_write_may_not_therefore_read() -> None:
    assert allow(["messages:write"], "messages", "write")
    assert not allow(["messages:write"], "messages", "read")
    assert not allow(["messages:read"], "flows", "read")
    assert allow(["*"], "analytics", "read")
    assert not allow([], "account", "read")
