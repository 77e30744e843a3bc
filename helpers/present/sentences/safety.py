"""Sentences on harm: when it began and how long it lasted, adverse events, deaths, associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed
from helpers.present.sentences.response import days
from helpers.present.values import capital, count_with_percent, marked, p_text, value_with_ci
from helpers.stats.estimates import filter_rows, single
from helpers.stats.levels import ALPHA
from helpers.stats.safety.adverse_events import ANY, SEVERE, TERM
from helpers.stats.safety.associations import COMPARISON
from helpers.stats.ties import below

MOST_NAMED = 3  # adverse events


def onset_and_duration(description: pd.DataFrame, event: str) -> str:
    """When `event` ("CRS") began and how long it lasted: median, range and patients, of everybody."""
    onset, duration = (filter_rows(description, variable=name) for name in ("onset", "duration"))
    return join((days(onset, f"{event} began on day"), days(duration, f"{event} lasted", unit="day")))


def adverse_events(estimates: pd.DataFrame) -> str:
    """How many patients had any event, and the most frequent ones of grade 3 or more."""
    everybody = filter_rows(estimates, group="All")
    if everybody.empty:
        return ""
    some, severe = (single(everybody, endpoint=name, measure="proportion") for name in (ANY, ANY + SEVERE))
    lead = (
        f"Any adverse event: {count_with_percent(some)} of the patients; of grade 3 or more: "
        f"{count_with_percent(severe)}."
    )
    terms = everybody[(everybody["endpoint"] == TERM + SEVERE) & (everybody["events"] > 0)]
    terms = terms.sort_values("events", ascending=False, kind="stable").head(MOST_NAMED)
    names = [f"{row['level']} {count_with_percent(row)}" for _, row in terms.iterrows()]
    return f"{lead} Most frequent of grade 3 or more: {listed(names)}." if names else lead


def onsets(estimates: pd.DataFrame, zero: str) -> str:
    """What is counted of events that began on the day of `zero` or before it (`safety.onset_counts`)."""
    if estimates.empty:
        return ""
    before, on = (single(estimates, level=level) for level in ("before day 0", "on day 0"))
    earlier = later = ""
    if before["estimate"]:
        many = before["estimate"] != 1
        earlier = f"{_events(before)} began before day 0 and {'are' if many else 'is'} not counted."
    if on["estimate"]:
        many = on["estimate"] != 1
        later = (
            f"{_events(on)} began on day 0 (day of {zero}) and {'are' if many else 'is'} counted. A low blood "
            "count on that day usually comes from the disease or from treatment before it, such as conditioning or "
            "lymphodepletion."
        )
    return join((earlier, later))


def _events(row: pd.Series) -> str:
    return marked(row, fmt.plural(int(row["estimate"]), "event"))


def without_relapse(estimates: pd.DataFrame) -> str:
    """ "Non-relapse mortality at 24 months: 0.0% (95% CI 0.0 to 14.8), patients in CR, 23 patients."."""
    rows = [row for _, row in estimates.iterrows() if not fmt.is_missing(row["estimate"])]
    parts = [
        f"{capital(row['endpoint_label'])} at {row['time_months']:g} months, {row['population']}: {value_with_ci(row)}."
        for row in rows
    ]
    return join(parts)


def associations(estimates: pd.DataFrame) -> str:
    """How many of the tests of associations have P below 0.05, without a word on causes."""
    tests = filter_rows(estimates, group=COMPARISON)
    found = int(below(tests["p"].dropna(), ALPHA).sum())
    count = int(tests["p"].notna().sum())
    if not count:
        return ""
    lead = f"P is below {ALPHA:g} in {found or 'none'} of {fmt.plural(count, 'test')}"
    if not found:
        return f"{lead}, which does not show that there is no association."
    return f"{lead}; where nothing is associated, chance alone gives 5 in 100. An association names no cause."


def endpoint_tests(estimates: pd.DataFrame) -> str:
    """Each test with the endpoint that it compares: "Severe CRS, Tandem vs single: P = 0.45 (Fisher exact)."."""
    rows = [row for _, row in estimates.iterrows() if p_text(row)]
    return join(f"{row['endpoint_label']}, {row['group']}: {p_text(row)} ({row['method']})." for row in rows)
