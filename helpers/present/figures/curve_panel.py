"""The panel of a figure of curves: lines, bands or bars, names, the box of medians and tests, axes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from helpers.present.figures.curve_lines import MOST_POINTS, by_group, line_points, thinned, value_column
from helpers.present.figures.curve_texts import UNITS
from helpers.present.format import number
from helpers.present.layout.colors import FAINT, MUTED, RULE, Style
from helpers.present.layout.placing import Box, clear_spot, label_box, place_labels
from helpers.present.layout.risk_table import LEFT, RIGHT, RiskTable, time_column
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, set_axis_title, write_heading
from helpers.present.layout.theme import EDGE, LINE, SMALL, TEXT, Plot, Sheet, inner_width, is_narrow, sheet_width

TALL, LOW = 205.0, 165.0  # heights of the axes, wide and narrow
BOX = 0.66  # of the panel that the box of medians and tests may take
BAND = 0.13  # opacity of a 95% band
BANDS, LARGE = 2, 30  # so many bands stay apart; one more where each line has so many patients
APART = 5.0  # between the interval bars of lines at the horizon


class Bar(NamedTuple):
    """The 95% interval of a line at the horizon, `shift` points beside it."""

    style: Style
    shift: float
    low: float
    high: float


@dataclass
class Panel:
    """The sheet of curves and its axes (`ax`), up to the time `end`, with the horizon marked.

    `explained` says in words what the drawn intervals are, once they are laid out.
    """

    styles: Mapping[str, Style]
    table: RiskTable | None
    end: float
    horizon: float | None
    explained: str = field(init=False, default="")
    sheet: Sheet = field(init=False)
    ax: Plot = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.table.left if self.table else LEFT
        self.inner = sheet_width() - self.left - (self.table.right if self.table else RIGHT)
        self.tall = LOW if is_narrow() else TALL
        self.points = self.inner / self.end  # of a unit of time
        self.numbers = self.table.names if self.table and self.table.numbered else {}  # of groups with long names
        self.names = {name: self.numbers.get(name, literal(name)) for name in self.styles}
        self.box_width = inner_width() if is_narrow() else BOX * self.inner

    def lay_out(self, label: str, drawn: pd.DataFrame, box: list[tuple[str, str]]) -> None:
        """Make the sheet, with names and box inside the panel where they touch nothing, else over it."""
        self.lines = by_group(drawn)
        self.banded, self.bars = self._choose_intervals()
        corners = {literal(name): self._corners(rows) for name, rows in self.lines.items()}
        walls = self._walls()
        names = None if self.numbers else self._place_names(corners, walls)
        walls += [label_box(name, place) for name, place in (names or {}).items()]
        size = (max((extent(text, SMALL) for text, _ in box), default=0.0), LINE * len(box))
        spot = clear_spot(size, (self.inner, self.tall), corners, walls) if box else None
        self._make_sheet(label, names is None, [] if spot else box)
        colors = {literal(name): style.color for name, style in self.styles.items()}
        for name, (x, y) in (names or {}).items():
            self._write((x, y), name, color=colors[name], fontsize=TEXT, weight="bold")
        left, bottom = spot or (0.0, 0.0)
        for place, (text, color) in enumerate(reversed(box) if spot else []):
            self._write((left, bottom + LINE * place), text, color=color, fontsize=SMALL)

    def draw(self, ticks: list[float], time_label: str) -> list[float]:
        """Lines with their intervals, the horizon, axes and the table under them; returns the ticks that have room."""
        ticks = self._format_axis(ticks, time_label)
        for name, rows in self.lines.items():
            self._draw_line(line_points(rows, [*ticks, self.horizon or 0.0]), self.styles[name])
        if self.horizon:
            self._draw_horizon()
        if self.table:
            self.table.draw(self.sheet, self.ax, ticks)
        return ticks

    def _choose_intervals(self) -> tuple[bool, list[Bar]]:
        """Bands where they stay apart, else bars at the horizon, one beside the other."""
        sizes = [rows["at_risk"].max() for rows in self.lines.values()]
        if not any(rows["ci_low"].notna().any() for rows in self.lines.values()):
            return False, []
        if len(sizes) <= BANDS or (len(sizes) == BANDS + 1 and min(sizes) >= LARGE):
            self.explained = "Bands: 95% intervals."
            return True, []
        limits = {name: limit for name, rows in self.lines.items() if (limit := self._limits(rows))}
        middle = (len(limits) - 1) / 2
        bars = [Bar(self.styles[g], (k - middle) * APART, *limit) for k, (g, limit) in enumerate(limits.items())]
        if bars:
            self.explained = f"Bars at {self._at_horizon()}: 95% intervals."
        return False, bars

    def _limits(self, rows: pd.DataFrame) -> tuple[float, float] | None:
        """The interval of a line at the horizon; None where it does not reach so far or has none."""
        time = rows[time_column(rows)]
        if not self.horizon or time.iloc[-1] < self.horizon - 1e-9:
            return None
        low, high = rows.loc[time <= self.horizon + 1e-9, ["ci_low", "ci_high"]].iloc[-1]
        return None if pd.isna(low) else (low, high)

    def _at_horizon(self) -> str:
        """ "24 months"."""
        unit = UNITS[time_column(next(iter(self.lines.values())))]
        return f"{number(self.horizon or 0.0, 1).removesuffix('.0')} {unit}"

    def _corners(self, rows: pd.DataFrame) -> np.ndarray:
        """The corners of a step line in points inside the panel."""
        x, y = rows[time_column(rows)].to_numpy() * self.points, rows[value_column(rows)].to_numpy() * self.tall
        return np.column_stack([np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]])

    def _walls(self) -> list[Box]:
        """What text inside the panel must keep clear of besides the lines: the horizon and its bars."""
        if not self.horizon:
            return []
        at = self.horizon * self.points
        bars = [(at + b.shift - 2, b.low * self.tall, at + b.shift + 2, b.high * self.tall) for b in self.bars]
        return [(at - 2, 0.0, at + 2, self.tall), *bars]

    def _place_names(self, corners: dict[str, np.ndarray], walls: list[Box]) -> dict[str, tuple[float, float]] | None:
        """Places of names beside their lines, or None when a key is needed; a lone line is named by the heading."""
        if len(self.styles) == 1:
            return {}
        if max(extent(name, bold=True) for name in corners) > 0.5 * self.inner or len(corners) < len(self.styles):
            return None
        return place_labels(corners, (self.inner, self.tall), walls)

    def _make_sheet(self, label: str, keyed: bool, over: list[tuple[str, str]]) -> None:
        """The sheet with its heading, a key and a box that found no place inside, and axes over the risk table."""
        shown = self.table.styles if self.table and self.numbers else self.styles
        labels = [f"{self.numbers[name]}. {literal(name)}" if self.numbers else literal(name) for name in shown]
        rows = key_rows(labels, inner_width()) if keyed else []
        head = EDGE + LINE + 4
        top = head + LINE * (len(rows) + len(over)) + (LINE if self.horizon else 6.0)
        below = self.table.height if self.table else EDGE
        self.sheet = Sheet(top + self.tall + 40 + below)
        write_heading(self.sheet, EDGE, label)
        draw_key(self.sheet, (EDGE, head), rows, list(shown.values()))
        for number_, (text, color) in enumerate(over):
            y = head + 2 + LINE * (len(rows) + number_)
            self.sheet.text(EDGE, y, text, color=color, fontsize=SMALL)
        self.ax = self.sheet.axes(self.left, top, self.inner, self.tall)

    def _write(self, place: tuple[float, float], text: str, **look: Any) -> None:
        """Text inside the panel, its lower left corner at a place in points."""
        x, y = place[0] / self.inner, place[1] / self.tall
        self.ax.text(x, y, literal(text), transform=self.ax.transAxes, va="bottom", **look)

    def _format_axis(self, ticks: list[float], time_label: str) -> list[float]:
        """Axes from 0 to 100% and from 0 to `end`; returns the ticks whose labels and numbers at risk have room."""
        ticks = self.table.roomy(ticks, self.points) if self.table else ticks
        levels = [0.0, 0.25, 0.5, 0.75, 1.0]
        self.ax.set(xlim=(0, self.end), ylim=(0, 1))
        self.ax.foot(ticks, [f"{tick:g}" for tick in ticks], out=4)
        self.ax.side(levels, [f"{level:.0%}" for level in levels], out=4)
        across, along = np.tile([0, self.end, np.nan], len(levels)), np.repeat(levels, 3)
        self.ax.plot(across, along, color=RULE, linewidth=0.6, zorder=0.5)
        set_axis_title(self.ax, time_label)
        return ticks

    def _draw_line(self, rows: pd.DataFrame, style: Style) -> None:
        """A step line, its 95% band and a tick for every time with a censored patient."""
        time, value = rows[time_column(rows)].to_numpy(), rows[value_column(rows)]
        if self.banded:
            low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
            self.ax.fill_between(time, low, high, step="post", color=style.color, alpha=BAND, linewidth=0)
        self.ax.step(time, value, where="post", color=style.color, linestyle=style.linestyle, clip_on=False, zorder=3)
        if "censored" in rows:
            self._draw_censored(rows[rows["censored"] > 0], style.color)

    def _draw_censored(self, rows: pd.DataFrame, color: str) -> None:
        """A short upright mark at every time with a censored patient, all marks of a group as one path."""
        rows = thinned(rows, MOST_POINTS // 2)
        value, reach = rows[value_column(rows)], 3.5 / self.tall
        x = np.repeat(rows[time_column(rows)].to_numpy(), 3)
        y = np.column_stack([value - reach, value + reach, np.full(len(rows), np.nan)]).ravel()
        self.ax.plot(x, y, color=color, linewidth=1.2, solid_capstyle="butt", clip_on=False, zorder=4, gid="censored")

    def _draw_horizon(self) -> None:
        """A dotted line with its time over it, and the bars of the lines that have no bands."""
        horizon = self.horizon or 0.0
        self.ax.axvline(horizon, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
        name = self._at_horizon()
        half = extent(name, SMALL) / 2
        at = min(max(horizon * self.points, half - self.left + EDGE), sheet_width() - EDGE - self.left - half)
        self._write((at - half, self.tall + 2), name, color=MUTED, fontsize=SMALL)
        for bar in self.bars:
            x = horizon + bar.shift / self.points
            self.ax.plot([x, x], [bar.low, bar.high], color=bar.style.color, linewidth=1.4, zorder=3, gid="bar")
