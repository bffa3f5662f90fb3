"""Bots as their owners manage them."""
