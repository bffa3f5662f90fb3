"""The whole internal vocabulary: frozen, msgpack-encodable, one module a receiver."""
