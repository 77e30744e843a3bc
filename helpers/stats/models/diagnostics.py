"""What a reviewer asks of a fitted model: events per variable, multiplicity, unmeasured confounding."""

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from helpers.stats.estimates import FEW_EVENTS, estimates, if_recorded, not_estimable
from helpers.stats.levels import FEW_EVENTS_PER_TERM
from helpers.stats.models.cox_regression import cox_data
from helpers.stats.models.design import Design
from helpers.stats.models.effects import Record, table_scope
from helpers.stats.models.logistic_regression import logistic_data
from helpers.stats.ties import below, cleared

RARE = 0.15  # below this share of patients with the outcome, odds and hazard ratios are close to risk ratios
RATIOS = ("odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio")
ABOUT = ["endpoint", "endpoint_label", "population", "group", "term", "n", "events", "comparison", "model_terms"]
ABOUT += ["variable", "variable_label", "level", "reference"]


@if_recorded
def events_per_variable(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the events per factor, that is per model term (one row), among the patients with complete covariates.

    `data` is the table of an endpoint, or of a yes-or-no outcome (no time_months, or a Series), of which the rarer
    side counts. Terms that do not vary among the patients do not count. The status is "few_events" (Peduzzi 1995, 1996)
    when there are fewer than ten per term, and the note says how many factors so many events support.
    """
    clocked = isinstance(data, pd.DataFrame) and "time_months" in data
    used = cox_data(data, design) if clocked else logistic_data(data, design)
    terms, limiting = len(used.terms), used.limiting
    fixed: Record = {**table_scope(data), "group": "All", "measure": "events_per_variable"}
    fixed |= {"method": "Events per model term", "n": len(used.event), "events": limiting, "model_terms": terms}
    if terms == 0:
        return estimates([not_estimable("the model has no factor", **fixed)])
    record = {**fixed, "estimate": limiting / terms}
    if below(limiting / terms, FEW_EVENTS_PER_TERM):
        supported = int(limiting // FEW_EVENTS_PER_TERM)
        count = {0: "not even one factor", 1: "one factor"}.get(supported, f"{supported} factors")
        record |= {"status": FEW_EVENTS, "note": f"the data support {count}, and the model has {terms}"}
    return estimates([record])


def holm(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row given with its P adjusted for all of them by Holm's step-down method (statsmodels).

    Rows without a P do not count as tests and stay not estimable. `p` and `estimate` hold the adjusted P (p_adjusted).
    """
    adjusted, tested = rows["p"].copy(), rows["p"].notna()
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method="holm")[1]
    note = f"adjusted for {tested.sum()} tests"
    records = []
    for (_, row), p in zip(rows.iterrows(), adjusted, strict=True):
        record = not_estimable("no P value to adjust") if np.isnan(p) else {"estimate": p, "p": p, "note": note}
        records.append({**row[ABOUT], "measure": "p_adjusted", "method": f"Holm, {row['method']}", **record})
    return estimates(records)


def e_values(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the E-value of each ratio in `rows`, then that of its confidence limit nearer to 1 (e_value_limit).

    The risk ratio that an unmeasured confounder would need with both treatment and outcome to explain the estimate
    away (VanderWeele and Ding 2017). When 15% of the patients or more have the outcome, odds and hazard ratios are
    first turned into risk ratios by the authors' approximations. A limit on the other side of 1 has the E-value 1.
    """
    records = []
    for _, row in rows[rows["measure"].isin(RATIOS)].iterrows():
        facts = {**row[ABOUT], "method": f"E-value, {row['method']}"}
        for measure, record in zip(("e_value", "e_value_limit"), _of_ratio(row), strict=True):
            records.append({**facts, "measure": measure, **record})
    return estimates(records)


def risk_ratio(value: float, measure: str, common: bool) -> float:
    """Return the risk ratio an odds or hazard ratio stands for."""
    if not common or measure == "risk_ratio":
        return value
    if measure == "odds_ratio":
        return float(np.sqrt(value))
    return float((1 - 0.5 ** np.sqrt(value)) / (1 - 0.5 ** np.sqrt(1 / value)))


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio."""
    away = max(ratio, 1 / ratio)
    return float(away + np.sqrt(away * cleared(away - 1)))  # the root would make 1e-8 of a last bit


def _of_ratio(row: pd.Series) -> tuple[Record, Record]:
    """Return the E-values of an estimate and of its limit nearer to 1."""
    estimate, common = row["estimate"], not below(row["events"], RARE * row["n"])
    if not estimate > 0:
        lost = not_estimable("the ratio itself is not estimable")
        return lost, lost
    record = {"estimate": e_value(risk_ratio(estimate, row["measure"], common))}
    near = row["ci_high"] if below(estimate, 1) else row["ci_low"]
    if np.isnan(near):
        return record, not_estimable("the confidence limit nearer to 1 is not known")
    crosses = cleared(near - 1) * cleared(estimate - 1) <= 0
    return record, {"estimate": 1.0 if crosses else e_value(risk_ratio(near, row["measure"], common))}
