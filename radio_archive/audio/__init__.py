"""Audio files: what they are, their sound, cuts of them, how loud they are, and a picture of them."""
