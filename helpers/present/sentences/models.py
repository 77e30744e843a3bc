"""Sentences about regression models and their checks; "" for an empty table."""

from collections.abc import Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed, measure_name
from helpers.present.show import IMPOSED
from helpers.present.values import capital, interval, marked, p_text, value, value_with_interval, within
from helpers.stats.estimates import FEW_EVENTS, SEPARATED, filter_rows, single
from helpers.stats.levels import ALPHA, FEW_EVENTS_PER_TERM
from helpers.stats.models.influential import CROSSING
from helpers.stats.models.proportionality import GLOBAL
from helpers.stats.ties import above, below
from helpers.study import Study

RULE = int(FEW_EVENTS_PER_TERM)
MOST_NAMED = 2  # factors without an association that a sentence names
NO_DEPARTURE = "finds no factor below the usual level"


def choice_of_covariates(study: Study) -> str:
    """Whether the study's covariates were chosen before or after the data were seen; of a synthetic cohort neither."""
    if not study.covariates:
        return ""
    if study.synthetic:
        chosen = "chosen for their published results" if study.covariates_prespecified is False else "known"
        return f"The factors were {chosen} when the synthetic cohort was made, so nothing here tests them."
    if study.covariates_prespecified is None:
        return "The study does not say whether the factors were chosen before the data were seen."
    if study.covariates_prespecified:
        return "The factors were chosen before the data were seen, as the study says."
    return (
        "The factors were chosen after looking at the data: the intervals of these models are too narrow and their "
        "P values too small."
    )


def cards(model: pd.DataFrame, proportionality: pd.DataFrame | None = None) -> list[tuple[str, str, str]]:
    """Headline cards of one model's terms: endpoint and term, the ratio, its interval with events and patients.

    No size stands where hazards are not proportional (`proportionality` as in `model_headline`), nor where a generator
    was made to give the association.
    """
    known = model[model["estimate"].notna() & model["ci_low"].notna()]
    known = known[[not _built_in(row) or place in _excluding(known).index for place, row in known.iterrows()]]
    changing = _changing(known, proportionality)
    return [_card(row, changes=changing[place]) for place, row in known.iterrows()]


def _card(row: pd.Series, *, changes: bool) -> tuple[str, str, str]:
    """The card of one term."""
    label = f"{capital(row['endpoint_label'])}, {measure_name(row)}: {_factor(row)}"
    if _built_in(row):
        return label, marked(row, "built in"), "the cohort was made to have it, because it was published"
    counts = marked(row, _counts(row))
    if changes:
        return label, marked(row, "changes over time"), f"no single ratio; {counts}"
    return label, value(row), f"{marked(row, f'95% CI {interval(row)}')}; {counts}"


def _built_in(row: pd.Series) -> bool:
    """Whether the generator of a synthetic cohort was made to give this estimate."""
    return row.get("origin", "") == IMPOSED


def _named(row: pd.Series) -> str:
    """ "Leukaemia-free survival (15 events, 23 patients)"."""
    return f"{capital(row['endpoint_label'])} ({marked(row, _counts(row))})"


def _counts(row: pd.Series) -> str:
    """ "15 events, 23 patients"."""
    return f"{fmt.plural(int(row['events']), 'event')}, {fmt.plural(int(row['n']), 'patient')}"


def model_headline(rows: pd.DataFrame, proportionality: pd.DataFrame | None = None) -> str:
    """One model in a line: factors whose interval excludes 1; in a second line the others and those that separate.

    `proportionality` holds the tests of a Cox model: a factor whose hazards are not proportional (every factor, where
    only all together are rejected) is named without its one ratio.
    """
    if rows.empty:
        return ""
    changing = _changing(rows, proportionality)
    lost = rows["status"] == SEPARATED
    known = rows[rows["ci_low"].notna() & rows["ci_high"].notna() & ~changing & ~lost]
    found = _excluding(known)
    effects = [f"{_factor(row)} ({_size(row)})" for _, row in found.iterrows()]
    clauses = [f"associated with {listed(effects)}" if effects else ""]
    clauses += [_unshown(known[~known.index.isin(found.index)], rows, others=bool(effects))]
    clauses += [_varying(rows[changing], rows, proportionality)]
    clauses += [f"no finite ratio for {_factors(rows[lost], rows)}: separation" if lost.any() else ""]
    first, *rest = [*filter(None, clauses)] or ["no factor has an estimate with an interval"]
    second = f"\n{capital('; '.join(rest))}." if rest else ""
    return f"{_named((found if len(found) else rows).iloc[0])}: {first}.{second}"


