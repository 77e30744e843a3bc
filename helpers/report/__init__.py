"""Running notebooks, pages, index, Word and the collection."""
