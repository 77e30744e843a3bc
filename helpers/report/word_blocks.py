"""The blocks of report pages, written into a Word document with numbered captions and a contents list."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from docx.text.paragraph import Paragraph

from helpers.present.show import Cards, Definitions, Text
from helpers.report import word_parts as parts
from helpers.report.origin import SIGNS, key
from helpers.report.page import Block, PageClaims, PageFigure, PageTable, Prose
from helpers.report.parse_notebook import SYNTHETIC
from helpers.report.word_styles import ANSWER, CONTENTS, LABEL, NOTE, REMARKED, SIGN, new_document
from helpers.report.word_table import add_notes, add_table, is_wide
from helpers.report.word_text import add_bookmark, add_contents, add_field, add_text
from helpers.study import Study

NO_BREAK_HYPHEN = "\u2011"
INTERNAL = "Internal: contains small counts."
CLAIM_COLUMNS = [("Claim", "left"), ("Published", "left"), ("Here", "left"), ("Verdict", "left")]
CARD_COLUMNS = [("Key number", "left"), ("Value", "right"), ("Detail", "left")]


class Place(NamedTuple):
    """Where a caption stands: its bookmark and its label, "Table 2"."""

    bookmark: str
    label: str


class Writer:
    """A Word document that grows block by block; A4, its captions numbered by fields.

    Captions are numbered from 1 again in each chapter that is begun.
    """

    def __init__(self, study: Study) -> None:
        self.document = new_document()
        self.synthetic = study.synthetic
        self._bookmarks = count(1)  # their numbers
        self._numbers: Counter[str] = Counter()  # of tables, figures and headings so far
        self._chapter = ""
        self._first: set[str] = set()  # kinds of captions that this chapter has not had
        self._headings: list[tuple[int, str, str]] = []
        self._upright = True
        self._set_up(study)

    def _set_up(self, study: Study) -> None:
        """Styles, header and footer, properties without a person's name, the title."""
        parts.remember_styles(self.document)
        section = self.document.sections[0]
        section.header.paragraphs[0].text = SYNTHETIC if self.synthetic else study.title
        parts.number_pages(section.footer.paragraphs[0], f"{INTERNAL} Page ")
        properties = self.document.core_properties
        properties.title, properties.author, properties.comments = study.title, "", ""
        properties.subject = SYNTHETIC if self.synthetic else ""
        self.document.add_heading(study.title.replace("-", NO_BREAK_HYPHEN), 0)
        if self.synthetic:
            self.document.add_paragraph(SYNTHETIC, style="Intense Quote")

    def origins(self) -> None:
        """What the signs after numbers mean, for a synthetic cohort."""
        if not self.synthetic:
            return
        paragraph = self.document.add_paragraph("Where each number comes from: ", style=NOTE)
        for number, (word, sign, meaning) in enumerate(key()):
            paragraph.add_run("; " if number else "")
            paragraph.add_run(sign, style=SIGN)
            paragraph.add_run(f" {word}: {meaning}")

    def contents(self, before: Paragraph) -> None:
        """The headings written so far as a list of links, before a paragraph."""
        add_contents(before, [heading for heading in self._headings if heading[0] <= len(CONTENTS)])

    def heading(self, text: str, level: int, *, new_page: bool = False, upright: bool = True) -> None:
        """A heading, on an upright page unless a wide table comes first under it."""
        self.turn(upright=upright)
        paragraph = self.document.add_heading(text, level)
        paragraph.paragraph_format.page_break_before = new_page or None
        self._numbers["heading"] += 1
        name = f"_Toc{self._numbers['heading']:06d}"
        add_bookmark(paragraph, name, next(self._bookmarks))
        self._headings.append((level, text, name))

    def begin_chapter(self, number: str) -> None:
        """Number captions from 1 again, after a chapter's number ("" for none)."""
        self._chapter = f"{number}." if number else ""
        self._first = {"Table", "Figure"}
        self._numbers["Table"] = self._numbers["Figure"] = 0

    def turn(self, *, upright: bool) -> None:
        """Go on with upright or with turned pages."""
        if upright != self._upright:
            parts.turn(self.document, upright=upright)
        self._upright = upright

    def text(self, text: Text) -> Paragraph:
        """A computed sentence; answers and warnings stand out."""
        styles = {"answer": ANSWER, "note": REMARKED, "absent": REMARKED, "left_out": REMARKED}
        paragraph = self.document.add_paragraph(style=styles.get(text.role))
        if text.role == "warning":
            paragraph.add_run("Warning. ").bold = True
        add_text(paragraph, text.text)
        return paragraph

    def place(self, kind: str) -> Place:
        """The place of the next table or figure."""
        self._numbers[kind] += 1
        self._numbers["place"] += 1
        return Place(f"_Ref{self._numbers['place']:06d}", f"{kind} {self._chapter}{self._numbers[kind]}")

    def caption(self, place: Place, text: str, origins: Sequence[str] = ()) -> None:
        """A caption: its number as a field, where what is shown comes from, its words; a table keeps its own close."""
        kind, number = place.label.split()
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = kind == "Table" or None
        paragraph.add_run(f"{kind}\u00a0{self._chapter}", style=LABEL)
        add_field(paragraph, f"SEQ {kind} \\* ARABIC{self._restart(kind)}", number.removeprefix(self._chapter), LABEL)
        add_bookmark(paragraph, place.bookmark, next(self._bookmarks))
        paragraph.add_run(".", style=LABEL)
        paragraph.add_run("".join(SIGNS.get(origin, "") for origin in origins), style=SIGN)
        paragraph.add_run(" ")
        only = origins[0] if len(origins) == 1 else ""
        add_text(paragraph, text if text.endswith((".", "?", "!")) else f"{text}.", only)
        paragraph.add_run(f" {SYNTHETIC}" if self.synthetic else "")

    def _restart(self, kind: str) -> str:
        """The part of a caption's field that begins a chapter's numbers with 1."""
        restart = " \\r 1" if kind in self._first else ""
        self._first.discard(kind)
        return restart

    def table(self, table: PageTable, place: Place | None = None) -> None:
        """A table with its caption above and its notes below; a wide one on a turned page."""
        wide = is_wide(table)
        if wide:
            self.turn(upright=False)
        self.caption(place or self.place("Table"), table.caption, [table.origin])
        add_table(
            self.document, table.columns, table.rows, levels=table.levels, said=table.origin, turned=not self._upright
        )
        add_notes(self.document, table.notes)

    def figure(self, figure: PageFigure, place: Place | None = None) -> None:
        """A figure with its caption below, on an upright page."""
        self.turn(upright=True)
        place = place or self.place("Figure")
        parts.add_picture(self.document, figure, place.label)
        self.caption(place, figure.caption, figure.origins)

    def claims(self, caption: str, claims: Sequence[dict], place: Place | None = None) -> None:
        """Claims with what was found; under each by which method, and why the verdict."""
        self.caption(place or self.place("Table"), caption)
        rows = []
        for claim in claims:
            rows.append([claim[name] for name in ("claim", "published", "ours", "verdict")])
            reason = ". ".join(filter(None, [claim["method"].rstrip("."), claim["explanation"]]))
            rows += [[reason]] if reason else []
        self.pairs(CLAIM_COLUMNS, rows)

    def pairs(self, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
        """A small table without a caption: cards, definitions, files."""
        add_table(self.document, columns, rows, turned=not self._upright)
        add_notes(self.document, [])

    def block(self, block: Block, place: Place | None = None) -> None:
        """Whatever a page shows, at its place; code and folded tables stay out."""
        match block:
            case Prose():
                parts.add_prose(self.document, block.tokens)
            case Text():
                self.text(block)
            case Cards() if block.cards:
                self.pairs(CARD_COLUMNS, block.cards)
            case Definitions():
                self.pairs([("Term", "left"), ("Meaning", "left")], block.items)
            case PageClaims():
                self.claims("Published figures and what this cohort gives.", block.claims)
            case PageTable() if not block.folded:
                self.table(block, place)
            case PageFigure() if block.png:
                self.figure(block, place)
