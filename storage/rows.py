"""The type of a row. SQLAlchemy types rows by place, and here they are read by name, which no type checker follows."""

from typing import Any, TypeAlias

DbRow: TypeAlias = Any
