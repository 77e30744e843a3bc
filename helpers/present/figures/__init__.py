"""Figures drawn from estimates; none fits anything."""
