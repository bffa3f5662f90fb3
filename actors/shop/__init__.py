"""Companies' customers: one actor a customer, which answers what was said and says it in the room."""
