"""Sentences about regression models and their checks; "" for an empty table."""

from collections.abc import Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed, measure_name
from helpers.present.values import capital, interval, value, value_with_interval, within
from helpers.stats.estimates import FEW_EVENTS, SEPARATED, filter_rows, single
from helpers.stats.levels import ALPHA, FEW_EVENTS_PER_TERM
from helpers.stats.models.design import Design
from helpers.stats.models.influential import CROSSING
from helpers.stats.models.proportionality import GLOBAL
from helpers.stats.ties import above, below
from helpers.study import Study

RULE = int(FEW_EVENTS_PER_TERM)
NO_DEPARTURE = "finds no covariate below the usual level"


def choice_of_covariates(study: Study) -> str:
    """Whether the study's covariates were chosen before or after the data were seen."""
    if not study.covariates:
        return ""
    if study.covariates_prespecified:
        return "The factors were declared before the analysis."
    return (
        "The factors were chosen after looking at the data: the intervals of these models are too narrow and their "
        "P values too small."
    )


def model_headline(rows: pd.DataFrame) -> str:
    """One model in a sentence: the terms whose interval excludes 1, and how many include it."""
    if rows.empty:
        return ""
    known = rows[rows["estimate"].notna() & rows["ci_low"].notna() & rows["ci_high"].notna()]
    kind = "logistic model" if rows.iloc[0]["measure"] == "odds_ratio" else "Cox model"
    name = f"{capital(rows.iloc[0]['endpoint_label'])}, {kind}"
    if known.empty:
        return f"{name}: no term has an estimate with an interval."
    effects = [
        f"{row['term']} ({measure_name(row)} {value(row)}, 95% CI {interval(row)})"
        for _, row in _excluding(known).iterrows()
    ]
    rest = len(known) - len(effects)
    if not effects:
        return f"{name}: the interval includes 1 for {'the one term' if rest == 1 else f'each of {rest} terms'}."
    others = f"; it includes 1 for {fmt.plural(rest, 'other term')}" if rest else ""
    return f"{name}: the interval excludes 1 for {listed(effects)}{others}."


def nothing_to_model(events: pd.DataFrame) -> str:
    """Said when no model has a term: one arm and no covariate that varies."""
    if events.empty or events["model_terms"].any():
        return ""
    return "There is nothing to model: no arms to compare and no declared covariate that varies."


def few_events(events: pd.DataFrame) -> str:
    """One short sentence for the headline: the models with fewer events than the rule asks for."""
    names = listed(within(label) for label in filter_rows(events, status=FEW_EVENTS)["endpoint_label"])
    return f"Fewer than {RULE} events per term, so unstable: the models of {names}." if names else ""


def events_allow(events: pd.DataFrame, design: Design) -> str:
    """Which models of a design have too few events for its terms, and the terms to hold to: the first declared ones."""
    parts = []
    for _, row in filter_rows(events, status=FEW_EVENTS).iterrows():
        limiting, supported = int(row["events"]), int(row["events"]) // RULE
        first = f"the first {supported} terms" if supported > 2 else listed(design.columns[:supported])
        per_term = f"{fmt.number(row['estimate'], 1)} per term: hold to {first or 'one factor at a time'}"
        support = f"{fmt.plural(limiting, 'limiting event')}, {per_term}" if limiting else "no events"
        parts.append(f"{capital(row['endpoint_label'])} has {support}")
    return f"{'; '.join(parts)}." if parts else ""


