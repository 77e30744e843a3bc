"""Sentences on who the patients are: flow, accrual, follow-up, balance, missing values, and checks of the data."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import value, within
from helpers.stats.estimates import filter_rows, single
from helpers.stats.ties import above, tied
from helpers.study import Study

MOST = 3
UNBALANCED = 0.1  # standard deviations


def patient_counts(steps: pd.DataFrame) -> str:
    """The flow of all patients in a sentence: "Patients: infused 35; in complete remission 23."."""
    steps = filter_rows(steps, group="All")
    phrases = [f"{within(row.term)} {fmt.count(row.estimate)}" for row in steps.itertuples()]
    return f"Patients: {'; '.join(phrases)}." if phrases else ""


def accrual(estimates: pd.DataFrame, study: Study) -> str:
    """From which month to which month the patients reached time zero."""
    if estimates.empty:
        return ""
    row = estimates.iloc[0]
    dated, undated = int(row["estimate"]), int(row["n"] - row["estimate"])
    missing = f"; {fmt.plural(undated, 'patient')} without a date" if undated else ""
    return f"{fmt.plural(dated, 'patient')} {study.treated} from {row['level']}{missing}."


def follow_up(estimates: pd.DataFrame) -> str:
    """Median follow-up with its interval and range, in months."""
    if estimates.empty:
        return ""
    median, least, most = (single(estimates, measure=name, group="All") for name in ("median", "minimum", "maximum"))
    limits = fmt.interval(median["ci_low"], median["ci_high"], fmt.time)
    middle = value(median) if fmt.is_missing(median["estimate"]) else f"{fmt.time(median['estimate'])} months"
    with_limits = f"{middle} (95% CI {limits})" if limits else middle
    ends = fmt.interval(least["estimate"], most["estimate"], fmt.time)
    return f"Median follow-up by reverse Kaplan-Meier: {with_limits}; patients were observed for {ends} months."


def completeness(estimates: pd.DataFrame) -> str:
    """How much of the follow-up that was possible was observed."""
    rows = filter_rows(estimates, measure="completeness", group="All")
    if rows.empty or rows["estimate"].isna().all():
        return ""
    share = fmt.percent(rows["estimate"].iloc[0])
    return f"Completeness (Clark's C): {share} of the follow-up possible until the last day on which anybody was seen."


def balance(smd: pd.DataFrame) -> str:
    """How many characteristics differ by more than a tenth of a standard deviation, and the largest difference."""
    known = smd[smd["estimate"].notna()]
    if known.empty:
        return ""
    size = pd.Series(tied(known["estimate"].abs()), known.index)
    largest, apart = known.loc[size.idxmax()], int(above(size, UNBALANCED).sum())
    return (
        f"{apart} of {len(known)} characteristics differ between the two sides of the comparison by "
        f"more than {UNBALANCED:g} standard deviations; the largest difference is in {within(largest['term'])} "
        f"({fmt.number(largest['estimate'])}). In a small cohort such differences arise by chance alone."
    )


def missing_values(estimates: pd.DataFrame) -> str:
    """Which columns lack values, the emptiest first."""
    if estimates.empty:
        return ""
    some = estimates[estimates["estimate"] > 0].sort_values("estimate", ascending=False, kind="stable")
    if some.empty:
        return f"No value is missing in any of the {len(estimates)} columns."
    columns = [f"{row.term} ({fmt.count_of(row.estimate, row.n)})" for row in some.head(MOST).itertuples()]
    more = f" and {len(some) - MOST} further columns" if len(some) > MOST else ""
    return f"Values are missing in {len(some)} of {len(estimates)} columns: {listed(columns)}{more}."


def data_checks(estimates: pd.DataFrame) -> str:
    """How many checks ran and what they touched."""
    if estimates.empty:
        return ""
    touched = estimates[estimates["estimate"] > 0]
    parts = [f"{row.variable_label} ({fmt.plural(int(row.estimate), 'row')})" for row in touched.itertuples()]
    result = f"{len(touched)} of them touched rows: {listed(parts)}." if parts else "none of them touched a row."
    return f"{len(estimates)} checks ran on the files; {result}"
