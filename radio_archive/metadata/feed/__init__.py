"""Read podcast feeds, and make claims from their items."""
