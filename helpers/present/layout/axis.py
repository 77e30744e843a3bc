"""The value axis of row charts: log for ratios, linear otherwise, with ticks whose labels have room."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.present import format as fmt
from helpers.present.layout.colors import INK
from helpers.present.layout.table_plot import RowChart
from helpers.present.layout.text_layout import extent, set_axis_title
from helpers.present.layout.theme import SMALL, Plot
from helpers.present.values import PROBABILITIES, RATIOS, SHARES

DIFFERENCES = {"risk_difference", "rmst_difference", "smd", "coefficient", "optimism"}
WIDEST = 25.0  # a log axis reaches from 1/25 to 25 unless an estimate lies outside; interval ends become arrows
LADDERS = ((1, 2, 5), (1, 3), (1,))
FIVES, HALVES = (0.04, 0.2, 1.0, 5.0, 25.0), (0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` with labelled ticks; `reference` is the value of no effect, if there is one."""

    log: bool
    low: float
    high: float
    reference: float | None
    show: Callable[[float], str]

    def place(self, values: ArrayLike) -> np.ndarray:
        """Where values lie on the axis, 0 to 1."""
        low, high, places = (np.log(x) if self.log else np.asarray(x) for x in (self.low, self.high, values))
        return (places - low) / (high - low)

    def ticks(self, width: float) -> list[float]:
        """The densest even ticks whose labels do not touch on an axis of `width` points."""
        for ticks in self._log_ticks() if self.log else self._even_ticks():
            centres = self.place(ticks) * width
            halves = np.array([extent(self.show(tick), SMALL) / 2 for tick in ticks])
            if ticks and (np.diff(centres) > halves[1:] + halves[:-1] + 4).all():
                return ticks
        return []

    def _log_ticks(self) -> list[list[float]]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        every = [[step * 10.0**decade for decade in decades for step in ladder] for ladder in LADDERS]
        inside = [[tick for tick in ticks if self.low <= tick * (1 + 1e-9) and tick <= self.high] for ticks in every]
        fives, halves = ([tick for tick in ticks if self.low <= tick <= self.high] for ticks in (FIVES, HALVES))
        return [*inside[:2], fives, halves, inside[2]]

    def _even_ticks(self) -> list[list[float]]:
        slack = 1e-9 * (self.high - self.low)
        every = [
            MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high) for most in range(6, 0, -1)
        ]
        return [
            [float(round(tick, 10)) for tick in ticks if self.low - slack <= tick <= self.high + slack]
            for ticks in every
        ]


def scale_for(measure: str, values: Iterable[float], ends: Iterable[float] = ()) -> Scale:
    """The axis of a measure that holds all values and most interval ends: log around 1 for ratios, 0 to 100% for
    shares, else as wide as they are. Missing values are passed over.
    """
    estimates, limits = (
        [float(x) for x in part if not fmt.is_missing(x) and math.isfinite(x)] for part in (values, ends)
    )
    if measure in RATIOS:
        return _log_scale(estimates, limits)
    show = (lambda value: f"{round(100 * value, 6):g}%") if measure in SHARES else fmt.plain
    if measure in PROBABILITIES or (measure in SHARES and measure not in DIFFERENCES):
        return Scale(False, 0.0, 1.0, None, show)
    reference = 0.0 if measure in DIFFERENCES else None
    every = [*estimates, *limits, *([] if reference is None else [reference])]
    low, high = min(every, default=0.0), max(every, default=1.0)
    rim = 0.05 * (high - low) or 0.5
    return Scale(False, low - rim, high + rim, reference, show)


def _log_scale(values: list[float], ends: list[float]) -> Scale:
    """From the smallest to the largest value and 1, with a rim; far ends of intervals are left to arrows."""
    values, ends = ([number for number in numbers if number > 0] for numbers in (values, ends))
    low = min(*values, max(min([*ends, 0.5]), 1 / WIDEST), 0.5)
    high = max(*values, min(max([*ends, 2.0]), WIDEST), 2.0)
    return Scale(True, low / 1.15, high * 1.15, 1.0, fmt.plain)


def format_axis(chart: RowChart, scale: Scale, title: str = "") -> None:
    """A value axis under all rows, with the line of no effect beside them."""
    set_ticks(chart.ax, scale, chart.width)
    if scale.reference is not None:
        chart.upright(scale.reference, color=INK, linewidth=0.9, zorder=1)
    if title:
        set_axis_title(chart.ax, title)


def set_ticks(ax: Plot, scale: Scale, width: float) -> None:
    """Limits and ticks of a value axis `width` points wide."""
    if scale.log:
        ax.set_xscale("log")
    ticks = scale.ticks(width)
    ax.set_xlim(scale.low, scale.high)
    ax.foot(ticks, [scale.show(tick) for tick in ticks])
