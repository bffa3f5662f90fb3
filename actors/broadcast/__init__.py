"""Broadcasts: one message to many, each of them once."""
