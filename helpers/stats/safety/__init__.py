"""Harm: adverse events, low blood counts, toxicity by grade and in time."""
