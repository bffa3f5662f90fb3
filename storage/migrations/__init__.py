"""The schema's history: a file in `versions` for each Alembic revision, run by `upgrade` when `storage.schema` asks."""
