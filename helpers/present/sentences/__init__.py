"""Sentences made from estimates; each fact is told by one function."""
