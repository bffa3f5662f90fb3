"""Bot Manager: people sign up and manage bots over REST, bots fetch commands and report, dashboards watch it live.

Source: docs/dialects/botmanager.md.
"""

from http_edge.dialects.botmanager.assembly import Parts, assemble, assemble_live
from http_edge.dialects.botmanager.dialect import NAME, BotManager
from http_edge.dialects.botmanager.feed import LiveFeed

__all__ = ["NAME", "BotManager", "LiveFeed", "Parts", "assemble", "assemble_live"]
