"""What the cells of a column look like: dates, numbers, a short list of codes, or text."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers.cohort.dates import REFUSED, read_dates, to_dates
from helpers.cohort.initial.codes import plain, table
from helpers.cohort.readers.raw import as_text
from helpers.cohort.reading import MISSING
from helpers.cohort.texts import Texts

MOST_CODES, LONGEST_CODE = 12, 40  # of a list that may be shown
MOSTLY = 0.9  # share of the cells that decides what a column holds
NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)?\Z")
YEAR = re.compile(r"(?:19|20)\d\d")
UNCLEAR = {REFUSED + reason for reason in ("order", "mixed", "never")}  # dates whose day and month cannot be told


@dataclass(frozen=True)
class Cells:
    """A column: how many rows it has, and how often each of its texts occurs.

    Apart are texts that say "unknown", and the codes that the reader itself takes for missing.
    """

    column: Texts  # without these
    counts: dict[str, int]
    missing: tuple[str, ...]
    emptied: tuple[str, ...]

    @classmethod
    def of(cls, column: Texts, emptied: frozenset[str] = frozenset()) -> "Cells":
        """The cells of a column as they are read, without codes that the reader empties."""
        there = tuple(sorted(code for code in emptied if column.among([code]).any()))
        column = column.each(lambda cell: None if as_text(cell) in emptied else cell)
        cleaned = column.each(lambda cell: None if (text := as_text(cell)).casefold() in MISSING else text)
        sizes = np.bincount(cleaned.codes[cleaned.given], minlength=len(cleaned.texts))
        counts = {text: int(size) for text, size in zip(cleaned.texts, sizes, strict=True)}
        unknown = {text for text in counts if plain(text) in table("missing")}
        if len(unknown) == len(counts) or {"+", "-"} <= counts.keys():  # there a sign is a code
            unknown = set()
        kept = {text: size for text, size in counts.items() if text not in unknown}
        return cls(cleaned.each(lambda text: None if text in unknown else text), kept, tuple(sorted(unknown)), there)

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.column.codes)

    @property
    def given(self) -> int:
        """How many cells hold something."""
        return sum(self.counts.values())

    @property
    def distinct(self) -> bool:
        """True when every row has a text of its own."""
        return len(self.counts) == self.given == self.rows > 0

    @property
    def codes(self) -> list[str]:
        """The codes of a short list, in order; none when the texts are too many or too long for one."""
        short = len(self.counts) <= MOST_CODES and all(len(text) <= LONGEST_CODE for text in self.counts)
        return (
            sorted(self.counts, key=lambda text: (len(text), text) if text.isdigit() else (99, text)) if short else []
        )

    @property
    def repeats(self) -> bool:
        """True when texts occur more than once on average, as codes do and what is said of one patient does not."""
        return 2 * len(self.counts) <= self.given

    @cached_property
    def numbers(self) -> np.ndarray:
        """The numbers of the cells, in order; none unless nearly all are numbers."""
        found = [(_number(text), size) for text, size in self.counts.items() if NUMBER.match(text)]
        numbers = np.repeat([number for number, _ in found], [size for _, size in found])
        return np.sort(numbers, kind="stable") if self._mostly(len(numbers)) else np.array([])

    @cached_property
    def years(self) -> list[int]:
        """The years of the dates; none unless nearly all cells are dates."""
        texts = [text for text in self.counts if YEAR.search(text) and not text.isdigit()]
        dates = read_dates({"": Texts(np.arange(len(texts)), texts)}, "")[""].cells.values()
        found = [text for text, day in zip(texts, dates, strict=True) if not day.startswith(REFUSED) or day in UNCLEAR]
        years = sorted(int(YEAR.findall(text)[-1]) for text in found)
        return years if self._mostly(sum(self.counts[text] for text in found)) else []

    @property
    def whole(self) -> bool:
        """True when the cells are whole numbers."""
        return bool(len(self.numbers)) and bool((self.numbers % 1 == 0).all())

    @property
    def is_text(self) -> bool:
        """True for text that is no short list: notes, names, terms."""
        return bool(self.given) and not (self.codes or self.years or len(self.numbers))

    def precede(self, start: "Cells") -> bool:
        """True when most dates lie before the dates of another column."""
        read = read_dates({"these": self.column, "start": start.column}, "")
        these, begin = (to_dates(read[name].cells) for name in ("these", "start"))
        early, late = (these < begin).sum(), (these >= begin).sum()
        return bool(early > late)

    def described(self) -> str:
        """The cells in words: no single value, but the codes of a short list; ranges go out to whole tens."""
        if not self.given:
            return "no cells given"
        if self.years:
            first, last = self.years[0], self.years[-1]
            return f"{self.given} dates, {first} to {last}" if first < last else f"{self.given} dates in {first}"
        if self.codes and self.repeats and (len(self.counts) <= 6 or not len(self.numbers)):
            return f"codes {', '.join(self.codes)}" if len(self.codes) > 1 else f"one code in {self.given} rows"
        if len(self.numbers):
            low, high = np.floor(self.numbers[0] / 10) * 10, np.ceil(self.numbers[-1] / 10) * 10
            return f"{self.given} numbers between {low:.0f} and {high:.0f}"
        return f"{len(self.counts)} different texts in {self.given} rows"

    def _mostly(self, size: int) -> bool:
        return 0 < size >= MOSTLY * self.given


def _number(text: str) -> float:
    return float(text.replace(",", "."))
