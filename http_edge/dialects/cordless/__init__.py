"""Cordless: a bot posts to rooms that it is in, with its key in the path.

Source: docs/dialects/cordless.md.
"""

from http_edge.dialects.cordless.routes import Cordless

__all__ = ["Cordless"]
