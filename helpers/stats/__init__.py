"""Estimates: rates, survival, competing risks, exposures, regression; pure functions, no plots, no files."""
