"""The durable log and everything beside it, on SQLAlchemy."""
