"""What matplotlib draws with: an SVG made of elements, and with it the same in pixels, in one go."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any, Literal, cast

import matplotlib
import numpy as np
from lxml import etree
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as MplFigure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform, TransformedBbox, TransformedPath
from PIL import Image, ImageDraw, ImageFont

from helpers.marks import keep_order
from helpers.present.compact import HREF, SVG

POINTS, PIXELS = 72, 140  # to the inch
SCALE = PIXELS / POINTS
FONT = "DejaVu Sans"  # measured in the widest; `compact` gives the drawing the page's own typeface
SETTINGS = matplotlib.RcParams(
    {
        "svg.hashsalt": "second-cart",
        "svg.fonttype": "none",
        "text.hinting": "none",  # letters as wide as they were measured, at any resolution
        "font.family": ["sans-serif"],
        "font.sans-serif": [FONT],
    }
)
NONE: Mapping[str, str] = {}
NAMESPACES = {None: SVG[1:-1], "xlink": HREF[1:].partition("}")[0]}
UNSIGNED = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # nothing of the day or of a version


def _short(value: float) -> str:
    """A place with as many digits as matplotlib writes."""
    return f"{value:f}".rstrip("0").rstrip(".")


@contextmanager
def settings(chosen: matplotlib.RcParams) -> Iterator[None]:
    """Set some of matplotlib's parameters for a while, where its `rc_context` copies all of them each time."""
    every: Any = matplotlib.rcParams
    before = {name: every._get(name) for name in chosen}
    try:
        for name in before:
            every._set(name, chosen[name])
        yield
    finally:
        for name, value in before.items():
            every._set(name, value)


@lru_cache(maxsize=20_000)
def text_size(text: str, weight: str | int = "normal") -> tuple[float, float, float]:
    """Width, height and descent of a line of text that is one point high, unhinted."""
    font, letters = _in_memory(weight)
    if not letters.issuperset(map(ord, text)):  # other fonts stand in for this one
        properties = FontProperties(family=FONT, weight=weight, size=1)
        return text_to_path.get_text_width_height_descent(text, properties, False)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    (width, height), scale = font.get_width_height(), 1 / text_to_path.FONT_SCALE
    return width / 64 * scale, height / 64 * scale, font.get_descent() / 64 * scale


@cache
def _in_memory(weight: str | int) -> tuple[FT2Font, frozenset[int]]:
    """The font, read once: from its file, matplotlib would read each letter of each text; and the letters it has."""
    font = FT2Font(io.BytesIO(FilePath(findfont(FontProperties(family=FONT, weight=weight))).read_bytes()))
    font.set_size(text_to_path.FONT_SCALE, text_to_path.DPI)
    return font, frozenset(font.get_charmap())


class Measured(RendererBase):
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


