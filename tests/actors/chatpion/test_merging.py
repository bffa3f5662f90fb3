"""A subscriber who is there, and what is given of it."""

from msgspec.structs import replace

from actors.chatpion.merging import changed, merged
from actors.chatpion.ports import NewSubscriber, SubscriberChanges
from actors.chatpion.values import Subscriber

ADA = Subscriber(
    id=1,
    account=1,
    platform="hub",
    platform_id="p",
    name="Ada",
    email="ada@mail.example",
    tags=("b", "a"),
    fields={"k": 1},
    conv=2,
    user=3,
    subscribed_at=4,
)


def given(**values: object) -> NewSubscriber:
    return NewSubscriber(platform="hub", platform_id="p", **values)  # type: ignore[arg-type]


def test_what_is_absent_stays_and_tags_are_appended_in_order() -> None:
    assert merged(ADA, given()) == ADA
    assert merged(ADA, given(tags=("a", "c", "c", "b"))) == replace(ADA, tags=("b", "a", "c"))
    assert merged(ADA, given(name="Eve")) == replace(ADA, name="Eve")
    assert merged(ADA, given(email="x@y.example")) == replace(ADA, email="x@y.example")


def test_a_change_replaces_what_it_gives() -> None:
    assert changed(ADA, SubscriberChanges()) == ADA
    assert changed(ADA, SubscriberChanges(tags=("c", "c"))) == replace(ADA, tags=("c",))
    assert changed(ADA, SubscriberChanges(name=None, fields={})) == replace(ADA, name=None, fields={})
