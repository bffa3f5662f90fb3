"""The load harness: it sees only the wire."""
