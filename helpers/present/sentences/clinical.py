"""Sentences on toxicity: adverse events, grades and associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import count_with_percent


def adverse_events(estimates: pd.DataFrame, most: int = 3) -> str:
    """How many patients had any event, and the most frequent ones of grade 3 or more."""
    everybody = estimates[(estimates["group"] == "All") & (estimates["measure"] == "proportion")]
    if everybody.empty:
        return ""
    any_grade, severe = (
        everybody[everybody["endpoint"] == f"adverse_event{tail}"].iloc[0] for tail in ("", "_3_or_more")
    )
    events = estimates[(estimates["endpoint"] == "adverse_event") & (estimates["measure"] == "count")]
    total = events.loc[events["group"] == "All", "estimate"].iloc[0]
    lead = (
        f"{count_with_percent(any_grade)} patients had an adverse event ({fmt.plural(int(total), 'event')}), "
        f"{count_with_percent(severe)} one of grade 3 or more."
    )
    terms = everybody[(everybody["endpoint"] == "adverse_event_term_3_or_more") & (everybody["events"] > 0)]
    terms = terms.sort_values("events", ascending=False, kind="stable").head(most)
    named = [f"{row['term'].split(': ', 1)[-1]} {count_with_percent(row)}" for _, row in terms.iterrows()]
    return f"{lead} Most frequent of grade 3 or more: {listed(named)}." if named else lead


def icaht(estimates: pd.DataFrame, what: str) -> str:
    """How many patients reached grade 3 or 4 of ICAHT."""
    everybody = estimates[estimates["group"] == "All"]
    if everybody.empty:
        return ""
    severe = int(everybody.loc[everybody["term"].isin(["Grade 3", "Grade 4"]), "events"].sum())
    n = int(everybody["n"].iloc[0])
    return f"{what} of grade 3 or 4: {fmt.count_of(severe, n)} ({fmt.percent(severe / n)}) of the patients with counts."


def associations(estimates: pd.DataFrame) -> str:
    """Each comparison in a clause, without a word on causes."""
    rows = estimates[(estimates["group"] == "Comparison") & estimates["p"].notna()]
    if rows.empty:
        return ""
    told = [f"{row.term}: {fmt.equals_p(row.p)} ({row.method})" for row in rows.itertuples()]
    lead = "; ".join(told)
    return f"{lead}. These are associations in patients who were not assigned to either side; they name no cause."
