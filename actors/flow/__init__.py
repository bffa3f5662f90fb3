"""Flows: conversations that a bot leads, node by node, with one subscriber.

`reading` makes a `model.Flow` of JSON, `validate` refuses what must not be saved, `machine` runs it. All that is
decided is decided there, without trio, clock or storage.
"""
