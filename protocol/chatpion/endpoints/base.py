"""What the endpoints stand on: how a request becomes an answer, which is for a shell to say.

Sync and async differ in what a method returns, an object or something to wait for, and in nothing else. So each
endpoint is written once, generic in what it returns; two classes of thirty methods each would drift apart.
"""

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeAlias, TypeVar

from protocol.chatpion.requests import Request

Object: TypeAlias = dict[str, Any]
"""What a success's `data` shows, to the letter: keys of newer hubs are there, too."""

ObjectT = TypeVar("ObjectT")
"""`Object`, or an awaitable of it."""
ListT = TypeVar("ListT")
"""`list[Object]`, or an awaitable of it."""
ItemsT = TypeVar("ItemsT")
"""An iterator of `Object`, or an async one."""


class Calls(ABC, Generic[ObjectT, ListT, ItemsT]):
    """The three kinds of calls. Every endpoint raises ChatPionError; see `protocol.chatpion.errors`."""

    @abstractmethod
    def _object(self, request: Request) -> ObjectT:
        """Make a call whose `data` is an object."""

    @abstractmethod
    def _list(self, request: Request) -> ListT:
        """Make a call whose `data` is a list."""

    @abstractmethod
    def _items(self, request: Request, key: str) -> ItemsT:
        """Make a call for each page, as its items under `key` are asked for."""
