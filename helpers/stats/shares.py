"""How the patients divide: every outcome of a list, or every level of one outcome, by group and overall."""

from collections.abc import Mapping

import pandas as pd

from helpers.stats.estimates import combine
from helpers.stats.rates import proportions


def outcomes(
    reached: Mapping[str, pd.Series], labels: Mapping[str, str], by: pd.Series, *, population: str
) -> pd.DataFrame:
    """Return the proportion with each outcome in each group of `by`, then in "All", with Clopper-Pearson intervals.

    reached: endpoint -> yes/no per patient (True, False or missing; missing is left out and counted in the note);
    labels: endpoint -> the row's term. Outcomes that the cohort does not record have no rows.
    """
    return combine(*(_of_one(reached[name], label, by, name, population) for name, label in labels.items()))


def distribution(levels: pd.Series, by: pd.Series, *, endpoint: str, population: str) -> pd.DataFrame:
    """Return the proportion at each category of `levels` (categorical, in order), by group of `by` and in "All".

    term is the category. The proportions of a group add up to 1: patients without a level are left out, and counted.
    """
    if levels.isna().all():
        return combine()
    names = list(levels.cat.categories)
    parts = [(levels == level).astype(object).where(levels.notna()) for level in names]
    return combine(
        *(_of_one(part, str(name), by, endpoint, population) for name, part in zip(names, parts, strict=True))
    )


def _of_one(reached: pd.Series, term: str, by: pd.Series, endpoint: str, population: str) -> pd.DataFrame:
    """The rows of one outcome."""
    fields = {"endpoint": endpoint, "population": population}
    return combine(proportions(reached, by, **fields), proportions(reached, **fields)).assign(term=term)
