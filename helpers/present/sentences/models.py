"""Sentences about regression models and their checks, made from estimates rows alone; "" for an empty table."""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.present import format as fmt
from helpers.present.names import ENDPOINTS, NAMES, endpoint_name
from helpers.present.sentences.general import listed
from helpers.present.values import value, value_with_interval
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.ties import above, below

RULE = 10


def headline(rows: pd.DataFrame) -> str:
    """One model in a sentence: the terms whose interval excludes 1, and how many include it."""
    if rows.empty:
        return ""
    known = rows[rows["estimate"].notna() & rows["ci_low"].notna() & rows["ci_high"].notna()]
    kind = "logistic model" if rows.iloc[0]["measure"] == "odds_ratio" else "Cox model"
    name = f"{endpoint_name(rows.iloc[0]['endpoint'])}, {kind}"
    if known.empty:
        return f"{name}: no term has an estimate with an interval."
    clear = _excluding(known)
    told = [
        f"{row['term']} ({NAMES[row['measure']]} {value(row)}, 95% CI {_limits(row)})" for _, row in clear.iterrows()
    ]
    rest = len(known) - len(clear)
    if not told:
        return f"{name}: the interval includes 1 for {'the one term' if rest == 1 else f'each of {rest} terms'}."
    others = f"; it includes 1 for {fmt.plural(rest, 'other term')}" if rest else ""
    return f"{name}: the interval excludes 1 for {listed(told)}{others}."


def nothing_to_model(events: pd.DataFrame) -> str:
    """Said when no model has a term: one arm and no covariate that varies."""
    without = len(events) and events["note"].str.contains("the model has no terms").all()
    return "There is nothing to model: no arms to compare and no declared covariate that varies." if without else ""


