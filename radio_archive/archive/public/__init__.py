"""What outsiders may see of an archive."""
