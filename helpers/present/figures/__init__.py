"""Figures drawn from estimates; none fits anything."""

from helpers.present.figures.curves import follow_up_ticks, plot_curves
from helpers.present.figures.ensemble import plot_ensemble
from helpers.present.figures.forest import plot_exposures, plot_forest
from helpers.present.figures.p_values import plot_p_values
from helpers.present.figures.specification import plot_each_specification, plot_specification

__all__ = [
    "follow_up_ticks",
    "plot_curves",
    "plot_each_specification",
    "plot_ensemble",
    "plot_exposures",
    "plot_forest",
    "plot_p_values",
    "plot_specification",
]
