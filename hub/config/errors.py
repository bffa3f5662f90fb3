"""What can be wrong with a configuration.

ConfigError
"""

from __future__ import annotations


class ConfigError(Exception):
    """The operator's configuration cannot be used; the message is the one line to print.

    It names the place (file, variable, flag), the key, the value unless it is a secret, and what was expected.
    """
