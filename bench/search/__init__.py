"""How quick and how forgiving the text search is, in large libraries of made-up names."""
