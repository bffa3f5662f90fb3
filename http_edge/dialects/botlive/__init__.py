"""Botlive: shops take orders over chat, through one REST endpoint that front ends and n8n call.

Source: docs/dialects/botlive.md.
"""

from http_edge.dialects.botlive.assembly import Parts, assemble
from http_edge.dialects.botlive.dialect import NAME, Botlive

__all__ = ["NAME", "Botlive", "Parts", "assemble"]
