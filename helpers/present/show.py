"""What a notebook may show: a MIME bundle of plain text and HTML, of which `helpers.report.from_html` makes a page.

All labels are literal text. HTML holds printed numbers only, so that stored outputs are equal on every machine; what
is exact or large (unrounded estimates, the vector figure) travels in the output's metadata, which notebooks in git do
not keep. A figure's HTML holds the picture; the PNG beside it is for Word and for what shows no HTML.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from io import StringIO
from typing import ClassVar, NamedTuple

import pandas as pd
from IPython.display import display

from helpers import marks
from helpers.frames import html_table, printed_rows
from helpers.present.display import STOCK_ALT as STOCK_ALT
from helpers.present.display import Display as Display
from helpers.present.display import Figure as Figure
from helpers.stats.estimates import printed_columns

NOT_RECORDED, SWITCHED_OFF = "Not recorded in this cohort", "Switched off in study.toml"
INVENTED = "invented"  # origin of what a generator drew
IMPOSED = "imposed"  # origin of what a generator was made to give


@dataclass(frozen=True)
class Text(Display):
    """One paragraph; its role is answer, sentence, note, warning, absent (not recorded in this cohort) or left_out.

    A text that is left_out says why its section is not shown for a synthetic cohort; a page then drops what the
    section lacks.
    """

    role: str
    text: str
    kind: ClassVar[str] = "text"
    ROLES: ClassVar[tuple[str, ...]] = ("answer", "sentence", "note", "warning", "absent", "left_out")

    def __post_init__(self) -> None:
        if self.role not in self.ROLES or not self.text.strip():
            raise ValueError(f"a text needs words and a role among {', '.join(self.ROLES)}; got {self.role!r}")

    def html(self) -> str:
        lead = {"warning": "<b>Warning.</b> ", "answer": "<b>Answer.</b> "}.get(self.role, "")
        return f"<p>{lead}<span>{marks.html(self.text)}</span></p>"

    def plain(self) -> str:
        return marks.plain(self.text)

    def facts(self) -> dict:
        return {"role": self.role}


class Card(NamedTuple):
    """One headline number, all text."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Cards(Display):
    """Headline numbers: (label, value, detail) each, all three already text.

    The first `front` of them stand on the front page of a collection too. What a generator invented is no headline:
    such cards are left out, and no later card takes their place on the front page.
    """

    cards: list[tuple[str, str, str]]
    front: int = 1
    kind: ClassVar[str] = "cards"

    def __post_init__(self) -> None:
        kept = [Card(*card) for card in self.cards if INVENTED not in marks.origins("".join(card))]
        front = sum(INVENTED not in marks.origins("".join(card)) for card in self.cards[: self.front])
        object.__setattr__(self, "cards", kept)
        object.__setattr__(self, "front", front)

    def facts(self) -> dict:
        return {"front": self.front}

    def html(self) -> str:
        return html_table(["Headline", "Value", "Detail"], self.cards)

    def plain(self) -> str:
        return marks.plain("; ".join(f"{label}: {value} ({detail})" for label, value, detail in self.cards))


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

    def html(self) -> str:
        labels = [label for label, _ in self.columns]
        notes = "".join(f"<p><small>{marks.html(note)}</small></p>" for note in self.notes)
        return f"<p><b>{marks.html(self.caption)}</b></p>{html_table(labels, self.rows, self.indent or ())}{notes}"

    def plain(self) -> str:
        return f"Table: {marks.plain(self.caption)}"

    def facts(self) -> dict:
        return {"id": self.id, "align": [align for _, align in self.columns]}


@dataclass(frozen=True)
class Estimates(Display):
    """All estimates of a notebook: printed rows as comma-separated text, unrounded rows in the metadata.

    What is empty, or only repeats another column, is not printed. A table of thousands of rows would be mostly tags.
    """

    frame: pd.DataFrame
    section: str
    warning: str = ""
    kind: ClassVar[str] = "estimates"

    def html(self) -> str:
        rows, text = self.frame[printed_columns(self.frame)], StringIO()
        csv.writer(text, lineterminator="\n").writerows([list(rows), *printed_rows(rows)])
        warning = Text("warning", self.warning).html() if self.warning else ""
        printed = f"<pre>{escape(text.getvalue())}</pre>"
        return f"{warning}<details><summary>{escape(self.plain())}</summary>{printed}</details>"

    def plain(self) -> str:
        return f"{len(self.frame)} estimates published in section {self.section}"

    def facts(self) -> dict:
        return {"section": self.section}

    def metadata(self) -> dict:
        frame = self.frame.assign(section=self.section).astype(object)
        rows = frame.where(frame.notna(), None).values.tolist()
        return {"estimates": {"columns": list(frame.columns), "rows": rows}}


@dataclass(frozen=True)
class Claims(Display):
    """Published figures beside ours, one dict a row; `fold` is "yes" where a page may fold the row away."""

    claims: list[dict[str, str]]
    FIELDS: ClassVar[tuple[str, ...]] = (
        "key",
        "claim",
        "published",
        "ours",
        "verdict",
        "explanation",
        "method",
        "fold",
    )
    kind: ClassVar[str] = "claims"

    def html(self) -> str:
        rows = [[str(claim[name]) for name in self.FIELDS] for claim in self.claims]
        return html_table([name.capitalize() for name in self.FIELDS], rows)

    def plain(self) -> str:
        return f"Compared with the publication: {len(self.claims)} figures"


@dataclass(frozen=True)
class Definitions(Display):
    """What the words of a report mean: (term, meaning) pairs, folded away on a page."""

    items: list[tuple[str, str]]
    kind: ClassVar[str] = "definitions"

    def html(self) -> str:
        return f"<details><summary>Definitions</summary>{html_table(['Term', 'Meaning'], self.items)}</details>"

    def plain(self) -> str:
        return "Definitions: " + "; ".join(term for term, _ in self.items)


@dataclass(frozen=True)
class Loaded(Display):
    """The cohort that was read: title, whether it is synthetic, patients (None: not known) and a line on them.

    `words` holds what the texts of the notebooks say, and what to say in its place.
    """

    key: str
    title: str
    synthetic: bool
    time_zero: str
    rows: int | None
    note: str
    words: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "study"

    def html(self) -> str:
        return f"<p><b>{escape(self.title)}</b> ({self._origin()}). <span>{escape(self.note)}</span></p>"

    def plain(self) -> str:
        return f"{self.title} ({self._origin()}). {self.note}"

    def facts(self) -> dict:
        facts = {"key": self.key, "synthetic": self.synthetic, "time_zero": self.time_zero, "rows": self.rows}
        return facts | ({"words": self.words} if self.words else {})

    def _origin(self) -> str:
        return "SYNTHETIC cohort, not patients" if self.synthetic else "patient data"


@dataclass(frozen=True)
class Provenance(Display):
    """Where the numbers come from: (label, value) pairs that are equal on every machine."""

    items: list[tuple[str, str]]
    kind: ClassVar[str] = "provenance"

    def html(self) -> str:
        return html_table(["Provenance", "Value"], self.items)

    def plain(self) -> str:
        return marks.plain("; ".join(f"{label}: {value}" for label, value in self.items))


def absent(caption: str = "", why: str = NOT_RECORDED) -> Text:
    """The line shown instead of a table or figure for which the cohort has no data."""
    return Text("absent", f"{why}: {caption.rstrip('.')}." if caption else f"{why}.")


def each(things: Iterable[Display | None]) -> None:
    """Show several things under one cell, one below the other; a line that says so where the cohort has none."""
    for thing in [thing for thing in things if thing is not None] or [absent()]:
        display(thing)
