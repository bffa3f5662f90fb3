"""One client's session: its door, what it listens to, what it asks for."""
