"""ChatPion: accounts write to their subscribers over REST, one by one or all at once, and let flows talk to them.

Source: docs/dialects/chatpion.md.
"""

from http_edge.dialects.chatpion.assembly import Parts, assemble
from http_edge.dialects.chatpion.dialect import NAME, ChatPion

__all__ = ["NAME", "ChatPion", "Parts", "assemble"]
