"""Bot Manager: people sign up and manage bots over REST, bots fetch commands and report, dashboards watch it live.

Source: docs/dialects/botmanager.md.
"""

from http_edge.dialects.botmanager.assembly import Parts, assemble
from http_edge.dialects.botmanager.dialect import NAME, BotManager

__all__ = ["NAME", "BotManager", "Parts", "assemble"]
