"""Text, axes, risk tables and rows laid out by hand, so that nothing overlaps."""
