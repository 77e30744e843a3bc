"""A drawing as a file: pixels, vectors, and the tag by which a notebook shows it."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import quote, unquote

import numpy as np
from lxml import etree
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure as MplFigure
from PIL import Image

from helpers.present.compact import SVG, compact
from helpers.present.renderers import PIXELS, POINTS, SETTINGS, Pair, Pen, settings

COLOURS, ALMOST_WHITE, PACKED = 64, 247, 6  # of a PNG: its palette, and how well it is packed
ADDRESS = "data:image/svg+xml,"
ESCAPED = re.compile(r"[^\w !$&'()*+,\-./:;<=>?@\[\]^`{|}~]+", re.ASCII)


@contextmanager
def any_script() -> Iterator[None]:
    """Run without matplotlib's warning of a missing glyph, which would put a path of this machine into a notebook.

    The image shows a box for such a letter, the SVG the letter itself. Other warnings are passed on.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        yield


def svg(canvas: MplFigure, title: str = "") -> str:
    """The drawing in vectors, in few letters, its size in millimetres, with a title.

    Places are rounded to a tenth of a point, so the last bits of a processor's arithmetic do not reach the drawing.
    """
    pen = Pen(canvas)
    _draw(canvas, pen)
    return _finished(pen, title)


def svg_and_png(canvas: MplFigure, title: str = "") -> tuple[str, bytes]:
    """The drawing in vectors (see `svg`) and in pixels, 140 to the inch, in at most 64 colours; drawn once."""
    pair = Pair(canvas)
    _draw(canvas, pair)
    return _finished(pair.pen, title), _encoded(pair.picture())


def _draw(canvas: MplFigure, renderer: RendererBase) -> None:
    """Let a renderer draw everything, in points."""
    before, canvas.dpi = canvas.dpi, POINTS
    try:
        with any_script(), settings(SETTINGS):
            canvas.draw(renderer)
    finally:
        canvas.dpi = before


def _finished(pen: Pen, title: str) -> str:
    """What a pen drew, as text."""
    pen.finalize()
    root = pen.writer.root
    if title:
        name = etree.Element(f"{SVG}title")
        name.text = title
        root.insert(0, name)
    return compact(root)


def _encoded(picture: Image.Image) -> bytes:
    """A picture as a PNG with a palette of its own; what the eye takes for white is the paper's white."""
    few = picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = np.array(few.getpalette()).reshape(-1, 3)
    colours[(colours >= ALMOST_WHITE).all(axis=1)] = 255
    few.putpalette(colours.ravel().tolist())
    buffer = io.BytesIO()
    few.save(buffer, "png", compress_level=PACKED, dpi=(PIXELS, PIXELS))
    return buffer.getvalue()


def image(drawn: str, alt: str) -> str:
    """The HTML tag that shows a drawing of `svg`, described by `alt`."""
    address = svg_uri(drawn).replace("&", "&amp;")
    return f'<img alt="{escape(alt)}" src="{address}">'


def svg_uri(drawn: str) -> str:
    """An SVG as a data address, as short as it can be: only what would end the address is escaped."""
    return ADDRESS + ESCAPED.sub(lambda signs: quote(signs[0]), drawn)


def svg_in(address: str) -> str:
    """The drawing in the address of an `image`."""
    return unquote(address.removeprefix(ADDRESS))
