"""Who may come in, on how many devices, and until when."""
