"""Full-text search: it reads what `archive.index` wrote."""
