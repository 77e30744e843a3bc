"""Published figures against estimates."""
