"""Users as they manage their own accounts, and the help for those who forgot their passwords."""
