"""A drawing as a file: pixels, vectors, and the tag by which a notebook shows it."""

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from html import escape
from typing import Any, Literal, cast
from urllib.parse import quote, unquote

import matplotlib
import numpy as np
from lxml import etree
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure as MplFigure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path
from PIL import Image

from helpers.present.compact import HREF, SVG, compact

PIXELS = 140  # to the inch
FONT = "DejaVu Sans"  # measured in the widest; `compact` gives the drawing the page's own typeface
ADDRESS = "data:image/svg+xml,"
SETTINGS = {
    "svg.hashsalt": "second-cart",
    "svg.fonttype": "none",
    "text.hinting": "none",  # letters as wide as they were measured, at any resolution
    "font.family": ["sans-serif"],
    "font.sans-serif": [FONT],
}
NONE: Mapping[str, str] = {}
NAMESPACES = {None: SVG[1:-1], "xlink": HREF[1:].partition("}")[0]}
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
    width, height = (int(PIXELS * side + 1e-8) for side in canvas.get_size_inches())
    brush = _Brush(width, height, PIXELS)  # type: ignore[call-arg]
    with any_script(), matplotlib.rc_context(SETTINGS), _resolution(canvas, PIXELS):
        canvas.draw(brush)
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(brush.buffer_rgba())).save(buffer, "png", compress_level=1, dpi=(PIXELS, PIXELS))
    return buffer.getvalue()


def svg(canvas: MplFigure, title: str = "") -> str:
    """The drawing in vectors, in few letters, its size in millimetres, with a title.

    Places are rounded to a tenth of a point, so the last bits of a processor's arithmetic do not reach the drawing.
    """
    width, height = canvas.get_size_inches()
    pen = _Pen(72 * width, 72 * height)
    with any_script(), matplotlib.rc_context(SETTINGS), _resolution(canvas, 72):
        canvas.draw(pen)
    pen.finalize()
    root = pen.writer.root
    root.attrib.update({"width": f"{width * 25.4:.4g}mm", "height": f"{height * 25.4:.4g}mm", "role": "img"})
    if title:
        name = etree.Element(f"{SVG}title")
        name.text = title
        root.insert(0, name)
    return compact(root)


def image(drawn: str, alt: str) -> str:
    """The HTML tag that shows a drawing of `svg`, described by `alt`."""
    address = svg_uri(drawn).replace("&", "&amp;")
    return f'<img alt="{escape(alt)}" src="{address}">'


def svg_uri(drawn: str) -> str:
    """An SVG as a data address, as short as it can be: only what would end the address is escaped."""
    return ADDRESS + quote(drawn, safe=" !$&'()*+,-./:;<=>?@[]^_`{|}~")


def svg_in(address: str) -> str:
    """The drawing in the address of an `image`."""
    return unquote(address.removeprefix(ADDRESS))


@contextmanager
def _resolution(canvas: MplFigure, dots: float) -> Iterator[None]:
    """Run with so many dots to the inch."""
    before = canvas.dpi
    canvas.dpi = dots
    try:
        yield
    finally:
        canvas.dpi = before


@lru_cache(maxsize=20_000)
def text_size(text: str, weight: str | int = "normal") -> tuple[float, float, float]:
    """Width, height and descent of a line of text that is one point high, unhinted."""
    return text_to_path.get_text_width_height_descent(text, FontProperties(family=FONT, weight=weight, size=1), False)


class _Measured(RendererBase):
    """A renderer that measures each text once, at every resolution the same."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        """The size of a text in pixels."""
        if ismath or prop.get_family() != SETTINGS["font.family"]:
            return super().get_text_width_height_descent(s, prop, ismath)
        scale = cast(float, self.points_to_pixels(prop.get_size_in_points()))
        width, height, descent = text_size(s, prop.get_weight())
        return scale * width, scale * height, scale * descent

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, ...]:
        """How far letters reach over and under the line, and the gap between lines; matplotlib asks for it."""
        scale = cast(float, self.points_to_pixels(prop.get_size_in_points()))
        return tuple(scale * part for part in _reach(prop.get_weight()))


@cache
def _reach(weight: str | int) -> tuple[float, float, float]:
    """Ascent, descent and gap of the font at one point."""
    font = get_font(findfont(FontProperties(family=FONT, weight=weight)))
    tables: Any = font.get_sfnt_table
    table, em = tables("OS/2"), tables("head")["unitsPerEm"]
    return table["sTypoAscender"] / em, -table["sTypoDescender"] / em, table["sTypoLineGap"] / em


class _Brush(_Measured, RendererAgg):
    """matplotlib's pixels."""


class _Pen(_Measured, RendererSVG):
    """matplotlib's SVG, built as elements instead of text, so that nothing needs to be read again."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(width, height, io.StringIO(), metadata=UNSIGNED)  # type: ignore[call-arg]
        self.writer = _Elements(etree.Element(f"{SVG}svg", {"viewBox": f"0 0 {width:.6g} {height:.6g}"}, NAMESPACES))
        self._write_default_style()


class _Elements:
    """What the SVG renderer writes to."""

    def __init__(self, root: etree._Element) -> None:
        self.root = self.inner = root

    def start(self, tag: str, attrib: Mapping[str, str] = NONE, **extra: str) -> None:
        """Open an element; attributes without a value are left out."""
        every = {HREF if name == "xlink:href" else name: value for name, value in {**attrib, **extra}.items() if value}
        self.inner = etree.SubElement(self.inner, f"{SVG}{tag}", every)

    def element(self, tag: str, text: str = "", attrib: Mapping[str, str] = NONE, **extra: str) -> None:
        """Write a whole element."""
        self.start(tag, attrib, **extra)
        self.inner.text = text or None
        self.end()

    def end(self, tag: str = "") -> None:
        """Close the element that was opened last."""
        self.inner = self.inner.getparent()

    def close(self, tag: object) -> None:
        """Nothing is left open."""

    def flush(self) -> None:
        """Nothing waits."""
