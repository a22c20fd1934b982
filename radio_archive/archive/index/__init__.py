"""What saving a clip writes for the search."""