def _excluding(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose interval lies on one side of 1; a missing limit is never on a side."""
    return rows[above(rows["ci_low"], 1) | below(rows["ci_high"], 1)]


def _limits(row: pd.Series) -> str:
    return fmt.interval(row["ci_low"], row["ci_high"], fmt.ratio)


def agreement(models: Mapping[str, pd.DataFrame]) -> str:
    """Whether the methods agree, term by term, on which intervals exclude 1; the terms on which they do not."""
    given = {name: rows for name, rows in models.items() if len(rows)}
    if len(given) < 2:
        return ""
    clear = {name: set(_excluding(rows)["term"]) for name, rows in given.items()}
    held = {
        name: set(rows.loc[rows["ci_low"].notna() | rows["ci_high"].notna(), "term"]) for name, rows in given.items()
    }
    order = dict.fromkeys(term for rows in given.values() for term in rows["term"])
    order = [term for term in order if sum(term in held[name] for name in given) > 1]
    if not order:
        return ""
    split = [term for term in order if len({term in clear[name] for name in given if term in held[name]}) > 1]
    told = [f"{term} (excluded by {', '.join(name for name in given if term in clear[name])} only)" for term in split]
    if not told:
        return f"{_names(given)} agree, term by term, on which intervals exclude 1."
    return f"Whether the interval excludes 1 depends on the method for {listed(told)}."


def _names(given: Mapping[str, pd.DataFrame]) -> str:
    *most, last = given
    return f"{', '.join(most)} and {last}"


def caution(events: pd.DataFrame) -> str:
    """One short sentence for the headline: the models with fewer events than the rule asks for."""
    sparse = events[events["note"].str.contains("fewer than")]
    names = listed(ENDPOINTS.get(key, key) for key in sparse["endpoint"])
    return f"Fewer than {RULE} events per term, so unstable: the models of {names}." if names else ""


def support(events: pd.DataFrame, terms: Mapping[str, Sequence[str]]) -> str:
    """Which models have too few events for their terms, and the terms to hold to: the first declared ones.

    `terms` gives the terms of each endpoint's model in declared order.
    """
    sparse = events[events["note"].str.contains("fewer than")]
    if sparse.empty:
        return ""
    parts = [_sparse(row, terms[row["endpoint"]]) for _, row in sparse.iterrows()]
    return (
        f"Too few events for the number of terms (the rule is {RULE} per term). {'; '.join(parts)}. Read the "
        "unadjusted and the Firth estimates first, and take no P value of these models as a finding."
    )


def _sparse(row: pd.Series, terms: Sequence[str]) -> str:
    """What the events of one model allow."""
    held = int(row["events"]) // RULE
    if not row["events"]:
        return f"{endpoint_name(row['endpoint'])} has no events"
    several = f"hold to the first {held} terms" if held > 2 else f"hold to {listed(terms[:held])}"
    kept = several if held else "hold to one factor at a time"
    count = fmt.plural(int(row["events"]), "limiting event")
    return f"{endpoint_name(row['endpoint'])} has {count}, {fmt.number(row['estimate'], 1)} per term: {kept}"


def separation(rows: pd.DataFrame, firth: pd.DataFrame) -> str:
    """Which terms separate the outcome, so that maximum likelihood has no estimate, and whether Firth's method has."""
    lost = rows["estimate"].isna()
    found = list(dict.fromkeys(rows.loc[lost & rows["note"].str.contains("separation:"), "term"]))
    if not found:
        return "No term separates the outcome." if (~lost).any() else ""
    kept = firth.loc[firth["estimate"].notna(), "term"]
    other = "Firth's method has" if set(found) <= set(kept) else "nor has Firth's method for all of them"
    return f"Maximum likelihood has no estimate for {listed(found)} (separation); {other}."


def proportionality(rows: pd.DataFrame) -> str:
    """For which covariates the score test speaks against proportional hazards; the global test."""
    parts = []
    for endpoint, own in rows.groupby("endpoint", sort=False):
        whole, single = filter_rows(own, term="Global").iloc[0], own[own["term"] != "Global"]
        if fmt.is_missing(whole["p"]):
            parts.append(f"{endpoint_name(endpoint)}: the test is {whole['note']}.")
            continue
        against = single[below(single["p"], ALPHA)]
        named = listed(f"{row['term']} ({fmt.equals_p(row['p'])})" for _, row in against.iterrows())
        found = (
            f"speaks against proportional hazards for {named}" if named else "finds no covariate below the usual level"
        )
        parts.append(f"{endpoint_name(endpoint)}: global {fmt.equals_p(whole['p'])}; the test {found}.")
    caution = "With few events the test misses all but gross departures." if parts else ""
    return " ".join([*parts, caution]) if parts else ""


def p_by_term(rows: pd.DataFrame, owners: Mapping[str, str]) -> dict[str, str]:
    """For every term the P of its covariate's test, as text; `owners` maps terms to covariates."""
    found = {row["term"]: row["p"] for _, row in rows.iterrows() if not fmt.is_missing(row["p"])}
    return {term: f"score test {fmt.equals_p(found[owner])}" for term, owner in owners.items() if owner in found}


def influence(rows: pd.DataFrame) -> str:
    """The terms whose P changes sides when one patient is left out, and how far their estimates move."""
    lowest = rows[(rows["measure"] == "influence_lowest") & rows["estimate"].notna()].set_index("term")
    highest = rows[(rows["measure"] == "influence_highest") & rows["estimate"].notna()].set_index("term")
    if lowest.empty:
        return ""
    fragile = [term for term in lowest.index if "moves P across" in lowest.loc[term, "note"]]
    if not fragile:
        return f"No term's P value crosses {ALPHA:g} when any one patient is left out."
    told = [
        f"{term}, {value(lowest.loc[term])} to {value(highest.loc[term])}: {lowest.loc[term, 'note']}"
        for term in fragile
    ]
    return f"Hazard ratios that hang on single patients: {'; '.join(told)}."


def discrimination(rows: pd.DataFrame) -> str:
    """The concordance as fitted, its optimism, and what is left, with the interval."""
    if rows.empty or rows["estimate"].isna().any():
        return "" if rows.empty else f"Concordance: {rows.loc[rows['estimate'].isna(), 'note'].iloc[0]}."
    apparent, optimism, corrected = (row for _, row in rows.iterrows())
    outside = above(corrected["ci_low"], 0.5) or below(corrected["ci_high"], 0.5)
    reading = "excludes" if outside else "includes"
    return (
        f"{endpoint_name(apparent['endpoint'])}: the model orders patients with a concordance of {value(apparent)}; "
        f"{value(optimism)} of it is optimism (bootstrap), which leaves {value_with_interval(corrected)}. The interval "
        f"{reading} {0.5:g}, the toss of a coin."
    )


def completeness(dropped: dict[str, int], patients: int) -> str:
    """How many patients each model loses to missing covariates, or that none does."""
    lost = [f"{count} of {patients} for the {name} model" for name, count in dropped.items() if count]
    if not lost:
        return "No patient lacks a covariate of these models, so complete cases are everybody and nothing is imputed."
    return (
        f"Patients without a value of some covariate: {listed(lost)}. Complete cases stand beside multiple imputation."
    )
