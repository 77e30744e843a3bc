"""Data frames that know what they are about and show themselves: a line of facts, then a few rows.

They are pandas DataFrames in every other respect. What a frame is about survives selecting, assigning and copying;
after `pd.concat` or a merge it has to be given again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar

import numpy as np
import pandas as pd

ROWS_SHOWN = 12
MIME = "application/vnd.second-cart.frame+json"


@dataclass(frozen=True)
class About:
    """What a table of patients or a curve is about; empty texts where nobody said.

    `clock` is the name of the time axis ("months since remission") and `origin` where it starts ("infusion", that is
    time zero, or "remission"); `causes` are the words of the column `cause` that count as the event; `comparison` is
    the label of the study's declared comparison; `styles` says how each arm is drawn, by its label, in their order.
    """

    key: str = ""
    label: str = ""
    population: str = ""
    clock: str = ""
    origin: str = "infusion"
    causes: tuple[str, ...] = ()
    comparison: str = ""
    styles: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    min_at_risk: int = 1


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
        filled = [bool((self[name].notna() & (self[name].astype(str) != "")).any()) for name in self]
        return pd.DataFrame(self.loc[:, filled]).head(ROWS_SHOWN)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        rows = self.first_rows()
        table = _html(list(rows.columns), rows.itertuples(index=False)) if rows.shape[1] else ""
        more = f"<p>{len(self) - len(rows)} more rows</p>" if len(self) > len(rows) else ""
        html = f"<p><b>{escape(self.heading())}</b></p>{table}{more}"
        payload = {"heading": self.heading(), "html": "" if self.holds_patients else table + more}
        return {"text/plain": self.heading(), "text/html": html, MIME: payload}


class Patients(Frame):
    """Patients who are described, not followed: columns of theirs, and no endpoint."""

    holds_patients = True

    def heading(self) -> str:
        """ "Baseline: 35 patients (all patients)"."""
        return f"{self.about.label}: {len(self)} patients ({self.about.population})"


def patients_about(data: pd.DataFrame, about: About) -> Patients:
    """The same patients, as a frame that knows what it is about."""
    found = Patients(data)
    found.about = about
    return found


def about(data: pd.DataFrame) -> About:
    """What a frame is about; nothing for a plain DataFrame."""
    return data.about if isinstance(data, Frame) else About()


def written_short(value: object) -> str:
    """A value as text: four significant digits for a float, empty for missing.

    Nine digits are kept before the four, so that a last bit decides nothing.
    """
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)) or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        kept = float(f"{value:.9g}")
        return f"{kept:.0f}" if kept == round(kept) and abs(kept) < 1e9 else f"{kept:.4g}"
    return str(value)


def _html(columns: list[str], rows: Iterable[tuple]) -> str:
    """An HTML table, one row a line, all text escaped."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(written_short(value))}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
