"""Companies that take orders, their customers, and what they are shown of them."""