def _excluding(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose interval lies on one side of 1; a missing limit is never on a side."""
    return rows[above(rows["ci_low"], 1) | below(rows["ci_high"], 1)]


def agreement(rows: pd.DataFrame) -> str:
    """Whether methods (`tables.methods`) agree, term by term, on which intervals exclude 1; the terms on which not."""
    compared, split = False, []
    for term, part in rows.dropna(subset=["ci_low", "ci_high"], how="all").groupby("term", sort=False):
        excluding = _excluding(part)["group"]
        compared = compared or len(part) > 1
        if 0 < len(excluding) < len(part):
            split.append(f"{term} (excluded by {', '.join(excluding)} only)")
    if split:
        return f"Whether the interval excludes 1 depends on the method for {listed(split)}."
    *most, last = dict.fromkeys(rows["group"]) or [""]
    return f"{', '.join(most)} and {last} agree, term by term, on which intervals exclude 1." if compared else ""


def separation(rows: pd.DataFrame, firth: pd.DataFrame) -> str:
    """Which terms separate the outcome, so that maximum likelihood has no estimate, and whether Firth's method has."""
    lost = list(dict.fromkeys(filter_rows(rows, status=SEPARATED)["term"]))
    if not lost:
        return "No term separates the outcome." if rows["estimate"].notna().any() else ""
    estimated = firth.loc[firth["estimate"].notna(), "term"]
    other = "Firth's method has" if set(lost) <= set(estimated) else "nor has Firth's method for all of them"
    return f"Maximum likelihood has no estimate for {listed(lost)} (separation); {other}."


def proportionality(rows: pd.DataFrame) -> str:
    """For which covariates the score test speaks against proportional hazards; the global test."""
    parts = []
    for label, part in rows.groupby("endpoint_label", sort=False):
        whole, against = single(part, term=GLOBAL), part[(part["term"] != GLOBAL) & below(part["p"], ALPHA)]
        names = listed(f"{row['term']} ({fmt.equals_p(row['p'])})" for _, row in against.iterrows())
        finding = f"speaks against proportional hazards for {names}" if names else NO_DEPARTURE
        tested = f"global {fmt.equals_p(whole['p'])}; the test {finding}"
        if fmt.is_missing(whole["p"]):
            tested = f"the test is {whole['note']}"
        parts.append(f"{capital(label)}: {tested}.")
    return " ".join([*parts, "With few events the test misses all but gross departures."]) if parts else ""


def influence(rows: pd.DataFrame) -> str:
    """The terms whose P changes sides when one patient is left out, and how far their estimates move."""
    crossings = filter_rows(rows, method=CROSSING)
    if crossings.empty:
        return ""
    fragile = crossings[crossings["estimate"] > 0]
    if fragile.empty:
        return f"No term's P value crosses {ALPHA:g} when any one patient is left out."
    parts = []
    for term in fragile["term"]:
        lowest, highest = (single(rows, measure=f"influence_{end}", term=term) for end in ("lowest", "highest"))
        parts.append(f"{term}, {value(lowest)} to {value(highest)}: {lowest['note']}")
    return f"Hazard ratios that hang on single patients: {'; '.join(parts)}."


def discrimination(rows: pd.DataFrame) -> str:
    """The concordance as fitted, its optimism, and what is left, with the interval."""
    if rows.empty:
        return ""
    silent = rows[rows["estimate"].isna()]
    if len(silent):
        return f"Concordance: {silent['note'].iloc[0]}."
    apparent, optimism, corrected = (row for _, row in rows.iterrows())
    reading = "excludes" if above(corrected["ci_low"], 0.5) or below(corrected["ci_high"], 0.5) else "includes"
    return (
        f"{capital(apparent['endpoint_label'])}: the model orders patients with a concordance of {value(apparent)}; "
        f"{value(optimism)} of it is optimism (bootstrap), which leaves {value_with_interval(corrected)}. The interval "
        f"{reading} 0.5, the toss of a coin."
    )


def missing_covariates(dropped: Mapping[str, int], patients: int) -> str:
    """How many patients each model loses to missing covariates (model -> patients), or that none does."""
    lost = [f"{count} of {patients} for the {name} model" for name, count in dropped.items() if count]
    if not lost:
        return "No patient lacks a covariate of these models, so complete cases are everybody and nothing is imputed."
    lead = f"Patients without a value of some covariate: {listed(lost)}."
    return f"{lead} Complete cases stand beside multiple imputation."
