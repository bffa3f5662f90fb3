"""Who is online, told to those who share a small conversation."""
