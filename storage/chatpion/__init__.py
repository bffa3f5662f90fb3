"""What ChatPion keeps: accounts and their keys, subscribers, messages with their status, broadcasts, flows."""
