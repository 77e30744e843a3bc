"""What a reviewer asks of a fitted model: events per variable, multiplicity, unmeasured confounding."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.models.design import Design, usable
from helpers.stats.ties import below, cleared

RULE = 10  # events per term; Peduzzi 1995, 1996
RARE = 0.15  # below this share of patients with the outcome, odds and hazard ratios are close to risk ratios
RATIOS = ("odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio")


@if_recorded
def events_per_variable(
    outcome: pd.Series, design: Design, *, endpoint: str, population: str, binary: bool = False
) -> pd.DataFrame:
    """Return the events per model term (one row) among the patients with complete covariates.

    `outcome` is 0/1 by patient: the event, or for a yes/no outcome (`binary`) the outcome, of which the rarer side
    counts. Terms that do not vary among the patients do not count. The note says how many terms the rule of ten
    events per term supports, when the model has more.
    """
    known = outcome.dropna()
    rows = design.matrix.index.intersection(known.index, sort=False)
    happened, terms = int(known.loc[rows].sum()), usable(design, rows).matrix.shape[1]
    limiting = min(happened, len(rows) - happened) if binary else happened
    fixed = {"endpoint": endpoint, "population": population, "group": "All", "measure": "events_per_variable"}
    fixed |= {"method": "Events per model term", "n": len(rows), "events": limiting}
    if terms == 0:
        return estimates([not_estimable("the model has no terms", **fixed)])
    supported = limiting // RULE
    short = f"; fewer than {RULE} per term: the data support {supported or 'no'} term{'s' if supported > 1 else ''}"
    note = f"{terms} term{'s' if terms > 1 else ''}{short if limiting / terms < RULE else ''}"
    return estimates([{**fixed, "estimate": limiting / terms, "note": note}])


def holm(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row of `frame` with its P adjusted for all of them by Holm's step-down method.

    Rows without a P do not count as tests and stay not estimable. measure p_adjusted; `p` and `estimate` hold the
    adjusted P, the note names the number of tests.
    """
    tested = frame["p"].notna()
    ordered = np.sort(frame.loc[tested, "p"].to_numpy())
    steps = (
        np.maximum.accumulate(np.minimum(ordered * np.arange(len(ordered), 0, -1), 1.0)) if len(ordered) else ordered
    )
    rows = []
    for _, row in frame.iterrows():
        kept = {name: row[name] for name in ("endpoint", "population", "group", "term", "n", "events")}
        kept |= {"measure": "p_adjusted", "method": f"Holm, {row['method']}"}
        if np.isnan(row["p"]):
            rows.append(not_estimable("no P value to adjust", **kept))
            continue
        value = float(steps[np.searchsorted(ordered, row["p"])])
        rows.append({**kept, "estimate": value, "p": value, "note": f"adjusted for {len(ordered)} tests"})
    return estimates(rows)


def e_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the E-value of each ratio in `frame`, and that of the confidence limit nearer to 1 in `ci_low`.

    The E-value is the risk ratio that an unmeasured confounder would need with both treatment and outcome to explain
    the estimate away (VanderWeele and Ding 2017). When 15% of the patients or more have the outcome, odds and hazard
    ratios are first turned into risk ratios (square root of the odds ratio; the authors' approximation for hazards).
    A limit on the other side of 1 has the E-value 1.
    """
    rows = []
    for _, row in frame[frame["measure"].isin(RATIOS)].iterrows():
        kept = {name: row[name] for name in ("endpoint", "population", "group", "term", "n", "events")}
        kept |= {"measure": "e_value", "method": f"E-value, {row['method']}"}
        rows.append({**kept, **_e_record(row, not below(row["events"], RARE * row["n"]))})
    return estimates(rows)


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


def _e_record(row: pd.Series, common: bool) -> dict:
    """Return the E-values of estimate and nearer limit."""
    if not row["estimate"] > 0:
        return not_estimable("the ratio itself is not estimable")
    converted = risk_ratio(row["estimate"], row["measure"], common)
    near = row["ci_high"] if below(row["estimate"], 1) else row["ci_low"]
    if np.isnan(near):
        return {"estimate": e_value(converted), "note": "the confidence limit nearer to 1 is not known"}
    crosses = cleared(near - 1) * cleared(row["estimate"] - 1) <= 0
    limit = 1.0 if crosses else e_value(risk_ratio(near, row["measure"], common))
    note = "the lower limit is the E-value of the confidence limit nearer to 1"
    return {"estimate": e_value(converted), "ci_low": limit, "note": note}
