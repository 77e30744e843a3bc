"""The one look of every figure: sizes, colours, seaborn style, and the sheet on which figures are laid out.

A figure is 6 inches wide with text of 10 points or more: it prints without scaling and stays legible on a
telephone 390 pixels wide. Colours are darkened Okabe-Ito colours that differ by lightness as well, so that they
pass 4.5:1 on white as text and stay apart for colour-blind readers; line style and marker are the second cue.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from helpers.frames import about
from helpers.present import show
from helpers.present.glyphs import any_script
from helpers.study.palette import COLORS, LINESTYLES, MARKERS

WIDTH = 432.0  # points, 6 inches
TEXT = 10.5
SMALL = 10.0
EDGE = 3.0  # blank rim
LINE = 14.0  # height of a line of text

INK = "#1b1f24"
MUTED = "#4d5661"
FAINT = "#8a929c"
RULE = "#d5d9de"
STRIPE = "#f3f5f8"
BAND = 0.14
ALARM = "#B84300"
GRADES = ("#eef1f4", "#c6dbef", "#7fb2dc", "#2f7fbf", "#08457e", "#1b1f24")  # grade 0 to 5
OUTCOMES = ("#0072B2", "#7cc0e8", "#e8e2d6", "#c9b9a0", "#8a7256", "#4A2F10")  # best to worst


class Style(NamedTuple):
    """How one group is drawn; a study's Arm has the same three fields."""

    color: str
    linestyle: str
    marker: str


ARM_STYLES = tuple(  # in the order in which a study's arms take them
    Style(color, LINESTYLES[number % len(LINESTYLES)], MARKERS[number]) for number, color in enumerate(COLORS)
)
EVERYBODY = Style(INK, "-", "o")

_SETTINGS = {
    "text.parse_math": False,
    "text.hinting": "none",  # letters as wide as they were measured, at any resolution
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.8,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "lines.linewidth": 1.9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def drawing() -> Iterator[None]:
    """The settings under which figures are built; whatever was set before is put back afterwards."""
    settings = dict(sns.axes_style("ticks")) | dict(sns.plotting_context("paper")) | _SETTINGS
    with any_script(), mpl.rc_context(settings):
        yield


class NothingToDraw(ValueError):
    """What was asked for holds nothing that can be drawn; the message says why."""


def themed(plot: Callable[..., show.Figure]) -> Callable[..., show.Figure | show.Text]:
    """The same plot function, run under the settings of `drawing`.

    A table without rows is what the cohort does not record, and a line in place of the figure says so. Where there
    are rows but none can be drawn, the line gives the reason.
    """

    @wraps(plot)
    def under_theme(data: object, *args: object, **options: object) -> show.Figure | show.Text:
        series = list(data.values()) if isinstance(data, Mapping) else [data]
        if series and all(isinstance(rows, pd.DataFrame) and rows.empty for rows in series):
            return show.absent(str(options.get("caption") or about(series[0]).label))
        try:
            with drawing():
                return plot(data, *args, **options)
        except NothingToDraw as reason:
            return show.Text("absent", str(reason))

    return under_theme


def style_map(labels: Iterable[str], styles: Mapping[str, Style] | None = None) -> dict[str, Style]:
    """A style for every label, in the order given: its own where `styles` has one, else the next free one.

    "All" stands for everybody and is drawn in the colour of the text.
    """
    known = {"All": EVERYBODY, **(styles or {})}
    taken = {style.color for style in known.values()}
    free = iter([style for style in ARM_STYLES if style.color not in taken] + list(ARM_STYLES) * 20)
    return {label: known.get(label) or next(free) for label in labels}


class Sheet:
    """A figure measured in points from its upper left corner, so that text and axes can be laid out by hand."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self.figure = MplFigure(figsize=(width / 72, height / 72))

    @property
    def points(self) -> Transform:
        """From points, y downwards, to the display."""
        flip = Affine2D().scale(1 / 72, -1 / 72).translate(0, self.height / 72)
        return flip + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place given in points."""
        bottom = 1 - (top + height) / self.height
        return self.figure.add_axes((left / self.width, bottom, width / self.width, height / self.height))

    def text(self, x: float, y: float, label: str, **style: object) -> Text:
        """Text whose upper left corner (or other anchor) is at a place given in points."""
        place = {"va": "top", "ha": "left", "fontsize": TEXT, "transform": self.points}
        return self.figure.text(x, y, label, **(place | style))


def finish(canvas: MplFigure, data: pd.DataFrame, *, id: str, caption: str, alt: str, axis: str = "") -> show.Figure:
    """The figure with its caption, description and data, and where its time axis stands (see show.Figure).

    Every tick is made now, under the theme, not later under other settings. Drawn things are named by `gid` while they
    are built. On a page that would be an id, which must be unique and hold no label of a cohort, so the name moves to
    the artist's label, which is not written out.
    """
    for artist in canvas.findobj(lambda artist: artist.get_gid() is not None):
        artist.set_label(artist.get_gid())
        artist.set_gid(None)
    canvas.draw_without_rendering()
    return show.Figure(canvas, id, caption, alt, data.reset_index(drop=True), axis)
