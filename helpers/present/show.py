"""What a notebook may show: each object is data for the exporter and readable in JupyterLab.

Every object returns a MIME bundle: plain text and HTML for the notebook, and a JSON payload
(`application/vnd.second-cart.<kind>+json`) from which the report page is made. All labels are literal text.
Payloads hold printed numbers only, so that stored outputs are equal on every machine; what is exact or large
(unrounded estimates, the vector figure) travels in the output's metadata, which notebooks in git do not keep.

JupyterLab, nbconvert, VS Code and GitHub all show HTML rather than PNG, and the first two give a PNG output no
alt text. So a figure's HTML holds the picture itself, as an image with alt text. The PNG beside it is for Word and
for what shows no HTML; the stored notebooks hold each picture once, without it.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import ClassVar

import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from helpers.present.canvas import image, png, svg
from helpers.present.format import is_missing, significant, whole

STOCK_ALT = "no description has been provided"
NOT_RECORDED = "Not recorded in this cohort"


def html_table(columns: list[str], rows: list[list[str]], indent: list[int] | None = None) -> str:
    """An HTML table, one row a line, whose cells are escaped; the first cell of a row is its header."""
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in columns)
    levels = indent or [0] * len(rows)
    body = "\n".join(_html_row(row, level) for row, level in zip(rows, levels, strict=True))
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _html_row(row: list[str], level: int) -> str:
    first = f'<th scope="row">{"&emsp;" * level}{escape(row[0])}</th>'
    return "<tr>" + first + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"


def cell(value: object) -> str:
    """One value as table text: four significant digits for a float, empty for missing."""
    if is_missing(value):
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if whole(value) else significant(float(value), 4)
    return str(value)


class Display:
    """A thing to show; sub-classes give `kind`, `payload`, `html` and `plain`."""

    kind: ClassVar[str]

    def payload(self) -> dict:
        """The data of the report page."""
        raise NotImplementedError  # pragma: no cover

    def html(self) -> str:
        """What JupyterLab shows."""
        raise NotImplementedError  # pragma: no cover

    def plain(self) -> str:
        """One line for terminals and tests."""
        raise NotImplementedError  # pragma: no cover

    def metadata(self) -> dict:
        """What is exact or large; not compared between runs."""
        return {}

    def extra(self) -> dict:
        """Further MIME types, such as an image."""
        return {}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        bundle = {"text/plain": self.plain(), "text/html": self.html()}
        bundle[f"application/vnd.second-cart.{self.kind}+json"] = self.payload()
        extra = self.metadata()
        return bundle | self.extra(), {"second-cart": extra} if extra else {}


@dataclass(frozen=True)
class Text(Display):
    """One paragraph; its role is answer, sentence, note, warning or absent (not recorded in this cohort)."""

    role: str
    text: str
    kind: ClassVar[str] = "text"
    ROLES: ClassVar[tuple[str, ...]] = ("answer", "sentence", "note", "warning", "absent")

    def __post_init__(self) -> None:
        if self.role not in self.ROLES or not self.text.strip():
            raise ValueError(f"a text needs words and a role among {', '.join(self.ROLES)}; got {self.role!r}")

    def payload(self) -> dict:
        return {"kind": self.role, "text": self.text}

    def html(self) -> str:
        lead = {"warning": "<b>Warning.</b> ", "answer": "<b>Answer.</b> "}.get(self.role, "")
        return f"<p>{lead}{escape(self.text)}</p>"

    def plain(self) -> str:
        return self.text


@dataclass(frozen=True)
class Cards(Display):
    """Headline numbers: (label, value, detail) each, all three already text."""

    cards: list[tuple[str, str, str]]
    kind: ClassVar[str] = "cards"

    def payload(self) -> dict:
        return {"cards": [{"label": a, "value": b, "detail": c} for a, b, c in self.cards]}

    def html(self) -> str:
        return html_table(["Headline", "Value", "Detail"], [list(card) for card in self.cards])

    def plain(self) -> str:
        return "; ".join(f"{label}: {value} ({detail})" for label, value, detail in self.cards)


@dataclass(frozen=True)
class Table(Display):
    """A table of printed text. columns: (label, "left" | "right"); indent: nesting level of each row."""

    id: str
    caption: str
    columns: list[tuple[str, str]]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)
    indent: list[int] | None = None
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        if not self.caption.strip() or not self.rows:
            raise ValueError(f"table {self.id}: a caption and at least one row are needed")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.id}: every row needs {len(self.columns)} cells")

    def payload(self) -> dict:
        columns = [{"label": label, "align": align} for label, align in self.columns]
        indent = self.indent or [0] * len(self.rows)
        named = {"id": self.id, "caption": self.caption, "columns": columns}
        return named | {"rows": self.rows, "indent": indent, "notes": self.notes}

    def html(self) -> str:
        labels = [label for label, _ in self.columns]
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        return f"<p><b>{escape(self.caption)}</b></p>{html_table(labels, self.rows, self.indent)}{notes}"

    def plain(self) -> str:
        return f"Table: {self.caption}"


@dataclass(frozen=True)
class Figure(Display):
    """A drawing with its caption, its description in words and the numbers that were drawn."""

    canvas: Canvas
    id: str
    caption: str
    alt: str
    data: pd.DataFrame
    axis: str = ""  # of a curve: "left step end", where time 0 and each unit stand (parts of the width), last tick
    kind: ClassVar[str] = "figure"

    def __post_init__(self) -> None:
        if not self.caption.strip() or not self.alt.strip() or STOCK_ALT in self.alt.lower():
            raise ValueError(f"figure {self.id}: a caption and a description of what it shows are needed")

    @property
    def axes(self) -> list[Axes]:
        """The axes of the drawing, to add to with matplotlib's own methods before the figure is first shown."""
        return self.canvas.axes

    def payload(self) -> dict:
        rows = [[cell(value) for value in row] for row in self.data.itertuples(index=False)]
        data = {"columns": [str(name) for name in self.data.columns], "rows": rows}
        return {"id": self.id, "caption": self.caption, "alt": self.alt, "axis": self.axis, "data": data}

    def html(self) -> str:
        picture = image(self._svg, self.alt)
        return f'<figure style="margin: 0">\n{picture}\n<figcaption>{escape(self.caption)}</figcaption>\n</figure>'

    def plain(self) -> str:
        return f"Figure: {self.caption} {self.alt}"

    def extra(self) -> dict:
        return {"image/png": base64.b64encode(png(self.canvas)).decode()}

    def metadata(self) -> dict:
        return {"svg": self._svg}

    @cached_property
    def _svg(self) -> str:
        return svg(self.canvas)


