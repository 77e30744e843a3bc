"""The one look of every figure: sizes, seaborn style, and the sheet on which figures are laid out.

Every figure is drawn twice, in the widths of journals: 180 mm for pages and paper, 85 mm for telephones and one column.
Letters have 8.4 points or more: 11 pixels where a page shows the wide figure on 680 pixels, 12 where it shows the
narrow one on 358.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from helpers import marks
from helpers.frames import about
from helpers.present import show
from helpers.present.canvas import any_script
from helpers.present.layout.colors import FAINT, INK
from helpers.present.renderers import SETTINGS

WIDE = 180 / 25.4 * 72  # points: two columns of a journal, 180 mm
NARROW = 85 / 25.4 * 72  # one column, 85 mm
TEXT = 9.0
SMALL = 8.4
EDGE = 3.0  # blank rim
LINE = 12.5  # height of a line of text

_SETTINGS = {
    "text.parse_math": False,
    **SETTINGS,
    "lines.linewidth": 1.9,
    **dict.fromkeys(("font.size", "axes.labelsize"), TEXT),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), SMALL),
    **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), FAINT),
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK),
    **dict.fromkeys(("axes.linewidth", "xtick.major.width", "ytick.major.width"), 0.8),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 4),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right"), False),
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
    settings = dict(sns.axes_style("ticks")) | dict(sns.plotting_context("paper")) | _SETTINGS
    with any_script(), mpl.rc_context(settings):
        yield


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
            return show.absent(str(options.get("caption") or about(series[0]).label))
        try:
            with drawing():
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

    @property
    def points(self) -> Transform:
        """From points, y downwards, to the display."""
        flip = Affine2D().scale(1 / 72, -1 / 72).translate(0, self.height / 72)
        return flip + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place given in points."""
        bottom = 1 - (top + height) / self.height
        return self.figure.add_axes((left / sheet_width(), bottom, width / sheet_width(), height / self.height))

    def text(self, x: float, y: float, label: str, **style: Any) -> Text:
        """Text whose upper left corner (or other anchor) is at a place given in points."""
        place: dict[str, Any] = {"va": "top", "ha": "left", "fontsize": TEXT, "transform": self.points}
        return self.figure.text(x, y, marks.plain(label), **(place | style))


def add_notes(caption: str, *notes: str) -> str:
    """The caption as a sentence, then the notes that are not empty."""
    return " ".join([caption.rstrip(". ") + ".", *(note for note in notes if note)])


PUBLISHED = ["id", "origin"]  # columns of a figure's data with which a page marks its numbers


def finish(canvas: MplFigure, data: pd.DataFrame, *, id: str, caption: str, alt: str, axis: str = "") -> show.Figure:
    """The figure with its caption, description and data, and where its time axis stands (see show.Figure).

    Every tick is made now, under the theme. Drawn things are named by `gid` while they are built. On a page that would
    be an id, which must be unique and hold no label of a cohort, so the name moves to the artist's label. The columns
    PUBLISHED stay in the data where they are filled.
    """
    unfilled = [name for name in PUBLISHED if name in data and (data[name].fillna("") == "").all()]
    for artist in canvas.findobj(lambda artist: artist.get_gid() is not None):
        artist.set_label(artist.get_gid())
        artist.set_gid(None)
    for ax in canvas.axes:
        ax.xaxis.get_major_ticks()
        ax.yaxis.get_major_ticks()
    return show.Figure(canvas, id, caption, alt, data.drop(columns=unfilled).reset_index(drop=True), axis)
