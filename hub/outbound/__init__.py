"""Calls of servers that are not ours, whose addresses anybody may have given: implements `actors.ports.Outbound`.

guard       which addresses are called; pure
unpacking   compressed bodies, piece by piece and within a cap; pure
backend     names are resolved once, every address is checked, and the checked one is connected to
request     what is said to an address; pure, and loaded with the first call
client      one request, one connection, one deadline
"""

from hub.outbound.client import Client, Limits
from hub.outbound.guard import Guard

__all__ = ["Client", "Guard", "Limits"]
