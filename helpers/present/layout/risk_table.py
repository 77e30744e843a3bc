"""The number-at-risk table under a panel of curves, aligned with its time axis."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from helpers.present.layout.colors import Style
from helpers.present.layout.text_layout import SWATCH, extent, line_sample, literal, shorten
from helpers.present.layout.theme import EDGE, LINE, SMALL, Sheet, inner_width, sheet_width


class Frame(NamedTuple):
    """Where the axes begin and how wide they are; `beside`: names stand left of the numbers at risk."""

    left: float
    inner: float
    beside: bool


def frame_of(styles: dict[str, Style]) -> Frame:
    """Short names stand beside their numbers at risk and widen the margin; long ones get a line of their own."""
    names = max(extent(literal(group), SMALL) for group in styles) if len(styles) > 1 else 0.0
    beside = 0 < names <= 80
    left = max(46.0, names + SWATCH + 24) if beside else 46.0
    return Frame(left, sheet_width() - left - 16.0, beside)


def time_column(curve: pd.DataFrame) -> str:
    """The column of a curve, or of numbers at risk, that holds the time: time_days or time_months."""
    return "time_days" if "time_days" in curve else "time_months"


def risk_height(styles: dict, risk: pd.DataFrame | None) -> float:
    """Height of the number-at-risk table."""
    return EDGE if risk is None else LINE * 1.3 + len(styles) * _row_height(styles) + EDGE


def _row_height(styles: dict) -> float:
    """A line of numbers, and a line for the name of the group where it does not stand beside them."""
    return LINE * 1.15 if len(styles) == 1 or frame_of(styles).beside else LINE * 2.15


def draw_risk(sheet: Sheet, ax: Axes, risk: pd.DataFrame, styles: dict[str, Style]) -> None:
    """Numbers at risk centred under the ticks, each group beside or under its name."""
    y = sheet.height - risk_height(styles, risk)
    sheet.text(EDGE, y, "Number at risk", weight="bold", fontsize=SMALL)
    across = blended_transform_factory(ax.transData, sheet.points)
    y += LINE * 1.2
    for group, style in styles.items():
        if len(styles) > 1:
            line_sample(sheet, (EDGE, y), style)
            name = shorten(literal(group), inner_width() - SWATCH, size=SMALL)
            sheet.text(EDGE + SWATCH, y, name, fontsize=SMALL, color=style.color)
        y += _row_height(styles)
        for time, count in risk.loc[risk["group"] == group, [time_column(risk), "at_risk"]].itertuples(index=False):
            text = "\N{EN DASH}" if pd.isna(count) else literal(count) if isinstance(count, str) else f"{count:,.0f}"
            sheet.text(time, y - LINE * 1.15, text, ha="center", fontsize=SMALL, transform=across)
