"""Data frames that know what they are about and show themselves: a line of facts, then a few rows.

They are pandas DataFrames in every other respect. What a frame is about survives selecting, assigning and copying;
after `pd.concat` or a merge it has to be given again.

What a notebook shows is one piece of HTML, stored once, from which the report page is made too: see `marked`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from helpers import marks

ROWS_SHOWN = 5
ROWS_LOOKED_AT = 1000
MARK = '<div data-second-cart="'


@dataclass(frozen=True)
class About:
    """What a table of patients or a curve is about; empty texts where nobody said.

    `clock` is the name of the time axis ("months since remission") and `origin` where it starts ("infusion", that is
    time zero, or "remission"); `causes` are the words of the column `cause` that count as the event; `comparison` is
    the label of the study's declared comparison; `styles` says how each arm is drawn, by its label, in their order, and
    `sides` how each side of the comparison is; `remission` is the study's word of that
    state, `ends` of what ends it (relapse or progression); `off` means that study.toml switches the endpoint off.
    """

    key: str = ""
    label: str = ""
    population: str = ""
    clock: str = ""
    origin: str = "infusion"
    causes: tuple[str, ...] = ()
    comparison: str = ""
    styles: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    sides: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    min_at_risk: int = 1
    remission: str = "remission"
    ends: str = "relapse"
    off: bool = False


class Frame(pd.DataFrame):
    """A DataFrame with `about`; shows `heading()` and its first rows: four digits, empty columns left out."""

    _metadata: ClassVar[list[str]] = ["about"]
    about: About = About()
    holds_patients: ClassVar[bool] = False  # rows that a report page must not repeat

    @property
    def _constructor(self) -> type[Frame]:
        return type(self)

    def heading(self) -> str:
        """The line above the rows."""
        return self.about.label or f"{len(self)} rows"

    def first_rows(self) -> pd.DataFrame:
        """The part that is shown."""
        return self.head(ROWS_SHOWN)[filled_columns(self)]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        rows = self.first_rows()
        table = html_table(list(rows.columns), printed_rows(rows)) if rows.shape[1] else ""
        hidden = len(self) - len(rows)
        more = f"<p>{hidden} more row{'s' * (hidden > 1)}</p>" if hidden else ""
        html = f"<p><b>{escape(self.heading())}</b></p>{table}{more}"
        facts = {"patients": True} if self.holds_patients else {}
        return {"text/plain": self.heading(), "text/html": marked("frame", html, facts)}


class Patients(Frame):
    """Patients who are described, not followed: columns of theirs, and no endpoint."""

    holds_patients = True

    def heading(self) -> str:
        """ "Baseline: 35 patients (all patients)"."""
        return f"{self.about.label}: {len(self)} patient{'s' * (len(self) != 1)} ({self.about.population})"


def patients_about(data: pd.DataFrame, about: About) -> Patients:
    """The same patients, as a frame that knows what it is about."""
    patients = Patients(data)
    patients.about = about
    return patients


def about(data: pd.DataFrame) -> About:
    """What a frame is about; nothing for a plain DataFrame."""
    return data.about if isinstance(data, Frame) else About()


def as_lists(data: pd.DataFrame) -> dict[str, list]:
    """Every column as a list of plain values: to go through rows, far cheaper than through pandas."""
    return dict(zip(data.columns, data.to_numpy(dtype=object).T.tolist(), strict=True))


def filled_columns(data: pd.DataFrame) -> list[str]:
    """The columns that hold anything but missing values and empty texts."""
    first = as_lists(data.head(ROWS_LOOKED_AT))  # nearly always the first rows tell
    return [name for name, values in first.items() if any(map(_says, values)) or _later(data[name])]


def _later(column: pd.Series) -> bool:
    """Whether a column says anything after the first rows."""
    return len(column) > ROWS_LOOKED_AT and bool((column[column.notna()] != "").any())


def _says(value: object) -> bool:
    """Whether a value is neither missing nor an empty text."""
    return not (value is None or value is pd.NaT or value is pd.NA or value != value or value == "")


def marked(kind: str, html: str, facts: Mapping[str, object]) -> str:
    """HTML that says which kind of thing it shows; `facts` is what a report page needs to know besides what it says.

    `helpers.report.from_html` makes the page from this HTML alone, so a stored notebook holds nothing twice.
    """
    data = f' data-facts="{escape(json.dumps(facts, ensure_ascii=False))}"' if facts else ""
    return f'{MARK}{kind}"{data}>{html}</div>'


def html_table(columns: Sequence[object], rows: Iterable[Sequence[str]], indent: Sequence[int] = ()) -> str:
    """An HTML table, one row a line, all text escaped; `indent` is the nesting level of each row.

    Marked numbers (helpers.marks) become `data` elements.

    HTML ends a cell where the next begins: without end tags, a table of estimates takes half the letters.
    """
    head = "".join(f'<th scope="col">{escape(str(name))}' for name in columns)
    levels = dict(enumerate(indent))
    lines = [f"{'&emsp;' * levels.get(i, 0)}{'<td>'.join(map(marks.html, row))}" for i, row in enumerate(rows)]
    body = "\n".join(f"<tr><th>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def printed_rows(frame: pd.DataFrame) -> list[list[str]]:
    """The rows of a DataFrame as text."""
    return [[cell(value) for value in row] for row in frame.to_numpy(dtype=object).tolist()]


def cell(value: object) -> str:
    """A value as text: at least four significant digits for a float, never an exponent; empty for missing.

    Nine digits are kept before the four, so that a last bit decides nothing.
    """
    if not _says(value):
        return ""
    if not isinstance(value, float | np.floating):
        return str(value)
    nine = float(f"{value:.9g}") + 0.0  # no negative zero
    if nine.is_integer():
        return f"{nine:.0f}"
    power = int(f"{nine:.3e}".partition("e")[2]) if np.isfinite(nine) else 0
    return f"{nine:.{max(0, 3 - power)}f}"
