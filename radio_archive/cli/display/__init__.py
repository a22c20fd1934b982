"""How commands show their progress and results."""