class Pen(Measured, RendererSVG):
    """matplotlib's SVG, built as elements instead of text, so that nothing needs to be read again."""

    def __init__(self, canvas: MplFigure) -> None:
        width, height = canvas.get_size_inches()
        size = POINTS * width, POINTS * height
        super().__init__(*size, io.StringIO(), metadata=UNSIGNED)  # type: ignore[call-arg]
        root = etree.Element(f"{SVG}svg", {"viewBox": f"0 0 {size[0]:.6g} {size[1]:.6g}"}, NAMESPACES)
        root.attrib.update({"width": f"{width * 25.4:.4g}mm", "height": f"{height * 25.4:.4g}mm", "role": "img"})
        self.writer = _Elements(root)
        self.styles: dict[tuple, str] = {}  # by what decides them: colours, lines, fonts
        self._write_default_style()

    def _get_style(self, gc: Any, face: Any) -> str:
        """How a line or an area looks; written once for all that look alike."""
        if gc.get_hatch() is not None:
            return super()._get_style(gc, face)  # type: ignore[misc]
        start, dashes = gc.get_dashes()
        pen = gc.get_linewidth(), gc.get_joinstyle(), gc.get_capstyle(), start, None if dashes is None else (*dashes,)
        look = None if face is None else (*face,), gc.get_rgb(), gc.get_alpha(), gc.get_forced_alpha(), pen
        if look not in self.styles:
            self.styles[look] = super()._get_style(gc, face)  # type: ignore[misc]
        return self.styles[look]

    def draw_text(self, gc: Any, x: float, y: float, s: str, prop: FontProperties, *angle: Any, **more: Any) -> None:
        """One line of text; the style of plain ones is written once for all that look alike."""
        s, mark = keep_order(s), more.get("mtext")
        if any(angle) or more.get("ismath") or mark is None or gc.get_url() or self._get_clip_attrs(gc):
            super().draw_text(gc, x, y, s, prop, *angle, **more)
            return
        look = prop, gc.get_rgb(), gc.get_alpha(), mark.get_ha()
        if look not in self.styles:
            super().draw_text(gc, x, y, s, prop, *angle, **more)
            self.styles[look] = self.writer.inner[-1].get("style")
            return
        across, up = mark.get_transform().transform(mark.get_unitless_position())
        down = self.height - up
        place = {"x": _short(across), "y": _short(down + (y - down))}
        self.writer.element("text", s, {"style": self.styles[look], **place})

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Nothing is drawn in groups, which would say nothing here."""

    def close_group(self, s: str) -> None:
        """See `open_group`."""


class Pair(Measured):
    """A pen and, beside it, a brush that paints in pixels whatever the pen draws in points."""

    def __init__(self, canvas: MplFigure) -> None:
        super().__init__()
        self.pen = Pen(canvas)
        self.brush = RendererAgg(*(int(PIXELS * side + 1e-8) for side in canvas.get_size_inches()), PIXELS)
        self.larger = Affine2D().scale(SCALE)
        self.written: list[tuple] = []  # texts: place, letters, file of the font, size, colour
        self.shift = self.brush.height - SCALE * self.pen.height  # both count the places of text from the top

    def flipy(self) -> bool:
        """Text is placed from the top."""
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        """The size in points."""
        return self.pen.width, self.pen.height

    def draw_path(self, gc: Any, path: Path, transform: Transform, *face: Any, **more: Any) -> None:
        """One line or area."""
        self.pen.draw_path(gc, path, transform, *face, **more)
        self.brush.draw_path(self._enlarged(gc), path, transform + self.larger, *face, **more)

    def draw_markers(self, gc: Any, mark: Path, mark_transform: Any, *where: Any, **more: Any) -> None:  # type: ignore[override]
        """The same mark at the places of a path."""
        self.pen.draw_markers(gc, mark, mark_transform, *where, **more)
        path, transform, *face = where
        larger = mark_transform + self.larger, path, transform + self.larger
        self.brush.draw_markers(self._enlarged(gc), mark, *larger, *face, **more)

    def draw_path_collection(self, gc: Any, transform: Any, *look: Any, **more: Any) -> None:  # type: ignore[override]
        """Lines, areas or marks, each with its look."""
        self.pen.draw_path_collection(gc, transform, *look, **more)
        paths, transforms, offsets, offset_transform, *rest = look
        places = paths, transforms, offsets, offset_transform + self.larger
        self.brush.draw_path_collection(self._enlarged(gc), transform + self.larger, *places, *rest, **more)

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Pixels that somebody added to a figure."""
        self.pen.draw_image(gc, x, y, im, transform)
        size = [round(SCALE * side) for side in im.shape[1::-1]]
        self.brush.draw_image(self._enlarged(gc), SCALE * x, SCALE * y, np.array(Image.fromarray(im).resize(size)))

    def draw_text(self, gc: Any, x: float, y: float, s: str, prop: FontProperties, *angle: Any, **more: Any) -> None:
        """One line of text; the brush writes what is level at last, by Pillow."""
        self.pen.draw_text(gc, x, y, s, prop, *angle, **more)
        place = SCALE * x, SCALE * y + self.shift
        if any(angle) or more.get("ismath") or gc.get_clip_rectangle() or gc.get_rgb()[3] < 1:
            self.brush.draw_text(self._enlarged(gc), *place, s, prop, *angle, **more)
        else:
            self.written.append((place, s, findfont(prop), prop.get_size_in_points(), gc.get_rgb()))

    def picture(self) -> Image.Image:
        """What was painted, with its texts."""
        picture = Image.fromarray(np.asarray(self.brush.buffer_rgba())).convert("RGB")
        pencil = ImageDraw.Draw(picture)
        for place, text, font, size, color in self.written:
            pencil.text(place, text, to_hex(color), _letters(font, SCALE * size), anchor="ls")
        return picture

    def _enlarged(self, gc: Any) -> GraphicsContextBase:
        """How something is drawn, with what cuts it off in pixels; widths are in points for both."""
        box, (path, transform) = gc.get_clip_rectangle(), gc.get_clip_path()
        if box is None and path is None:
            return gc
        large: Any = GraphicsContextBase()
        large.copy_properties(gc)
        if box is not None:
            large.set_clip_rectangle(TransformedBbox(box, self.larger))
        if path is not None:
            large.set_clip_path(TransformedPath(path, transform + self.larger))
        return large


@cache
def _letters(file: str, pixels: float) -> ImageFont.FreeTypeFont:
    """A font in a size."""
    return ImageFont.truetype(file, pixels)


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
