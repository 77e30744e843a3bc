"""What a reader needs of a drawing, checked on the drawn artists: text inside the figure and never overlapping.

Both widths are checked: 180 mm as a page shows it on 680 pixels, 85 mm as a telephone shows it on 358.
"""

from collections import namedtuple
from itertools import combinations

import matplotlib as mpl
import numpy as np
from matplotlib.text import Text

from helpers.present.canvas import any_script
from helpers.present.renderers import SETTINGS

Rectangle = namedtuple("Rectangle", "x y width color")
SMALLEST = 11.0  # pixels
PIXELS = {180: 680, 85: 358}  # width in millimetres and on the screen


def texts_of(figure):
    """Every visible text with its bounding box in display units, as the Agg renderer draws it."""
    with mpl.rc_context(SETTINGS), any_script():
        figure.canvas.draw_without_rendering()
    found = figure.canvas.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    keep = [text for text in found if text.get_text().strip()]
    with mpl.rc_context(SETTINGS):
        return [(text, text.get_window_extent()) for text in keep]


def words(figure):
    """The drawn texts as strings."""
    return [text.get_text() for text, _ in texts_of(figure)]


def rectangles(axes, gid):
    """The rectangles of that name: left, lower end, width, colour."""
    found = [area for ax in axes for area in ax.collections if area.get_label() == gid]
    colors = [color for area in found for color in np.resize(area.get_facecolor(), (len(area.get_paths()), 4))]
    corners = [path.vertices for area in found for path in area.get_paths()]
    return [
        Rectangle(at[0, 0], at[0, 1], at[1, 0] - at[0, 0], color) for at, color in zip(corners, colors, strict=True)
    ]


def assert_legible(figure):
    """Neither wide nor narrow does a text overlap another, leave the figure, be too small or be read as mathematics."""
    _assert_one_legible(figure)
    _assert_one_legible(figure.narrow)


def _assert_one_legible(figure):
    boxes = texts_of(figure)
    width, height = figure.canvas.bbox.width, figure.canvas.bbox.height
    inches = figure.canvas.get_figwidth()
    pixels = PIXELS[round(25.4 * inches)] / (72 * inches)  # to a point
    for text, box in boxes:
        where = f"{text.get_text()!r} at {box}"
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.5, f"outside the figure: {where}"
        assert text.get_fontsize() * pixels >= SMALLEST, f"too small: {where}"
        assert not text.get_parse_math(), f"read as mathematics: {where}"
    for (one, first), (other, second) in combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 0.5 or along <= 1.5, f"overlap: {one.get_text()!r} and {other.get_text()!r}"


def assert_leaves_settings_alone(draw):
    """Drawing changes none of matplotlib's settings."""
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before
