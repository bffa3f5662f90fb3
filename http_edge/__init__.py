"""The HTTP edge: REST becomes messages to actors."""
