"""Composition: command line, configuration, logging, the nursery tree, the listeners."""
