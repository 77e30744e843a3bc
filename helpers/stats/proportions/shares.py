"""How the patients divide: every outcome of a list, or every level of one outcome, by group and overall."""

from collections.abc import Mapping

import pandas as pd

from helpers.stats.estimates import stack
from helpers.stats.proportions.rates import proportions


def several(by: pd.Series) -> bool:
    """Whether there is more than one group; with one, its rows and those of "All" would be the same."""
    return len(by.cat.categories) > 1


def by_group(reached: pd.Series, by: pd.Series, *, endpoint: str, population: str, term: str = "") -> pd.DataFrame:
    """Return the proportion with one outcome in each group of `by`, then in "All"; with one group in "All" alone."""
    fields = {"endpoint": endpoint, "population": population}
    groups = proportions(reached, by, **fields) if several(by) else stack()
    return stack(groups, proportions(reached, **fields)).assign(term=term)


def outcomes(
    reached: Mapping[str, pd.Series], labels: Mapping[str, str], by: pd.Series, *, population: str
) -> pd.DataFrame:
    """Return the proportion with each outcome in each group of `by`, then in "All", with Clopper-Pearson intervals.

    reached: endpoint -> yes/no per patient (True, False or missing; missing is left out and counted in the note);
    labels: endpoint -> the row's term. Outcomes that the cohort does not record have no rows.
    """
    return stack(
        *(
            by_group(reached[name], by, endpoint=name, population=population, term=label)
            for name, label in labels.items()
        )
    )


def distribution(levels: pd.Series, by: pd.Series, *, endpoint: str, population: str) -> pd.DataFrame:
    """Return the proportion at each category of `levels` (categorical, in order), by group of `by` and in "All".

    term is the category. The proportions of a group add up to 1: patients without a level are left out, and counted.
    """
    if levels.isna().all():
        return stack()
    frames = []
    for level in levels.cat.categories:
        reached = (levels == level).astype(object).where(levels.notna())
        frames.append(by_group(reached, by, endpoint=endpoint, population=population, term=str(level)))
    return stack(*frames)
