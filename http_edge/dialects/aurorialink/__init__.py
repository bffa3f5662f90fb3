"""AuroriaLink: one endpoint at which a bot speaks to every conversation that it is assigned to.

Source: docs/dialects/aurorialink.md.
"""

from http_edge.dialects.aurorialink.routes import AuroriaLink

__all__ = ["AuroriaLink"]
