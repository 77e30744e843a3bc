"""What a report page consists of: the objects of `helpers.present.show`, those with a number also with their label,
an anchor (the id on the page) and a name (that of their file)."""

from dataclasses import dataclass
from typing import ClassVar

from helpers import marks
from helpers.present.show import Cards, Claims, Loaded, Table, Text

LONG = 15  # rows that a reader wants to sort
NARROW = 24  # letters: an estimate with its interval
MOST_ROWS, MOST_VALUES = 60, 150  # of a figure's data; of curves, whose values the page tells, and of estimates


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

    A folded table is the list of all estimates or the data behind a figure (`curves`: of a readable one).
    """

    anchor: str
    name: str
    label: str = ""
    folded: bool = False
    curves: bool = False
    exact: tuple[list[str], list[list]] | None = None

    @property
    def levels(self) -> list[int]:
        """The nesting level of each row."""
        return self.indent or [0] * len(self.rows)

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
        is set to the right; w1: column 1 is not wrapped; m3: column 3 is, but stays wide enough for several words.
        """
        long = ["long"] if len(self.rows) > LONG and not any(self.levels) else []
        right = [f"r{number}" for number, (_, align) in enumerate(self.columns, 1) if align == "right"]
        longest = enumerate(
            (max(len(marks.plain(cell)) for cell in cells) for cells in zip(*self.rows, strict=True)), 1
        )
        widths = [f"{'w' if letters <= NARROW else 'm'}{number}" for number, letters in longest]
        return " ".join([*long, *right, *widths])


@dataclass(frozen=True, kw_only=True)
class PageClaims(Claims):
    """Published figures beside ours, as a numbered table."""

    anchor: str
    label: str


@dataclass(frozen=True)
class PageFigure:
    """A drawing (SVG text or "", PNG bytes) with the table of what was drawn; `axis` as in `show.Figure`."""

    anchor: str
    name: str
    label: str
    caption: str
    alt: str
    svg: str
    png: bytes
    data: PageTable | None
    axis: str = ""
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


Block = Heading | Prose | Code | Fold | Text | Cards | PageTable | PageFigure | PageClaims | Output


@dataclass(frozen=True)
class Page:
    """One report: what opens it (lead: answer, cards, warnings), its blocks in order, what stands under its provenance
    (closing), the cohort that was read, provenance as (label, value), estimates (unrounded where they are known).
    """

    name: str
    title: str
    lead: list[Block]
    blocks: list[Block]
    closing: list[Block]
    study: Loaded | None
    provenance: list[tuple[str, str]]
    records: list[dict]

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
    def cards(self) -> list[tuple[str, str, str]]:
        """The headline numbers."""
        return next((block.cards for block in self.lead if isinstance(block, Cards)), [])

    def of(self, kind: str) -> list:
        """The page's blocks of one kind, in order."""
        return [block for block in [*self.blocks, *self.closing] if block.kind == kind]
