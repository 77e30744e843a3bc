"""Estimates: rates, survival, competing risks, exposures and regression; pure functions, no plotting, no files."""
