"""Files of native clients, and the messages that carry them: uploaded, downloaded, linked to.

Source: docs/reference/attachments.md.
"""

from http_edge.attachments.routes import Files

__all__ = ["Files"]
