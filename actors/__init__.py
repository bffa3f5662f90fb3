"""Supervised actors: the runtime, the vocabulary, the ports, and one package per kind."""
