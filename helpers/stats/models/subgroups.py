"""A comparison of two groups within subgroups, and whether the subgroups differ by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special
from scipy.stats import chi2

from helpers.stats.estimates import NOT_RECORDED, compared, estimates, if_recorded, not_estimable, scope, stack
from helpers.stats.models.design import categories
from helpers.stats.proportions.effects import FIRTH, odds_ratio
from helpers.stats.proportions.tables2x2 import TwoByTwo, two_by_two
from helpers.stats.ties import cleared, written
from helpers.study import Covariate

INTERACTION = "Interaction, likelihood ratio"
PENALISED = "Interaction, Firth penalised likelihood ratio"


@if_recorded
def subgroup_odds_ratios(data: pd.DataFrame, by: str, covariates: Sequence[Covariate]) -> pd.DataFrame:
    """Return the odds ratio in every subgroup, and for every covariate the P of its interaction with the group.

    data: one row per patient with `event` and the covariates' columns, as `cohort.outcome` gives it; the column `by`
    lists the control group first. Rows of a covariate (`variable`): one per subgroup (`level`) with Firth's odds
    ratio, then the interaction (p_value), a likelihood ratio test, penalised (Firth) when a cell is empty. Continuous
    covariates are split at their median. Patients without a value of a covariate are not in its subgroups.
    """
    return stack(*(_one(data, by, covariate) for covariate in covariates))


def split(patients: pd.DataFrame, covariate: Covariate) -> pd.Series:
    """Return the subgroup of each patient as an ordered categorical of words; empty when not recorded."""
    values = patients.get(covariate.column, pd.Series(np.nan, patients.index))
    if covariate.kind != "continuous":
        return categories(values)
    numbers = pd.to_numeric(values)
    if not numbers.notna().any():
        return categories(numbers)
    names = [f"{written(numbers.median(), 'g')} or less", f"more than {written(numbers.median(), 'g')}"]
    halves = np.where(numbers <= numbers.median(), *names)
    return pd.Series(pd.Categorical(halves, names, ordered=True), values.index).where(numbers.notna())


@dataclass(frozen=True)
class Interaction:
    """A test that the odds ratio is the same in all subgroups, and whether its likelihoods are penalised."""

    statistic: float
    df: int
    p: float
    penalised: bool


def interaction(tables: Sequence[TwoByTwo]) -> Interaction:
    """Return the likelihood ratio test of logistic models with and without group x subgroup terms.

    With an empty cell both likelihoods carry Firth's penalty of the full model, which adds half a patient to each
    cell.
    """
    cells = np.array([table.array for table in tables], float)
    penalised = bool((cells == 0).any())
    cells = cells + 0.5 if penalised else cells
    full = _log_likelihood(cells, np.log(cells[:, 0, 0] * cells[:, 1, 1] / (cells[:, 0, 1] * cells[:, 1, 0])))

    def common(beta: float) -> float:
        return -_log_likelihood(cells, np.full(len(cells), beta))

    best = optimize.minimize_scalar(common, bounds=(-30, 30), method="bounded", options={"xatol": 1e-10})
    statistic, df = max(float(cleared(2 * (full + best.fun))), 0.0), len(cells) - 1
    return Interaction(statistic, df, float(chi2.sf(statistic, df)), penalised)


def _one(data: pd.DataFrame, by: str, covariate: Covariate) -> pd.DataFrame:
    """Return the rows of one covariate."""
    subgroup, label = split(data, covariate), covariate.label
    parts = {name: data[subgroup == name] for name in subgroup.cat.categories}
    ratios = {name: odds_ratio(part, by) for name, part in parts.items()}
    firth = {name: table[table["method"] == FIRTH] for name, table in ratios.items()}
    rows = [table.assign(level=name, term=f"{label}: {name}") for name, table in firth.items()]
    test = _interaction([two_by_two(part, by) for part in parts.values()])
    test |= {**scope(data), **compared(data, by), "comparison": "interaction", "measure": "p_value", "term": label}
    return stack(*rows, estimates([test])).assign(variable=covariate.column, variable_label=label)


def _interaction(tables: list[TwoByTwo]) -> dict:
    """Return the interaction of one covariate; subgroups without both groups or both outcomes do not count."""
    if not tables:
        return not_estimable("not recorded", status=NOT_RECORDED, method=INTERACTION)
    counts = {"n": sum(table.n for table in tables), "events": sum(table.events for table in tables)}
    usable = [table for table in tables if table.array.sum(axis=1).min() > 0 and 0 < table.events < table.n]
    if len(usable) < 2:
        reason = "fewer than two subgroups with both groups and both outcomes"
        return not_estimable(reason, method=INTERACTION, **counts)
    result = interaction(usable)
    note = f"{result.df} degrees of freedom" if result.df > 1 else ""
    method = PENALISED if result.penalised else INTERACTION
    return {"p": result.p, "statistic": result.statistic, "df": result.df, "method": method, "note": note, **counts}


def _excess(alpha: float, beta: float, sizes: np.ndarray, events: float) -> float:
    """Return how many more events are expected than there were."""
    return float((sizes * special.expit([alpha + beta, alpha])).sum() - events)


def _log_likelihood(cells: np.ndarray, betas: np.ndarray) -> float:
    """Return the log-likelihood at given log odds ratios, each table's control odds maximised."""
    total = 0.0
    for table, beta in zip(cells, betas, strict=True):
        sizes, events = table.sum(axis=1), table[:, 0].sum()
        alpha = optimize.brentq(_excess, -90, 90, (beta, sizes, events), xtol=1e-13)
        logs = special.log_expit(np.array([[alpha + beta, -alpha - beta], [alpha, -alpha]]))
        total += float((table * logs).sum())
    return total
