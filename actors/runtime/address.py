"""The name of an actor."""

import msgspec


class Address(msgspec.Struct, frozen=True, order=True):
    """Kind and key name one actor, wherever it runs. Keys are compared as they are: `3` is not `"3"`."""

    kind: str
    key: int | str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"
