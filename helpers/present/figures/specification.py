"""How one effect moves with the choices of the analyst: a forest plot of every analysis."""

import pandas as pd

from helpers.present import show
from helpers.present.figures.forest import plot_forest
from helpers.present.layout.theme import add_notes
from helpers.present.values import capital, value
from helpers.stats.levels import ALPHA
from helpers.stats.ties import below, tied

WORDS = {"Clock": "since {}", "Follow-up": "{}", "Counting": "{}", "Covariates": "{}", "Fit": "{}"}
FIRST = ("Counting", "Covariates")  # what heads the rows, if it varies


def plot_specification(
    curve: pd.DataFrame, *, id: str, caption: str, favours: tuple[str, str] = ("", "")
) -> show.Figure | show.Text:
    """The estimate of every analysis with its interval, one row each, in the order in which they were made.

    `curve` has estimates rows and a column per choice ("Covariates": "unadjusted", "adjusted"); a row is named by the
    choices that vary and stands under the first of them. Analyses without an estimate are counted in the caption.
    `favours` names the two directions, which for hazard ratios are known.
    """
    known = curve.dropna(subset="estimate")
    varying = [name for name in WORDS if name in curve and curve[name].nunique() > 1]
    heads = [name for name in FIRST if name in varying and len(varying) > 1][:1]
    named = [name for name in varying if name not in heads]
    phrases = [[WORDS[name].format(level) for name, level in row.items()] for _, row in known[named].iterrows()]
    rows = known.assign(choice=[capital(", ".join(words)) or "The one analysis" for words in phrases])
    rows["head"] = known[heads[0]].map(capital) if heads else ""
    lost = len(curve) - len(known)
    caption = add_notes(caption, _found(known), f"{lost} of {len(curve)} analyses have no estimate." if lost else "")
    return plot_forest(rows, id=id, caption=caption, label="choice", heading="head" if heads else "", favours=favours)


def _found(known: pd.DataFrame) -> str:
    """From where to where the estimates lie, and how many of them have P below 0.05."""
    if len(known) < 2:
        return ""
    ordered = known.sort_values("estimate", key=tied, kind="stable")
    ends = f"Estimates from {value(ordered.iloc[0])} to {value(ordered.iloc[-1])}"
    p = known["p"].dropna().to_numpy(float)
    return f"{ends}; P below {ALPHA:g} in {int(below(p, ALPHA).sum())} of {len(p)} analyses." if len(p) else f"{ends}."
