"""The keeper of what a user has got in the AuroriaLink view."""
