"""What can be wrong with what a Socket.IO peer sent.

Violation              the peer broke Engine.IO or Socket.IO: its session ends, everybody else's goes on
Denied                 the peer may not have what it asked for: it is told so, its session goes on
"""


class Violation(Exception):
    """The peer broke the protocol; what it sent is not quoted."""


class Denied(Exception):
    """The namespace is not opened; the message goes to the peer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
