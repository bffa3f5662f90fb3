"""What can be wrong with a flow.

ValueError
├── BadFlow      whoever wrote the flow is at fault: it is not saved
└── BadPattern   a regular expression that is none, or more than is taken; `BadFlow` by the time anybody sees it
"""


class BadFlow(ValueError):
    """The flow cannot be saved. The text is for its author; `node` is the id of the node to change, if it is one."""

    def __init__(self, fault: str, node: str | None = None) -> None:
        super().__init__(fault if node is None else f"node '{node}': {fault}")
        self.node = node


class BadPattern(ValueError):
    """The text is no regular expression, or one that is not taken here."""
