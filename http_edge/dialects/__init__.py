"""The APIs that existing clients know, one package each; none knows of another."""
