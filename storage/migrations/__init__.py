"""The schema's history: one Alembic revision a file in `versions`, run by `storage.schema` at every start."""
