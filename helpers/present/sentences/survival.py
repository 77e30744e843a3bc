"""Sentences about survival, its comparison between groups, and exposures after time zero; "" for an empty table."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed
from helpers.present.values import capital, value, value_with_ci, value_with_interval, within
from helpers.stats.estimates import FEW_AT_RISK, filter_rows, single
from helpers.stats.exposure.effects import MANTEL_BYAR
from helpers.stats.levels import ALPHA
from helpers.stats.survival.incidence import GRAY
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.stats.ties import above, below

ROUNDING = 1e-9  # what adding up floats may leave
TESTS = {LOG_RANK: "the log-rank test", GRAY: "Gray's test", MANTEL_BYAR: "the Mantel-Byar test"}


def at_time(estimates: pd.DataFrame, horizon: float) -> str:
    """Survival or incidence of everybody at the horizon, a sentence per endpoint."""
    sentences = []
    for _, row in filter_rows(estimates, group="All", time_months=horizon).iterrows():
        patients = "" if fmt.is_missing(row["n"]) else f" in {fmt.plural(int(row['n']), 'patient')}"
        sentences.append(f"{_timed_label(row)} was {value_with_ci(row)}{patients}.")
    return " ".join(sentences)


def _timed_label(row: pd.Series) -> str:
    """ "Overall survival at 24 months"."""
    return f"{capital(row['endpoint_label'])} at {row['time_months']:g} months"


def survival(at: pd.DataFrame, tests: pd.DataFrame, horizon: float) -> str:
    """One endpoint: the value at the horizon overall and by group (`at`), what the tests say, where few are at risk."""
    groups = filter_rows(at[at["group"] != "All"], time_months=horizon)
    phrases = [
        f"{value(row)} in {row['group']} ({fmt.plural(int(row['n']), 'patient')})" for _, row in groups.iterrows()
    ]
    by_group = f"By group it was {listed(phrases)}." if len(phrases) > 1 else ""
    return join((at_time(at, horizon), by_group, compared(tests), few_at_risk(at)))


def few_at_risk(at: pd.DataFrame) -> str:
    """Which groups have few patients at risk at which month: their figures there rest on single patients."""
    phrases = []
    for group, rows in filter_rows(at, status=FEW_AT_RISK).groupby("group", sort=False):
        times = ", ".join(f"{time:g}" for time in rows["time_months"])
        phrases.append(f"{'all patients' if group == 'All' else group} ({times} months)")
    return f"Few patients remain at risk in {listed(phrases)}: read these figures with care." if phrases else ""


def compared(tests: pd.DataFrame) -> str:
    """What the tests say, by endpoint and test: what differs, what not; stratified tests are left to the table."""
    parts = filter_rows(tests, method=list(TESTS)).groupby(["endpoint", "method"], sort=False)
    return " ".join(_compared(part) for _, part in parts)


def _compared(tests: pd.DataFrame) -> str:
    """The comparisons of one endpoint by one test: those that differ, those that do not, those without a P."""
    label, test = capital(tests["endpoint_label"].iloc[0]), TESTS[tests["method"].iloc[0]]
    differing: list[str] = []
    similar: list[str] = []
    untested = []
    for _, row in tests.iterrows():
        if fmt.is_missing(row["p"]):
            untested.append(f"{label} {_between(row)}: {test} is {row['note']}.")
        else:
            group = differing if below(row["p"], ALPHA) else similar
            group.append(f"{fmt.equals_p(row['p'])} {_between(row)}")
    lead = "The difference was not significant" if differing else f"{label} did not differ significantly by {test}"
    significant = f"{label} differed significantly by {test}: {listed(differing)}." if differing else ""
    return join((significant, f"{lead}: {listed(similar)}." if similar else "", *untested))


def _between(row: pd.Series) -> str:
    """What a test compares, in words."""
    if row["comparison"] == "arms":
        return "between the arms"
    if row["comparison"] == "exposure":
        return f"between patients with and without {within(row['variable_label'])}"
    return f"for {row['group']}"


def gain(differences: pd.DataFrame) -> str:
    """The difference in restricted mean in months, one sentence per row, and what its interval allows to be said."""
    sentences = []
    for _, row in differences.iterrows():
        limits = fmt.interval(row["ci_low"], row["ci_high"], fmt.time)
        size = f"{fmt.time(row['estimate'])} months ({row['term']}; 95% CI {limits}; {fmt.equals_p(row['p'])})"
        reading = "excludes" if above(row["ci_low"], 0) or below(row["ci_high"], 0) else "includes"
        finding = f" differed by {size}; the interval {reading} no difference"
        if fmt.is_missing(row["ci_low"]):
            finding = f", {row['term']}: {row['note'] or fmt.NOT_ESTIMABLE}"
        sentences.append(f"The mean time within the first {row['time_months']:g} months{finding}.")
    return " ".join(sentences)


def censoring(whole: pd.DataFrame, censored: pd.DataFrame, horizon: float, moved: int) -> str:
    """Survival at the horizon with and without censoring at transplant; `moved` patients were censored so."""
    if censored.empty:
        return ""
    first, second = (single(rows, group="All", time_months=horizon) for rows in (whole, censored))
    return (
        f"{fmt.plural(moved, 'patient')} had a transplant while alive and under observation. At "
        f"{horizon:g} months survival is {value_with_interval(first)} when they are followed to the end, "
        f"and {value_with_interval(second)} when follow-up stops at the transplant. The second figure would describe "
        "survival without transplant only if patients who went to transplant were like the others."
    )


def overstatement(naive: pd.DataFrame, incidence: pd.DataFrame, horizon: float) -> str:
    """By how much 1 - Kaplan-Meier exceeds the cumulative incidence at the horizon, one clause per endpoint."""
    clauses = []
    for _, right in filter_rows(incidence, group="All", time_months=horizon).iterrows():
        wrong = single(naive, endpoint=right["endpoint"], group="All", time_months=horizon)
        excess = fmt.number(100 * (wrong["estimate"] - right["estimate"]), 1)
        if excess == fmt.NOT_ESTIMABLE:
            clauses.append(f"{_timed_label(right)}: {right['note'] or wrong['note'] or excess}.")
            continue
        verdict = f"overstates it by {excess} percentage points" if float(excess) else "agrees with it here"
        both = f"{value(right)} by Aalen-Johansen, {value(wrong)} by one minus Kaplan-Meier"
        clauses.append(f"{_timed_label(right)}: {both}, which {verdict}.")
    return " ".join(clauses)


def identity(parts: pd.DataFrame, departure: pd.DataFrame, horizon: float) -> str:
    """Free of relapse + relapsed + dead without relapse (`parts`, in that order), how far the sum departs from 1."""
    parts = filter_rows(parts, group="All", time_months=horizon)
    if parts.empty or departure.empty:
        return ""
    farthest = departure["estimate"].max()
    size = "no more than rounding error" if farthest < ROUNDING else fmt.percent(farthest, 3)
    close = f"The sum departs from 100% by {size} at any time and in any group."
    if parts["estimate"].isna().any():
        return close
    added = " + ".join(value(row) for _, row in parts.iterrows())
    names = capital(" + ".join(map(within, parts["endpoint_label"])))
    return f"{names} at {horizon:g} months: {added} = {fmt.percent(parts['estimate'].sum())}. {close}"


def immortal_time(naive: pd.DataFrame, in_time: pd.DataFrame, waiting: pd.DataFrame) -> str:
    """What ever against never changes, one clause per exposure: months misplaced and the two hazard ratios."""
    parts = []
    for _, months in filter_rows(waiting, measure="immortal_time").iterrows():
        rows = (filter_rows(waiting, measure="immortal_share"), naive, in_time)
        same = [single(part, endpoint=months["endpoint"], variable=months["variable"]) for part in rows]
        parts.append(_immortal_time(months, *same))
    return " ".join(parts)


def _immortal_time(months: pd.Series, share: pd.Series, ever: pd.Series, since: pd.Series) -> str:
    """The clause of one exposure."""
    label = capital(months["variable_label"])
    if fmt.is_missing(months["estimate"]):
        return f"{label}: {months['note']}."
    before = (
        f"{label}: {fmt.plural(int(months['n']), 'patient')} lived {fmt.number(months['estimate'], 1)} months, "
        f"{value(share)} of their time, before it began."
    )
    if fmt.is_missing(ever["estimate"]) or fmt.is_missing(since["estimate"]):
        return f"{before} {capital(ever['note'] or since['note'])}."
    factor = fmt.ratio(ever["estimate"] / since["estimate"])
    return (
        f"{before} Crediting that time to the exposure changes the hazard ratio from {value_with_interval(since)} to "
        f"{value_with_interval(ever)}, that is by a factor of {factor}."
    )
