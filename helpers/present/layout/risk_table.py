"""The number-at-risk table under a panel of curves, aligned with its time axis."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from helpers.present.layout.colors import Style
from helpers.present.layout.text_layout import SWATCH, extent, line_sample, literal, shorten
from helpers.present.layout.theme import EDGE, LINE, SMALL, Sheet, inner_width, is_narrow, sheet_width

ROW = LINE * 1.15
LEFT, RIGHT = 40.0, 14.0  # of the panel when nothing stands beside it
WIDEST_NAME = 0.3  # of the figure, for names left of their rows; longer ones are numbered, with a key
TITLE = "Number at risk"
TOTALS = "Events / censored"


def time_column(curve: pd.DataFrame) -> str:
    """The column of a curve, or of numbers at risk, that holds the time: time_days or time_months."""
    return "time_days" if "time_days" in curve else "time_months"


@dataclass(frozen=True)
class RiskTable:
    """The numbers at risk (rows group, time, at_risk) of the groups of `styles`, one row each.

    `totals` are the texts at the ends of the rows, by group. Names stand left of their rows; where one is too long,
    rows have numbers that a key explains; in a narrow figure names stand over their rows. A lone group has no name.
    """

    rows: pd.DataFrame
    styles: Mapping[str, Style]
    totals: Mapping[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Names stand over their rows."""
        return is_narrow() and len(self.styles) > 1

    @property
    def numbered(self) -> bool:
        """Rows have numbers in place of names."""
        longest = max(extent(literal(group), SMALL) for group in self.styles)
        return not is_narrow() and len(self.styles) > 1 and longest > WIDEST_NAME * sheet_width()

    @property
    def names(self) -> dict[str, str]:
        """What stands beside or over the row of each group."""
        if len(self.styles) == 1:
            return dict.fromkeys(self.styles, "")
        if self.numbered:
            return {group: f"{number}" for number, group in enumerate(self.styles, 1)}
        return {group: literal(group) for group in self.styles}

    @property
    def left(self) -> float:
        """Where the panel begins."""
        if self.over or len(self.styles) == 1:
            return LEFT
        first = max((extent(_text(count), SMALL) for count in self._first_counts()), default=0.0) / 2
        return max(LEFT, EDGE + SWATCH + max(extent(name, SMALL) for name in self.names.values()) + first + 6)

    @property
    def right(self) -> float:
        """Room at the right of the panel."""
        if not self.totals or self.over:
            return RIGHT
        return max(extent(text, SMALL, bold=True) for text in [*TOTALS.split(" "), *self.totals.values()]) + 20

    @property
    def height(self) -> float:
        """Of the whole table."""
        per_group = ROW + (LINE if self.over else 0.0)
        return LINE * (2.3 if self.totals and not is_narrow() else 1.3) + len(self.styles) * per_group + EDGE

    def roomy(self, ticks: list[float], points: float) -> list[float]:
        """The ticks, every second or fourth of them where their numbers would touch; `points` is a unit of time."""
        counts = self.rows["at_risk"] if len(self.rows) else []
        widest = max(extent(text, SMALL) for text in [*map(_text, counts), *(f"{tick:g}" for tick in ticks), ""])
        while len(ticks) > 1 and np.diff(ticks).min() * points < widest + 5:
            ticks = ticks[::2]
        return ticks

    def draw(self, sheet: Sheet, ax: Axes, ticks: list[float]) -> None:
        """Numbers centred under the ticks, each group beside or under its name, what it had in all at the end."""
        y = sheet.height - self.height
        sheet.text(EDGE, y, TITLE, weight="bold", fontsize=SMALL)
        if self.totals:
            text = TOTALS if is_narrow() else TOTALS.replace(" / ", " /\n")
            sheet.text(sheet_width() - EDGE, y, text, weight="bold", fontsize=SMALL, ha="right", linespacing=1.1)
            y += LINE * text.count("\n")
        y += LINE * 1.2
        time = time_column(self.rows)
        rows = self.rows[self.rows[time].isin(ticks)]
        for group, name in self.names.items():
            y = self._draw_row(sheet, ax, y, name, rows.loc[rows["group"] == group, [time, "at_risk"]], group)

    def _draw_row(self, sheet: Sheet, ax: Axes, y: float, name: str, counts: pd.DataFrame, group: str) -> float:
        """One group; returns where the next begins."""
        total = self.totals.get(group, "")
        if name:
            line_sample(sheet, (EDGE, y), self.styles[group])
            name = shorten(name, inner_width() - SWATCH - (extent(total, SMALL) + 8 if self.over else 0.0), size=SMALL)
            sheet.text(EDGE + SWATCH, y, name, fontsize=SMALL, color=self.styles[group].color)
        sheet.text(sheet_width() - EDGE, y, total, ha="right", fontsize=SMALL)
        y += LINE if self.over else 0.0
        across = blended_transform_factory(ax.transData, sheet.points)
        for time, count in counts.itertuples(index=False):
            sheet.text(time, y, _text(count), ha="center", fontsize=SMALL, transform=across)
        return y + ROW

    def _first_counts(self) -> pd.Series:
        """The numbers in the first column, which reach left of the panel."""
        time = time_column(self.rows)
        return self.rows.loc[self.rows[time] == self.rows[time].min(), "at_risk"]


def _text(count: object) -> str:
    """A number at risk; a text such as "<10" as it is, a dash where it is not known."""
    if pd.isna(count):
        return "\N{EN DASH}"
    return literal(count) if isinstance(count, str) else f"{count:,.0f}"