def _unshown(rows: pd.DataFrame, model: pd.DataFrame, *, others: bool) -> str:
    """The factors whose interval includes 1: by name, many of them by number (`others`: after factors were named)."""
    if rows.empty:
        return ""
    few = len(rows) <= MOST_NAMED
    names = _factors(rows, model, ", nor for ") if few else f"{'the other' if others else 'any of'} {len(rows)} factors"
    return f"no association is shown for {names}"


def _factor(row: pd.Series) -> str:
    """A factor inside a sentence; an arm keeps its capital, and "yes" needs no mention."""
    if row["comparison"] in ("arms", "contrast"):
        return row["term"]
    return within(row["variable_label"] if (row["level"], row["reference"]) == ("yes", "no") else row["term"])


def _factors(rows: pd.DataFrame, model: pd.DataFrame, between: str = "") -> str:
    """Several factors inside a sentence without their effects; a covariate of one term in the model by its name."""
    terms = model["variable"].value_counts()
    names = []
    for _, row in rows.iterrows():
        whole = row["comparison"] not in ("arms", "contrast") and row["variable"] and terms[row["variable"]] == 1
        names.append(within(row["variable_label"]) if whole else _factor(row))
    return between.join(names) if between else listed(names)


def _size(row: pd.Series) -> str:
    """ "hazard ratio 6.09, 95% CI 1.69 to 21.97", or that a generator set it."""
    if _built_in(row):
        return marked(row, "built into this cohort, because it was published")
    return f"{measure_name(row)} {value(row)}, {marked(row, f'95% CI {interval(row)}')}"


def _changing(rows: pd.DataFrame, tests: pd.DataFrame | None) -> pd.Series:
    """Which rows of a Cox model have no one hazard ratio, by the score test of their covariate or of the model."""
    if tests is None or tests.empty or rows.empty:
        return pd.Series(False, index=rows.index)
    rejected = _rejected(rows, tests)
    alone = rejected[rejected["term"] != GLOBAL]
    whole = len(rejected) > 0 and alone.empty
    return rows["estimate"].notna() & (rows["variable"].isin(alone["variable"]) | whole)


