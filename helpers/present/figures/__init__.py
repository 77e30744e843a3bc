"""Figures drawn from estimates; none fits anything."""

from helpers.present.figures.bars import plot_bars
from helpers.present.figures.butterfly import plot_butterfly
from helpers.present.figures.series import plot_series

__all__ = ["plot_bars", "plot_butterfly", "plot_series"]
