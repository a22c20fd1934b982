"""Shows, people and stations: which one a name means, and its address."""
