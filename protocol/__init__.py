"""The wire: frames, codec, codes, connection state machine (no I/O), and the client SDK."""
