"""What a report page consists of: the objects of `helpers.present.show`, those with a number also with their label,
an anchor (the id on the page) and a name (that of their file)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from helpers import marks
from helpers.present.sentences import missing_cards
from helpers.present.show import Cards, Claims, Definitions, Loaded, Table, Text
from helpers.report.origin import only_origin, origins_of

LONG = 15  # rows that a reader wants to sort
NARROW = 24  # letters: an estimate with its interval
MOST_ROWS, MOST_VALUES = 60, 150  # of a figure's data; of curves, whose values the page tells, and of estimates


def letters(text: str) -> int:
    """How many letters a reader sees."""
    return len(marks.plain(text))


@dataclass(frozen=True)
class Heading:
    """A heading; level 2 is a section."""

    level: int
    text: str
    html: str
    anchor: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Prose:
    """Markdown between two headings, as mistune's tokens."""

    tokens: list[dict]
    kind: ClassVar[str] = "prose"


@dataclass(frozen=True)
class Code:
    """Source of one or more cells."""

    source: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Fold:
    """A data frame that a cell looked at: a line, and cleaned HTML under it ("" for rows of patients)."""

    heading: str
    html: str
    kind: ClassVar[str] = "frame"


@dataclass(frozen=True, kw_only=True)
class PageTable(Table):
    """A table on a page; `exact` holds unrounded columns and rows for the CSV where they differ from what is printed.

    A folded table is the list of all estimates or the data behind a figure (`curves`: of a readable one). `drawn` is
    where the numbers of a figure come from that know no estimate.
    """

    anchor: str
    name: str
    drawn: str = ""
    label: str = ""
    folded: bool = False
    curves: bool = False
    exact: tuple[list[str], list[list]] | None = None

    @property
    def levels(self) -> list[int]:
        """The nesting level of each row."""
        return self.indent or [0] * len(self.rows)

    @cached_property
    def origin(self) -> str:
        """Where all numbers of the table come from; "" when that is said number by number, and for real patients."""
        return only_origin(cell for row in self.rows for cell in row) or self.drawn

    @cached_property
    def ids(self) -> list[str]:
        """The estimates whose numbers the table prints, in order."""
        parts = (part for row in self.rows for cell in row for part in marks.parts(cell))
        return list(dict.fromkeys(part.row for part in parts if part.row))

    @property
    def origins(self) -> list[str]:
        """Where the numbers of each row come from, as words."""
        return ["; ".join(origins_of(row)) or self.drawn for row in self.rows]

    @property
    def printed(self) -> list[list[str]]:
        """The rows on the page: all; of a figure's long data evenly chosen ones; of many estimates none."""
        count = len(self.rows)
        if self.exact and count > MOST_VALUES:
            return []  # a part of them would be filtered in vain
        if not self.folded or self.exact or count <= (MOST_VALUES if self.curves else MOST_ROWS):
            return self.rows
        return [self.rows[round(step * (count - 1) / (MOST_ROWS - 1))] for step in range(MOST_ROWS)]

    @property
    def classes(self) -> str:
        """What the style sheet must know: long (readers sort and filter it; nested rows keep their order); r2: column 2
        is set to the right; m3: column 3 is wrapped, but stays wide enough for several words; one origin of all.
        """
        long = ["long"] if len(self.rows) > LONG and not any(self.levels) else []
        right = [f"r{number}" for number, (_, align) in enumerate(self.columns, 1) if align == "right"]
        longest = enumerate((max(map(letters, cells)) for cells in zip(*self.rows, strict=True)), 1)
        wide = [f"m{number}" for number, most in longest if most > NARROW]
        return " ".join(filter(None, [*long, *right, *wide, self.origin]))

    def is_group(self, number: int) -> bool:
        """Whether a row only names the rows below it: its first cell then spans the table."""
        row, level = self.rows[number], self.levels[number]
        below = self.levels[number + 1] if number + 1 < len(self.rows) else 0
        return below > level and not any(row[1:])


@dataclass(frozen=True, kw_only=True)
class PageClaims(Claims):
    """Published figures beside ours, as a numbered table."""

    anchor: str
    label: str


@dataclass(frozen=True)
class PageFigure:
    """A drawing (SVG text or "", PNG bytes) with the table of what was drawn; `axis` as in `show.Figure`.

    `narrow` is the same drawing for telephones and one column of a journal (SVG text or ""), with an axis of its own;
    `origins` is where the numbers drawn come from.
    """

    anchor: str
    name: str
    label: str
    caption: str
    alt: str
    svg: str
    png: bytes
    data: PageTable | None
    axis: str = ""
    narrow: str = ""
    narrow_axis: str = ""
    origins: tuple[str, ...] = ()
    kind: ClassVar[str] = "figure"

    @property
    def readable(self) -> bool:
        """Whether the page can tell the curves' values at a month: all their rows are on it."""
        return bool(self.axis and self.data and self.data.printed == self.data.rows)


@dataclass(frozen=True)
class Output:
    """Anything else a cell showed: plain text ("plain"), a warning ("stderr") or cleaned HTML ("html")."""

    role: str
    content: str
    kind: ClassVar[str] = "output"


Block = Heading | Prose | Code | Fold | Text | Cards | PageTable | PageFigure | PageClaims | Definitions | Output


@dataclass(frozen=True)
class Page:
    """One report: what opens it (lead: answer, cards, warnings), its blocks in order, what stands under its provenance
    (closing), the cohort that was read, provenance as (label, value), estimates (unrounded where they are known) and
    the section they belong to.
    """

    name: str
    title: str
    lead: list[Block]
    blocks: list[Block]
    closing: list[Block]
    study: Loaded | None
    provenance: list[tuple[str, str]]
    records: list[dict]
    section: str = ""

    @property
    def synthetic(self) -> bool:
        """Whether the cohort is made up."""
        return self.study is not None and self.study.synthetic

    @property
    def short(self) -> str:
        """Name for navigation: "04_survival" -> "4 Survival"."""
        number, _, words = self.name.partition("_")
        numbered = number.isdigit() and words
        title = (words if numbered else self.name).replace("_", " ").capitalize()
        return f"{int(number)} {title}" if numbered else title

    @property
    def answer(self) -> str:
        """The paragraph that answers the page's question, or ""."""
        texts = (block for block in self.lead if isinstance(block, Text))
        return next((block.text for block in texts if block.role == "answer"), "")

    @property
    def finding(self) -> str:
        """The first part of the answer: the sentence that stands for the report elsewhere."""
        return self.answer.partition("\n")[0]

    @property
    def front_cards(self) -> list[tuple[str, str, str]]:
        """The headline numbers that stand on the front page; none that the cohort lacks."""
        shown = next((block for block in self.lead if isinstance(block, Cards)), Cards([]))
        return [card for card in shown.cards[: shown.front] if card not in missing_cards(card[0])]

    def of(self, kind: str) -> list:
        """The page's blocks of one kind, in order."""
        return [block for block in [*self.blocks, *self.closing] if block.kind == kind]
