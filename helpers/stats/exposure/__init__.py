"""Exposures that begin after time zero, kept free of immortal time."""