def _rejected(rows: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """The tests of the model's endpoint that speak against proportional hazards."""
    same = filter_rows(tests, endpoint=rows["endpoint"].iloc[0])
    return same[below(same["p"], ALPHA)]


def _varying(rows: pd.DataFrame, model: pd.DataFrame, tests: pd.DataFrame | None) -> str:
    """What is said in place of ratios that are not one number, by what was tested: factors, or all of them together."""
    if rows.empty or tests is None:
        return ""
    names = _factors(rows, model)
    if (_rejected(rows, tests)["term"] == GLOBAL).all():
        return f"the hazards of all factors together are not proportional: no ratio is quoted for {names}"
    one = len(rows) == 1
    change, changes = ("association", "changes") if one else ("associations", "change")
    return f"the {change} with {names} {changes} over time: no single ratio is quoted"


def nothing_to_model(events: pd.DataFrame) -> str:
    """Said when no model has a term: one arm and no covariate that varies."""
    if events.empty or events["model_terms"].any():
        return ""
    return "There is nothing to model: no arms to compare and no declared covariate that varies."


def few_events(events: pd.DataFrame) -> str:
    """The sentence that opens the report where models have fewer events than the rule asks for."""
    *most, last = [within(label) for label in filter_rows(events, status=FEW_EVENTS)["endpoint_label"]] or [""]
    if not last:
        return ""
    names = f"{', '.join(most)} and {last}" if most else last
    return f"Fewer than {RULE} events per factor in the models of {names}: no P value of these is a finding."


def _excluding(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose interval lies on one side of 1; a missing limit is never on a side."""
    return rows[above(rows["ci_low"], 1) | below(rows["ci_high"], 1)]


def depending_on_method(rows: pd.DataFrame) -> str:
    """The factors of which methods (`tables.methods`) disagree on whether the interval excludes 1; "" where none."""
    split = []
    for term, part in rows.dropna(subset=["ci_low", "ci_high"], how="all").groupby("term", sort=False):
        excluding = _excluding(part)["group"]
        if 0 < len(excluding) < len(part):
            split.append(f"{term} (excluded by {', '.join(excluding)} only)")
    return f"Whether the interval excludes 1 depends on the method for {listed(split)}." if split else ""


def separation(rows: pd.DataFrame, firth: pd.DataFrame) -> str:
    """Which factors separate the outcome, so that maximum likelihood has no estimate; whether Firth's has."""
    lost = list(dict.fromkeys(filter_rows(rows, status=SEPARATED)["term"]))
    if not lost:
        return ""
    estimated = firth.loc[firth["estimate"].notna(), "term"]
    other = "Firth's method has one" if set(lost) <= set(estimated) else "nor has Firth's method for all of them"
    return f"Maximum likelihood has no estimate for {listed(lost)} (separation); {other}."


def proportionality(rows: pd.DataFrame) -> str:
    """For which covariates the score test speaks against proportional hazards; the global test."""
    parts = []
    for label, part in rows.groupby("endpoint_label", sort=False):
        whole, against = single(part, term=GLOBAL), part[(part["term"] != GLOBAL) & below(part["p"], ALPHA)]
        names = listed(f"{row['term']} ({p_text(row)})" for _, row in against.iterrows())
        finding = f"speaks against proportional hazards for {names}" if names else NO_DEPARTURE
        note = f", {whole['note']}" if whole["note"] else ""
        tested = f"all factors together {p_text(whole)}{note}; the test {finding}"
        if fmt.is_missing(whole["p"]):
            tested = f"the test is {whole['note']}"
        parts.append(f"{capital(label)}: {tested}.")
    return " ".join([*parts, "Where events are few the test misses all but gross departures."]) if parts else ""


def influence(rows: pd.DataFrame) -> str:
    """The terms whose P changes sides when one patient is left out, and how far their estimates move."""
    crossings = filter_rows(rows, method=CROSSING)
    if crossings.empty:
        return ""
    fragile = crossings[crossings["estimate"] > 0]
    if fragile.empty:
        return f"No factor's P value crosses {ALPHA:g} when any one patient is left out."
    parts = []
    for term in fragile["term"]:
        lowest, highest = (single(rows, measure=f"influence_{end}", term=term) for end in ("lowest", "highest"))
        parts.append(f"{term}, {value(lowest)} to {value(highest)}: {lowest['note']}")
    return f"Hazard ratios that depend on single patients: {'; '.join(parts)}."


def discrimination(rows: pd.DataFrame) -> str:
    """The concordance as fitted, its optimism where that was sought, and what is left, with the interval."""
    if rows.empty:
        return ""
    silent = rows[rows["estimate"].isna()]
    if len(silent):
        return f"Concordance: {silent['note'].iloc[0]}."
    apparent, *resampled = (row for _, row in rows.iterrows())
    optimism, corrected = resampled or (None, apparent)
    reading = "excludes" if above(corrected["ci_low"], 0.5) or below(corrected["ci_high"], 0.5) else "includes"
    found = f"{capital(apparent['endpoint_label'])}: the model orders patients with a concordance of "
    if optimism is None:
        found += value_with_interval(apparent)
    else:
        found += f"{value(apparent)}; {value(optimism)} of it is optimism (bootstrap), which leaves "
        found += value_with_interval(corrected)
    return f"{found}. The interval {reading} 0.5, the toss of a coin."


def missing_covariates(dropped: Mapping[str, int], patients: int) -> str:
    """How many patients each model loses to missing covariates (model -> patients), or that none does."""
    lost = [f"{count} of {patients} for the {name} model" for name, count in dropped.items() if count]
    if not lost:
        return "No patient lacks a covariate of these models, so complete cases are everybody and nothing is imputed."
    lead = f"Patients without a value of some covariate: {listed(lost)}."
    return f"{lead} Complete cases stand beside multiple imputation."
