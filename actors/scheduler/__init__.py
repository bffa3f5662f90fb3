"""The scheduler: tells others that their time has come."""
