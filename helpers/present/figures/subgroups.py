"""The forest plot of a comparison within subgroups, each factor headed by the P of its interaction."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present import show
from helpers.present.figures.forest import plot_forest


def plot_subgroups(
    estimates: pd.DataFrame, *, id: str, caption: str, effect: str, favours: tuple[str, str] = ("", "")
) -> show.Figure | show.Text:
    """Effects under the factor they belong to. Rows: term "Factor: level" with the effect, term "Factor" with P."""
    estimates = interaction_only(estimates)
    tests = estimates[estimates["measure"] == "p_value"]
    parts = [_under(estimates, row.term) for row in tests.itertuples()]
    drawn = pd.concat(parts) if parts else estimates.iloc[:0]
    notes = {row.term: _alt_text(row.p) for row in tests.itertuples()}
    look = {"effect": effect, "heading": "factor", "label": "level", "heading_notes": notes, "favours": favours}
    return plot_forest(drawn, id=id, caption=caption, columns={"Events/\npatients": "counts"}, **look)


def interaction_only(estimates: pd.DataFrame) -> pd.DataFrame:
    """The same rows without the P of the single subgroups, which answers no question."""
    return estimates.assign(p=estimates["p"].where(estimates["measure"] == "p_value"))


def _under(estimates: pd.DataFrame, factor: str) -> pd.DataFrame:
    """The effects in the levels of one factor."""
    rows = estimates[estimates["term"].str.startswith(f"{factor}: ") & (estimates["measure"] != "p_value")]
    counts = [fmt.count_of(row.events, row.n) if not fmt.is_missing(row.n) else "" for row in rows.itertuples()]
    return rows.assign(factor=factor, level=rows["term"].str.removeprefix(f"{factor}: "), counts=counts)


def _alt_text(p: float) -> str:
    """ "interaction P = 0.41"."""
    return "" if fmt.is_missing(p) else f"interaction {fmt.equals_p(p)}"
