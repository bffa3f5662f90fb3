"""`hubbub-load peers`: the same work, given to a hub and to what people would otherwise write or run."""
