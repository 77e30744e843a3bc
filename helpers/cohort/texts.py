"""Columns of text as their distinct texts, so that what is done to cells is done once to each text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

REFUSED = "\0"  # begins what stands for a cell whose fault is recorded; no file's cell holds this letter


@dataclass(frozen=True)
class Texts:
    """A column: its distinct texts, and for each row the place of its text among them, -1 where the cell is empty."""

    codes: np.ndarray
    texts: Sequence[str]

    @classmethod
    def of(cls, cells: pd.Series | np.ndarray) -> "Texts":
        """The column of some cells; missing ones are empty."""
        if isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.CategoricalDtype):
            return cls(cells.array.codes, list(cells.array.categories))
        codes, texts = pd.factorize(cells)
        return cls(codes, list(texts))

    @property
    def given(self) -> np.ndarray:
        """True for the rows with a text."""
        return self.codes >= 0

    @property
    def distinct(self) -> int:
        """How many different texts occur."""
        return int(np.count_nonzero(np.bincount(self.codes + 1, minlength=1)[1:]))

    def each(self, function: Callable[[str], str | None]) -> "Texts":
        """What a function makes of each text that occurs; where that is None the cell is empty."""
        occurs = np.zeros(len(self.texts) + 1, bool)
        occurs[self.codes] = True
        made = [function(text) if seen else None for text, seen in zip(self.texts, occurs, strict=False)]
        places = {text: place for place, text in enumerate(dict.fromkeys(text for text in made if text is not None))}
        codes = np.array([-1 if text is None else places[text] for text in made], dtype=np.int32)
        return Texts(self.numbers(codes, empty=-1), list(places))

    def among(self, texts: Iterable[str]) -> np.ndarray:
        """True for the rows whose text is one of these."""
        known = {*texts}
        return self.numbers(np.array([text in known for text in self.texts], dtype=bool), empty=False)

    def where(self, kept: np.ndarray) -> "Texts":
        """The same with the cells of all other rows empty."""
        return Texts(np.where(kept, self.codes, -1), self.texts)

    def among_rows(self, kept: np.ndarray) -> "Texts":
        """The cells of some rows only."""
        return Texts(self.codes[kept], self.texts)

    def values(self) -> np.ndarray:
        """The text of each row, NaN where there is none."""
        return np.array([*self.texts, np.nan], dtype=object)[self.codes]

    def numbers(self, of_texts: np.ndarray, empty: float) -> np.ndarray:
        """A number for each row, from that of its text."""
        return np.append(of_texts, np.array(empty, dtype=of_texts.dtype))[self.codes]


@dataclass(frozen=True)
class TextTable:
    """Columns of text by name; `rows` numbers their rows as in the file.

    `unchosen` rows of the file are left out because the study chooses others, `blank` ones because they are empty.
    """

    columns: dict[str, Texts]
    rows: pd.Index
    unchosen: int
    blank: int

    def without(self, names: Iterable[str], missing: Iterable[str]) -> "TextTable":
        """The same with the cells of some columns empty that hold a code for what is missing, in any capitals."""
        codes = {code.casefold() for code in missing}
        if not codes:
            return self

        def kept(text: str) -> str | None:
            return None if text.casefold() in codes else text

        return replace(self, columns=self.columns | {name: self.columns[name].each(kept) for name in names})
