"""What the actors of ChatPion's accounts have in common: values, and ports to what is stored."""
