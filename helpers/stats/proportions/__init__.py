"""Proportions of patients, and comparisons of two or more of them."""