@dataclass(frozen=True)
class Estimates(Display):
    """All estimates of a notebook: printed rows to read, unrounded rows in the metadata."""

    frame: pd.DataFrame
    section: str
    kind: ClassVar[str] = "estimates"

    def _rows(self) -> pd.DataFrame:
        return self.frame.assign(section=self.section)

    def payload(self) -> dict:
        frame = self._rows()
        rows = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
        return {"section": self.section, "columns": list(frame.columns), "rows": rows}

    def html(self) -> str:
        filled = self.frame.loc[:, (self.frame.notna() & (self.frame != "")).any()]
        rows = [[cell(value) for value in row] for row in filled.itertuples(index=False)]
        table = html_table(list(filled.columns), rows)
        return f"<details><summary>{escape(self.plain())}</summary>{table}</details>"

    def plain(self) -> str:
        return f"{len(self.frame)} estimates published in section {self.section}"

    def metadata(self) -> dict:
        frame = self._rows().astype(object)
        rows = frame.where(frame.notna(), None).values.tolist()
        return {"estimates": {"columns": list(frame.columns), "rows": rows}}


@dataclass(frozen=True)
class Claims(Display):
    """Published figures beside ours. One dict a row: claim, published, ours, method, verdict, explanation."""

    claims: list[dict[str, str]]
    FIELDS: ClassVar[tuple[str, ...]] = ("claim", "published", "ours", "method", "verdict", "explanation")
    kind: ClassVar[str] = "claims"

    def payload(self) -> dict:
        return {"claims": [{name: str(claim[name]) for name in self.FIELDS} for claim in self.claims]}

    def html(self) -> str:
        rows = [[str(claim[name]) for name in self.FIELDS] for claim in self.claims]
        return html_table([name.capitalize() for name in self.FIELDS], rows)

    def plain(self) -> str:
        return f"Against the publication: {len(self.claims)} figures compared"


@dataclass(frozen=True)
class Loaded(Display):
    """The cohort that was read: title, whether it is synthetic, rows in and patients kept."""

    key: str
    title: str
    synthetic: bool
    time_zero: str
    rows: int
    note: str
    kind: ClassVar[str] = "study"

    def payload(self) -> dict:
        named = {"key": self.key, "title": self.title, "synthetic": self.synthetic}
        return named | {"time_zero": self.time_zero, "rows": self.rows, "note": self.note}

    def html(self) -> str:
        return f"<p>{escape(self.plain())}</p>"

    def plain(self) -> str:
        kind = "SYNTHETIC cohort, not patients" if self.synthetic else "patient data"
        return f"{self.title} ({kind}). {self.note}"


@dataclass(frozen=True)
class Provenance(Display):
    """Where the numbers come from: (label, value) pairs that are equal on every machine."""

    items: list[tuple[str, str]]
    kind: ClassVar[str] = "provenance"

    def payload(self) -> dict:
        return {"items": [list(item) for item in self.items]}

    def html(self) -> str:
        return html_table(["Provenance", "Value"], [list(item) for item in self.items])

    def plain(self) -> str:
        return "; ".join(f"{label}: {value}" for label, value in self.items)


def absent(caption: str = "") -> Text:
    """The line shown instead of a table or figure for which the cohort has no data."""
    return Text("absent", f"{NOT_RECORDED}: {caption.rstrip('.')}." if caption else f"{NOT_RECORDED}.")


def each(things: Iterable[Display | None]) -> None:
    """Show several things under one cell, one below the other; a line that says so where the cohort has none."""
    for thing in [thing for thing in things if thing is not None] or [absent()]:
        display(thing)
