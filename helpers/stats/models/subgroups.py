"""A comparison of two groups within subgroups, and whether the subgroups differ by more than chance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize, special
from scipy.stats import chi2

from helpers.stats.estimates import estimates, if_recorded, not_estimable, stack
from helpers.stats.models.design import levels
from helpers.stats.proportions.rates import odds_ratio
from helpers.stats.proportions.tables2x2 import TwoByTwo, two_by_two
from helpers.stats.ties import cleared, written
from helpers.study import Covariate

ESTIMATOR = "Firth odds ratio, penalised profile likelihood"
INTERACTION = "Interaction, likelihood ratio"
PENALISED = "Interaction, Firth penalised likelihood ratio"


@if_recorded
def subgroup_odds_ratios(
    outcome: pd.Series,
    by: pd.Series,
    patients: pd.DataFrame,
    covariates: Sequence[Covariate],
    *,
    endpoint: str,
    population: str,
    group: str,
) -> pd.DataFrame:
    """Return the odds ratio in every subgroup, and for every covariate the P of its interaction with the group.

    Rows: term "Age: 45 or less" with Firth's odds ratio (finite in small subgroups) and the counts; then term "Age"
    with measure p_value. Continuous covariates are split at their median. Patients without a value of a covariate are
    not in its subgroups. The interaction is tested by likelihood ratio, penalised (Firth) when a cell is empty.
    """
    words = {"endpoint": endpoint, "population": population, "group": group}
    return stack(
        estimates([]),
        *(_one(outcome, by, covariate.label, split(patients, covariate), words) for covariate in covariates),
    )


def split(patients: pd.DataFrame, covariate: Covariate) -> pd.Series:
    """Return the subgroup of each patient as an ordered categorical of words; empty when not recorded."""
    values = patients.get(covariate.column, pd.Series(np.nan, patients.index))
    if covariate.kind != "continuous":
        names = levels(values)
        return pd.Series(pd.Categorical(values.astype(str).where(values.notna()), names, ordered=True), values.index)
    numbers = pd.to_numeric(values)
    if not numbers.notna().any():
        return pd.Series(pd.Categorical([None] * len(values), [], ordered=True), values.index)
    names = [f"{written(numbers.median(), 'g')} or less", f"more than {written(numbers.median(), 'g')}"]
    words = np.where(numbers <= numbers.median(), *names)
    return pd.Series(pd.Categorical(words, names, ordered=True), values.index).where(numbers.notna())


def interaction_p(tables: Sequence[TwoByTwo]) -> tuple[float, int, bool]:
    """Return the P that the odds ratio is the same in all tables, its degrees of freedom, and whether penalised.

    Likelihood ratio of logistic models with and without group x subgroup terms. With an empty cell both likelihoods
    carry Firth's penalty of the full model, which adds half a patient to each cell.
    """
    cells = np.array([table.array for table in tables], float)
    penalised = bool((cells == 0).any())
    cells = cells + 0.5 if penalised else cells
    full = _log_likelihood(cells, _log_odds_ratios(cells))
    best = optimize.minimize_scalar(
        lambda beta: -_log_likelihood(cells, np.full(len(cells), beta)),
        bounds=(-30, 30),
        method="bounded",
        options={"xatol": 1e-10},
    )
    statistic = max(cleared(2 * (full + best.fun)), 0.0)
    return float(chi2.sf(statistic, len(cells) - 1)), len(cells) - 1, penalised


def _one(outcome: pd.Series, by: pd.Series, label: str, subgroup: pd.Series, words: dict) -> pd.DataFrame:
    """Return the rows of one covariate."""
    names = list(subgroup.cat.categories)
    if not names:
        return estimates([not_estimable("not recorded", **words, term=label, measure="p_value", method=INTERACTION)])
    members = [subgroup.index[subgroup == name].intersection(outcome.index) for name in names]
    rows = []
    for name, index in zip(names, members, strict=True):
        found = odds_ratio(outcome.loc[index], by, **words)
        rows.append(found[found["method"] == ESTIMATOR].assign(term=f"{label}: {name}"))
    return stack(*rows, _interaction([two_by_two(outcome.loc[index], by) for index in members], label, words))


def _interaction(tables: list[TwoByTwo], label: str, words: dict) -> pd.DataFrame:
    """Return the interaction row of one covariate; subgroups without both groups or both outcomes do not count."""
    fixed = {**words, "term": label, "measure": "p_value", "method": INTERACTION}
    fixed |= {"n": sum(table.n for table in tables), "events": sum(table.events for table in tables)}
    told = [t for t in tables if t.array.sum(axis=1).min() > 0 and 0 < t.events < t.n]
    if len(told) < 2:
        return estimates([not_estimable("fewer than two subgroups with both groups and both outcomes", **fixed)])
    p, freedom, penalised = interaction_p(told)
    note = f"{freedom} degrees of freedom" if freedom > 1 else ""
    return estimates([{**fixed, "p": p, "method": PENALISED if penalised else INTERACTION, "note": note}])


def _log_odds_ratios(cells: np.ndarray) -> np.ndarray:
    """Return the log odds ratio of each table."""
    return np.log(cells[:, 0, 0] * cells[:, 1, 1] / (cells[:, 0, 1] * cells[:, 1, 0]))


def _log_likelihood(cells: np.ndarray, betas: np.ndarray) -> float:
    """Return the log-likelihood at given log odds ratios, each table's control odds maximised."""
    total = 0.0
    for table, beta in zip(cells, betas, strict=True):
        sizes, events = table.sum(axis=1), table[:, 0].sum()
        alpha = optimize.brentq(
            lambda a, s=sizes, b=beta, e=events: float((s * special.expit([a + b, a])).sum() - e), -90, 90, xtol=1e-13
        )
        logs = special.log_expit(np.array([[alpha + beta, -alpha - beta], [alpha, -alpha]]))
        total += float((table * logs).sum())
    return total
