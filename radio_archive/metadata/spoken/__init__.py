"""What is said on air about who speaks and what one is listening to."""
