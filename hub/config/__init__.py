"""Configuration: one typed, frozen object, checked as a whole before anything starts."""

from hub.config.errors import ConfigError
from hub.config.kinds import Address, Network
from hub.config.load import load
from hub.config.model import Config, settings

__all__ = ["Address", "Config", "ConfigError", "Network", "load", "settings"]
