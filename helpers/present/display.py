"""What every thing that a notebook shows has in common, and the drawing, which is shown as a picture too."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from helpers import marks
from helpers.frames import html_table, marked, printed_rows
from helpers.present.canvas import image, svg, svg_and_png

STOCK_ALT = "no description has been provided"


class Display:
    """A thing to show; sub-classes give `kind`, `html` and `plain`."""

    kind: ClassVar[str]

    def html(self) -> str:
        """What JupyterLab shows."""
        raise NotImplementedError  # pragma: no cover

    def plain(self) -> str:
        """One line for terminals."""
        raise NotImplementedError  # pragma: no cover

    def facts(self) -> dict:
        """What a report page needs to know besides what the HTML shows."""
        return {}

    def metadata(self) -> dict:
        """What is exact or large; not compared between runs."""
        return {}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        bundle = {"text/plain": self.plain(), "text/html": marked(self.kind, self.html(), self.facts())}
        exact = self.metadata()
        return bundle, {"second-cart": exact} if exact else {}


@dataclass(frozen=True)
class Figure(Display):
    """A drawing with its caption, its description in words and the numbers that were drawn.

    `axis` says of a curve where its time axis stands: "left step end", the places of time 0 and of one unit as parts
    of the width, and the last tick. `narrow` is the same figure 85 mm wide, with an axis of its own. A figure that was
    read from its HTML has the text of its SVG, but no canvas and no narrow variant.
    """

    canvas: MplFigure | None
    id: str
    caption: str
    alt: str
    data: pd.DataFrame
    axis: str = ""
    drawn: str = field(default="", repr=False)
    narrow: Figure | None = field(default=None, repr=False)
    kind: ClassVar[str] = "figure"

    def __post_init__(self) -> None:
        if not self.caption.strip() or not self.alt.strip() or STOCK_ALT in self.alt.lower():
            raise ValueError(f"figure {self.id}: a caption and a description of what it shows are needed")

    def html(self) -> str:
        caption, picture = f"<figcaption>{marks.html(self.caption)}</figcaption>", image(self.svg, self.alt)
        numbers = html_table(list(self.data.columns), printed_rows(self.data))
        data = f"<details><summary>Data of the figure</summary>{numbers}</details>" if len(self.data) else ""
        return f'<figure style="margin: 0">\n{picture}\n{caption}\n</figure>{data}'

    def plain(self) -> str:
        return f"Figure: {marks.plain(self.caption)} {self.alt}"

    def facts(self) -> dict:
        return {"id": self.id, "axis": self.axis}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        picture = {"image/png": base64.b64encode(self._pictures[1]).decode()} if self.canvas else {}
        return bundle | picture, metadata

    def metadata(self) -> dict:
        return {"svg": self.svg, "svg_narrow": self.narrow_svg, "axis_narrow": self.narrow.axis if self.narrow else ""}

    @property
    def axes(self) -> list[Axes]:
        """The axes of the wide drawing, to add to it before it is shown; none in a figure read from its HTML.

        Those of the narrow drawing are `narrow.axes`.
        """
        return self.canvas.axes if self.canvas else []

    @cached_property
    def _pictures(self) -> tuple[str, bytes]:
        """The drawing in vectors and in pixels, drawn once."""
        return svg_and_png(self.canvas, marks.plain(self.caption)) if self.canvas else (self.drawn, b"")

    @property
    def svg(self) -> str:
        """The drawing in vectors, 180 mm wide."""
        return self._pictures[0]

    @cached_property
    def narrow_svg(self) -> str:
        """The drawing in vectors, 85 mm wide; "" where there is none."""
        return svg(self.narrow.canvas, marks.plain(self.caption)) if self.narrow and self.narrow.canvas else ""
