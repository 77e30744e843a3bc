"""Figures drawn from estimates; none fits anything."""

from helpers.present.figures.balance import plot_love, plot_missing
from helpers.present.figures.bars import plot_bars
from helpers.present.figures.butterfly import plot_butterfly
from helpers.present.figures.curves import follow_up_ticks, plot_curves
from helpers.present.figures.diagnostics import plot_influence, plot_residuals
from helpers.present.figures.distributions import plot_distributions
from helpers.present.figures.ensemble import plot_ensemble
from helpers.present.figures.flow import plot_flow
from helpers.present.figures.forest import plot_forest
from helpers.present.figures.funnel import plot_funnel
from helpers.present.figures.p_values import plot_p_values
from helpers.present.figures.series import plot_series
from helpers.present.figures.specification import plot_specification
from helpers.present.figures.subgroups import plot_subgroups
from helpers.present.figures.swimmer import plot_swimmer
