"""Why a measurement could not be made.

BenchError
├── HubFailed        the hub did not start, or ended by itself
├── SignInFailed     a session did not get as far as `synced`
├── WorkerLost       a process of the generator failed, ended or fell silent
└── UsageError       what was asked for makes no sense
    ├── ScenarioError    a scenario file that is not one
    └── ResultFileError  a result file that is not one
"""

from __future__ import annotations


class BenchError(Exception):
    """No figures: the message is the line to print."""


class HubFailed(BenchError):
    """The hub process did not start in time, or ended by itself."""


class SignInFailed(BenchError):
    """Sessions were refused, or did not become ready in time."""


class WorkerLost(BenchError):
    """A process of the generator failed, ended before its time, or said nothing for too long."""


class UsageError(BenchError):
    """The command line, or a file that it names, asks for what does not exist."""


class ScenarioError(UsageError):
    """A scenario cannot be read; the message names the file and the key."""


class ResultFileError(UsageError):
    """A result file cannot be read, or not be written."""
