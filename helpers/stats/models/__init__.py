"""Regression models and their checks."""
