"""The one look of every figure: sizes, seaborn style, and the sheet on which figures are laid out.

Every figure is drawn twice, in the widths of journals: 180 mm for pages and paper, 85 mm for telephones and one column.
Letters have 8.4 points or more: 11 pixels where a page shows the wide figure on 680 pixels, 12 where it shows the
narrow one on 358.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import replace
from functools import cache, cached_property, lru_cache, wraps
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure as MplFigure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform, blended_transform_factory
from numpy.typing import ArrayLike

from helpers import marks
from helpers.frames import about
from helpers.present import show
from helpers.present.canvas import any_script
from helpers.present.layout.colors import FAINT, INK
from helpers.present.layout.kept import one_figure
from helpers.present.renderers import SETTINGS, settings

WIDE = 180 / 25.4 * 72  # points: two columns of a journal, 180 mm
NARROW = 85 / 25.4 * 72  # one column, 85 mm
TEXT = 9.0
SMALL = 8.4
EDGE = 3.0  # blank rim
LINE = 12.5  # height of a line of text
TICK, PAD, DIGITS = 4.0, 3.5, 8.4  # length of a tick; from it to its label; height of that

_SETTINGS = {
    "text.parse_math": False,
    **SETTINGS,
    "lines.linewidth": 1.9,
    **dict.fromkeys(("font.size", "axes.labelsize"), TEXT),
    **dict.fromkeys(("text.color", "axes.labelcolor"), INK),
    **dict.fromkeys(("figure.facecolor", "savefig.facecolor"), "white"),
}


_width = ContextVar("width", default=WIDE)


def sheet_width() -> float:
    """Width in points of the figure that is being drawn."""
    return _width.get()


def inner_width() -> float:
    """The same without the blank rim."""
    return sheet_width() - 2 * EDGE


def is_narrow() -> bool:
    """True while the narrow variant is drawn, in which labels stand over what they name."""
    return sheet_width() < (NARROW + WIDE) / 2


@contextmanager
def drawing() -> Iterator[None]:
    """The settings under which figures are built; whatever was set before is put back afterwards."""
    with any_script(), settings(_look()):
        yield


@cache
def _look() -> mpl.RcParams:
    """seaborn's style with ours over it, checked once."""
    return mpl.RcParams(dict(sns.axes_style("ticks")) | dict(sns.plotting_context("paper")) | _SETTINGS)


class NothingToDraw(ValueError):
    """What was asked for holds nothing that can be drawn; the message says why."""


def themed(plot: Callable[..., show.Figure]) -> Callable[..., show.Figure | show.Text]:
    """The same plot function, run under the settings of `drawing`: once wide, once narrow (`Figure.narrow`).

    For a table without rows, which the cohort does not record, a line in place of the figure says so; where there are
    rows but none can be drawn, the line gives the reason.
    """

    @wraps(plot)
    def under_theme(data: object, *args: object, **options: object) -> show.Figure | show.Text:
        series = list(data.values()) if isinstance(data, Mapping) else [data]
        if series and all(isinstance(rows, pd.DataFrame) and rows.empty for rows in series):
            subject = about(series[0])
            why = show.SWITCHED_OFF if subject.off else show.NOT_RECORDED
            return show.absent(str(options.get("caption") or subject.label), why)
        try:
            with drawing(), one_figure():
                wide = plot(data, *args, **options)
                return replace(wide, narrow=_narrow(plot, data, *args, **options))
        except NothingToDraw as reason:
            return show.Text("absent", str(reason))

    return under_theme


def _narrow(plot: Callable[..., show.Figure], *args: object, **options: object) -> show.Figure:
    """The figure drawn 85 mm wide."""
    width = _width.set(NARROW)
    try:
        return plot(*args, **options)
    finally:
        _width.reset(width)


class Sheet:
    """A figure measured in points from its upper left corner, so that text and axes can be laid out by hand."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.figure = MplFigure(figsize=(sheet_width() / 72, height / 72))

    @cached_property
    def points(self) -> Transform:
        """From points, y downwards, to the display."""
        flip = Affine2D().scale(1 / 72, -1 / 72).translate(0, self.height / 72)
        return flip + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Plot:
        """Axes at a place given in points."""
        plot = Plot(self, Box(left, top, left + width, top + height))
        self.figure.add_axes(plot)
        return plot

    def text(self, x: float, y: float, label: str, transform: Transform | None = None, **style: Any) -> Text:
        """Text whose upper left corner (or other anchor) is at a place given in points."""
        text = copy(_like(**style))
        text.set_fontproperties(text.get_fontproperties().copy())
        text.set(x=x, y=y, text=marks.plain(label), transform=transform or self.points, figure=self.figure)
        self.figure.texts.append(text)
        return text


@lru_cache(maxsize=1000)
def _like(**style: Any) -> Text:
    """A text to copy, which is far cheaper than to make one."""
    look: dict[str, Any] = {"va": "top", "ha": "left", "fontsize": TEXT} | style
    with drawing():
        return Text(**look)


def add_notes(caption: str, *notes: str) -> str:
    """The caption as a sentence, then the notes that are not empty."""
    return " ".join([caption.rstrip(". ") + ".", *(note for note in notes if note)])


class Box(NamedTuple):
    """A place on a sheet, in points from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


