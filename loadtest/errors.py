"""Why a measurement could not be made.

BenchError
├── HubFailed      the hub did not start, or ended by itself
└── SignInFailed   a session did not get as far as `synced`
"""

from __future__ import annotations


class BenchError(Exception):
    """No figures: the message is the line to print."""


class HubFailed(BenchError):
    """The hub process did not start in time, or ended by itself."""


class SignInFailed(BenchError):
    """Sessions were refused, or did not become ready in time."""
