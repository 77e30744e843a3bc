"""What a reviewer asks of a fitted model: events per variable, multiplicity, unmeasured confounding."""

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from helpers.stats.estimates import FEW_EVENTS, OK, estimates, if_recorded, not_estimable
from helpers.stats.levels import FEW_EVENTS_PER_TERM
from helpers.stats.models.cox_regression import cox_data
from helpers.stats.models.design import Design
from helpers.stats.models.effects import Record, table_scope
from helpers.stats.models.logistic_regression import logistic_data
from helpers.stats.ties import below, cleared

RARE = 0.15  # below this share of patients with the outcome, odds and hazard ratios are close to risk ratios
RATIOS = ("odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio")
KEPT = ["endpoint", "endpoint_label", "population", "group", "term", "n", "events", "comparison", "model_terms"]
KEPT += ["variable", "variable_label", "level", "reference"]


@if_recorded
def events_per_variable(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the events per model term (one row) among the patients with complete covariates.

    `data` is the table of an endpoint, or of a yes-or-no outcome (no time_months, or a Series), of which the rarer
    side counts. Terms that do not vary among the patients do not count. The status is "few_events" (Peduzzi 1995, 1996)
    when there are fewer than ten per term, and the note says how many terms so many events support.
    """
    clocked = isinstance(data, pd.DataFrame) and "time_months" in data
    used = cox_data(data, design) if clocked else logistic_data(data, design)
    terms, limiting, n = len(used.terms), used.limiting, used.counts["n"]
    fixed = {**table_scope(data), "group": "All", "measure": "events_per_variable", "method": "Events per model term"}
    fixed |= {"n": n, "events": limiting, "model_terms": terms}
    if terms == 0:
        return estimates([not_estimable("the model has no terms", **fixed)])
    few, note = bool(below(limiting / terms, FEW_EVENTS_PER_TERM)), f"{terms} term{'s' if terms > 1 else ''}"
    if few:
        supported = int(limiting // FEW_EVENTS_PER_TERM)
        several = "s" if supported > 1 else ""
        note += f"; fewer than {FEW_EVENTS_PER_TERM:g} per term: the data support {supported or 'no'} term{several}"
    return estimates([{**fixed, "estimate": limiting / terms, "status": FEW_EVENTS if few else OK, "note": note}])


def holm(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row given with its P adjusted for all of them by Holm's step-down method (statsmodels).

    Rows without a P do not count as tests and stay not estimable. measure p_adjusted; `p` and `estimate` hold the
    adjusted P, the note names the number of tests.
    """
    adjusted = rows["p"].copy()
    tested = adjusted.notna()
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method="holm")[1]
    note = f"adjusted for {tested.sum()} tests"
    records = []
    for (_, row), p in zip(rows.iterrows(), adjusted, strict=True):
        facts = {**row[KEPT], "measure": "p_adjusted", "method": f"Holm, {row['method']}"}
        known = {**facts, "estimate": p, "p": p, "note": note}
        records.append(not_estimable("no P value to adjust", **facts) if np.isnan(p) else known)
    return estimates(records)


def e_values(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the E-value of each ratio in `rows`, then that of its confidence limit nearer to 1 (e_value_limit).

    The E-value is the risk ratio that an unmeasured confounder would need with both treatment and outcome to explain
    the estimate away (VanderWeele and Ding 2017). When 15% of the patients or more have the outcome, odds and hazard
    ratios are first turned into risk ratios (square root of the odds ratio; the authors' approximation for hazards).
    A limit on the other side of 1 has the E-value 1.
    """
    records = []
    for _, row in rows[rows["measure"].isin(RATIOS)].iterrows():
        facts, common = {**row[KEPT], "method": f"E-value, {row['method']}"}, not below(row["events"], RARE * row["n"])
        records.append({**facts, "measure": "e_value", **_of_estimate(row, common)})
        records.append({**facts, "measure": "e_value_limit", **_of_limit(row, common)})
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


def _of_estimate(row: pd.Series, common: bool) -> Record:
    """Return the E-value of an estimate."""
    if not row["estimate"] > 0:
        return not_estimable("the ratio itself is not estimable")
    return {"estimate": e_value(risk_ratio(row["estimate"], row["measure"], common))}


def _of_limit(row: pd.Series, common: bool) -> Record:
    """Return the E-value of the limit nearer to 1."""
    if not row["estimate"] > 0:
        return not_estimable("the ratio itself is not estimable")
    near = row["ci_high"] if below(row["estimate"], 1) else row["ci_low"]
    if np.isnan(near):
        return not_estimable("the confidence limit nearer to 1 is not known")
    if cleared(near - 1) * cleared(row["estimate"] - 1) <= 0:
        return {"estimate": 1.0}
    return {"estimate": e_value(risk_ratio(near, row["measure"], common))}
