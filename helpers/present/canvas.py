"""A drawing as a file: pixels, vectors, and the tag by which a notebook shows it."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import quote, unquote

import matplotlib
from lxml import etree
from matplotlib.figure import Figure as MplFigure

from helpers.present.compact import SVG, compact

ADDRESS = "data:image/svg+xml,"
SETTINGS = {
    "svg.hashsalt": "second-cart",
    "svg.fonttype": "none",
    "text.hinting": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # measured in the widest; `compact` gives the drawing the page's own typeface
}
UNSIGNED = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # nothing of the day or of a version


@contextmanager
def any_script() -> Iterator[None]:
    """Run without matplotlib's warning of a missing glyph, which would put a path of this machine into a notebook.

    The image shows a box for such a letter, the SVG the letter itself. Other warnings are passed on.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        yield


def png(canvas: MplFigure) -> bytes:
    """The drawing in pixels, 140 to the inch."""
    return _saved(canvas, "png", dpi=140)


def svg(canvas: MplFigure, title: str = "") -> str:
    """The drawing in vectors as matplotlib writes it, its size in millimetres, with a title."""
    root = etree.fromstring(_saved(canvas, "svg", metadata=UNSIGNED))
    for side, inches in zip(("width", "height"), canvas.get_size_inches(), strict=True):
        root.set(side, f"{inches * 25.4:.4g}mm")
    root.set("role", "img")
    if title:
        name = etree.Element(f"{SVG}title")
        name.text = title
        root.insert(0, name)
    return etree.tostring(root, encoding="unicode")


def image(drawn: str, alt: str) -> str:
    """The HTML tag that shows a drawing of `svg`, in few letters, described by `alt`.

    Places are rounded to a tenth of a point, so the last bits of a processor's arithmetic do not reach the tag.
    """
    address = svg_uri(compact(etree.fromstring(drawn.encode()))).replace("&", "&amp;")
    return f'<img alt="{escape(alt)}" src="{address}">'


def svg_uri(drawn: str) -> str:
    """An SVG as a data address, as short as it can be: only what would end the address is escaped."""
    return ADDRESS + quote(drawn, safe=" !$&'()*+,-./:;<=>?@[]^_`{|}~")


def svg_in(address: str) -> str:
    """The drawing in the address of an `image`."""
    return unquote(address.removeprefix(ADDRESS))


def _saved(canvas: MplFigure, kind: str, dpi: int | None = None, metadata: dict | None = None) -> bytes:
    buffer = io.BytesIO()
    with any_script(), matplotlib.rc_context(SETTINGS):
        canvas.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    return buffer.getvalue()
