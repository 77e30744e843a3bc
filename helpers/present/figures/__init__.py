"""Figures drawn from estimates; none fits anything."""

from helpers.present.figures.curves import follow_up_ticks, plot_curves
from helpers.present.figures.forest import plot_exposures, plot_forest

__all__ = ["follow_up_ticks", "plot_curves", "plot_exposures", "plot_forest"]
