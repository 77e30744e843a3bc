"""The forest plot of a comparison within subgroups, each factor headed by the P of its interaction."""

import numpy as np
import pandas as pd

from helpers.present import format as fmt
from helpers.present import show
from helpers.present.figures.forest import plot_forest
from helpers.present.layout.theme import add_notes
from helpers.stats.estimates import filter_rows

FEWEST = 10  # patients with the outcome, and without it, of a subgroup whose odds ratio tells something


def plot_subgroups(
    estimates: pd.DataFrame, *, id: str, caption: str, effect: str, favours: tuple[str, str] = ("", "")
) -> show.Figure | show.Text:
    """The effect in the levels of each factor, under the factor's label with the P of its interaction.

    Subgroups with fewer than ten patients with the outcome, or without it, are left out; where none is left, a line
    says so.
    """
    tests = filter_rows(estimates, comparison="interaction").dropna(subset="p")
    effects = estimates[estimates["comparison"] != "interaction"]
    shown = effects[np.minimum(effects["events"], effects["n"] - effects["events"]) >= FEWEST]
    rule = f"{FEWEST} patients with and {FEWEST} without the outcome"
    if len(effects) and shown.empty:
        return show.Text("note", f"No odds ratios are drawn: no subgroup has {rule}.")
    left = fmt.plural(len(effects) - len(shown), "subgroup")
    counts = [fmt.count_of(row.events, row.n) for row in shown.itertuples()]
    return plot_forest(
        shown.assign(counts=counts, p=np.nan),
        id=id,
        caption=add_notes(caption, f"{left} without {rule} left out." if len(shown) < len(effects) else ""),
        effect=effect,
        label="level",
        heading="variable_label",
        heading_notes={row.variable_label: f"interaction {fmt.equals_p(row.p)}" for row in tests.itertuples()},
        columns={"Events/\npatients": "counts"},
        favours=favours,
    )
