"""The forest plot of a comparison within subgroups, each factor headed by the P of its interaction."""

import numpy as np
import pandas as pd

from helpers.present import format as fmt
from helpers.present import show
from helpers.present.figures.forest import plot_forest
from helpers.stats.estimates import filter_rows


def plot_subgroups(
    estimates: pd.DataFrame, *, id: str, caption: str, effect: str, favours: tuple[str, str] = ("", "")
) -> show.Figure | show.Text:
    """The effect in every level of a factor, under the factor's label with the P of its interaction."""
    tests = filter_rows(estimates, comparison="interaction").dropna(subset="p")
    effects = estimates[estimates["comparison"] != "interaction"]
    counts = [fmt.count_of(row.events, row.n) if not fmt.is_missing(row.n) else "" for row in effects.itertuples()]
    return plot_forest(
        effects.assign(counts=counts, p=np.nan),
        id=id,
        caption=caption,
        effect=effect,
        label="level",
        heading="variable_label",
        heading_notes={row.variable_label: f"interaction {fmt.equals_p(row.p)}" for row in tests.itertuples()},
        columns={"Events/\npatients": "counts"},
        favours=favours,
    )


def interaction_only(estimates: pd.DataFrame) -> pd.DataFrame:
    """The same rows without the P of the single subgroups, which answers no question."""
    return estimates.assign(p=estimates["p"].where(estimates["comparison"] == "interaction"))