class _X(XAxis):
    """An axis without matplotlib's ticks, which are slow to make."""

    majorTicks = minorTicks = []  # noqa: RUF012

    def get_major_ticks(self, numticks: int | None = None) -> list:
        """None."""
        return []

    get_minor_ticks = get_major_ticks

    def clear(self) -> None:
        """Begin with an even scale, which is all that a new axis needs."""
        self._init()  # type: ignore[attr-defined]
        self._set_scale("linear")  # type: ignore[attr-defined]


class _Y(YAxis):
    """The same upright."""

    majorTicks = minorTicks = []  # noqa: RUF012
    get_major_ticks = get_minor_ticks = _X.get_major_ticks
    clear = _X.clear


class Plot(Axes):
    """matplotlib's axes with lines and numbers of our own at the foot and the side, once the limits are set.

    `under` is where the numbers at the foot end, in points from the top of the sheet.
    """

    def __init__(self, sheet: Sheet, box: Box) -> None:
        width, height = sheet_width(), sheet.height
        place = (
            box.left / width,
            1 - box.bottom / height,
            (box.right - box.left) / width,
            (box.bottom - box.top) / height,
        )
        super().__init__(sheet.figure, place)
        self.sheet, self.box, self.under = sheet, box, box.bottom
        self.set_axis_off()

    def _gen_axes_spines(self) -> dict:
        """None: `foot` and `side` draw the lines that are needed."""
        return {}

    def _init_axis(self) -> None:
        self.xaxis, self.yaxis = _X(self, clear=False), _Y(self, clear=False)

    def foot(self, ticks: Sequence[float], labels: Sequence[str] = (), *, out: float = 0.0) -> None:
        """The horizontal axis, `out` points under the plot, with the labels of its ticks."""
        y, across = self.box.bottom + out, blended_transform_factory(self.transData, self.sheet.points)
        x = [*self.get_xlim(), np.nan, *(place for tick in ticks for place in (tick, tick, np.nan))]
        self._rule(x, [y, y, np.nan, *[y, y + TICK, np.nan] * len(ticks)], across)
        for tick, label in zip(ticks, labels, strict=False):
            self.sheet.text(tick, y + TICK + PAD, label, ha="center", fontsize=SMALL, transform=across, gid="tick")
        self.under = y + TICK + (PAD + DIGITS if len(labels) else 0.0)

    def side(self, ticks: Sequence[float], labels: Sequence[str], *, out: float = 0.0) -> None:
        """The upright axis, `out` points left of the plot, with the labels of its ticks."""
        x, along = self.box.left - out, blended_transform_factory(self.sheet.points, self.transData)
        y = [*self.get_ylim(), np.nan, *(place for tick in ticks for place in (tick, tick, np.nan))]
        self._rule([x, x, np.nan, *[x, x - TICK, np.nan] * len(ticks)], y, along)
        style: dict[str, Any] = {"ha": "right", "va": "center_baseline", "fontsize": SMALL, "transform": along}
        for tick, label in zip(ticks, labels, strict=True):
            self.sheet.text(x - TICK - PAD, tick, label, **style)

    def line(self, x: ArrayLike, y: ArrayLike, **style: Any) -> Line2D:
        """A line, or marks, that leave the limits as they are."""
        line = Line2D(np.atleast_1d(x), np.atleast_1d(y), transform=self.transData, **style)
        self.add_artist(line)
        return line

    def bars(self, y: ArrayLike, width: ArrayLike, tall: float, left: ArrayLike = 0.0, **style: Any) -> None:
        """Rectangles `tall` high around heights, from `left` on, all as one artist."""
        middle, start, across = np.broadcast_arrays(y, np.asarray(left, float), width)
        low, high, end = middle - tall / 2, middle + tall / 2, start + across
        corners = np.stack([start, low, end, low, end, high, start, high], axis=-1).reshape(-1, 4, 2)
        self.add_collection(PolyCollection(list(corners), joinstyle="miter", **style), autolim=False)

    def _rule(self, x: list[float], y: list[float], transform: Transform) -> None:
        """Thin lines beside the plot."""
        line = Line2D(x, y, color=FAINT, linewidth=0.8, solid_capstyle="butt", transform=transform, zorder=2.5)
        line.set_clip_on(False)
        self.add_artist(line)


PUBLISHED = ["id", "origin"]  # columns of a figure's data with which a page marks its numbers


def finish(canvas: MplFigure, data: pd.DataFrame, *, id: str, caption: str, alt: str, axis: str = "") -> show.Figure:
    """The figure with its caption, description and data, and where its time axis stands (see show.Figure).

    Drawn things are named by `gid` while they are built. On a page that would
    be an id, which must be unique and hold no label of a cohort, so the name moves to the artist's label. The columns
    PUBLISHED stay in the data where they are filled.
    """
    unfilled = [name for name in PUBLISHED if name in data and (data[name].fillna("") == "").all()]
    for artist in [part for whole in (canvas, *canvas.axes) for part in whole.get_children()]:
        if artist.get_gid() is not None:
            artist.set_label(artist.get_gid())
            artist.set_gid(None)
    return show.Figure(canvas, id, caption, alt, data.drop(columns=unfilled).reset_index(drop=True), axis)
