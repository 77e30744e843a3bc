"""Sentences on harm: when it began and how long it lasted, adverse events, haematotoxicity, associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed
from helpers.present.sentences.response import days
from helpers.present.values import count_with_percent
from helpers.stats.estimates import filter_rows, single
from helpers.stats.safety.adverse_events import ANY, SEVERE, TERM
from helpers.stats.safety.associations import COMPARISON

MOST_NAMED = 3  # adverse events


def onset_and_duration(description: pd.DataFrame, event: str) -> str:
    """When `event` ("CRS") began and how long it lasted: median, quartiles, range and patients, of everybody."""
    onset, duration = (filter_rows(description, variable=name) for name in ("onset", "duration"))
    return join((days(onset, f"{event} began on day"), days(duration, f"Days with {event}:")))


def adverse_events(estimates: pd.DataFrame) -> str:
    """How many patients had any event, and the most frequent ones of grade 3 or more."""
    everybody = filter_rows(estimates, group="All")
    if everybody.empty:
        return ""
    some = single(everybody, endpoint=ANY, measure="proportion")
    severe = single(everybody, endpoint=ANY + SEVERE)
    total = int(single(everybody, endpoint=ANY, measure="count")["estimate"])
    lead = (
        f"{count_with_percent(some)} patients had an adverse event ({fmt.plural(total, 'event')}), "
        f"{count_with_percent(severe)} one of grade 3 or more."
    )
    terms = everybody[(everybody["endpoint"] == TERM + SEVERE) & (everybody["events"] > 0)]
    terms = terms.sort_values("events", ascending=False, kind="stable").head(MOST_NAMED)
    names = [f"{row['level']} {count_with_percent(row)}" for _, row in terms.iterrows()]
    return f"{lead} Most frequent of grade 3 or more: {listed(names)}." if names else lead


def icaht(estimates: pd.DataFrame) -> str:
    """How many patients reached grade 3 or 4 of ICAHT, a sentence for early and one for late."""
    sentences = []
    for _, rows in filter_rows(estimates, group="All").groupby("endpoint", sort=False):
        name, n = rows["endpoint_label"].iloc[0], rows["n"].iloc[0]
        severe = filter_rows(rows, level=["Grade 3", "Grade 4"])["events"].sum()
        share = f"{fmt.count_of(severe, n)} ({fmt.percent(severe / n)})"
        sentences.append(f"{name} of grade 3 or 4: {share} of the patients with counts.")
    return " ".join(sentences)


def associations(estimates: pd.DataFrame) -> str:
    """Each comparison in a clause, without a word on causes."""
    rows = estimates[(estimates["group"] == COMPARISON) & estimates["p"].notna()]
    if rows.empty:
        return ""
    clauses = "; ".join(f"{row.term}: {fmt.equals_p(row.p)} ({row.method})" for row in rows.itertuples())
    return f"{clauses}. These are associations in patients who were not assigned to either side; they name no cause."
