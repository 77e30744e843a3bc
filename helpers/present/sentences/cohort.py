"""Sentences on who the patients are: accrual, completeness of follow-up, missing values and the checks of the data."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed

MOST = 3


def accrual(estimates: pd.DataFrame) -> str:
    """When the patients were infused, in months."""
    if estimates.empty:
        return ""
    row = estimates.iloc[0]
    undated = int(row["n"] - row["estimate"])
    missing = f"; {fmt.plural(undated, 'patient')} without a date" if undated else ""
    return f"{fmt.plural(int(row['estimate']), 'patient')} infused from {row['note']}{missing}."


def completeness(follow_up: pd.DataFrame) -> str:
    """How much of the follow-up that was possible was observed."""
    rows = follow_up[(follow_up["measure"] == "completeness") & (follow_up["group"] == "All")]
    if rows.empty or rows["estimate"].isna().all():
        return ""
    share = fmt.percent(rows["estimate"].iloc[0])
    return f"Completeness (Clark's C): {share} of the follow-up possible until the last day on which anybody was seen."


def missing(estimates: pd.DataFrame) -> str:
    """Which columns lack values, the emptiest first."""
    some = estimates[estimates["estimate"] > 0].sort_values("estimate", ascending=False, kind="stable")
    if estimates.empty:
        return ""
    if some.empty:
        return f"No value is missing in any of the {len(estimates)} columns."
    named = [f"{row.term} ({fmt.count_of(row.estimate, row.n)})" for row in some.head(MOST).itertuples()]
    more = f" and {len(some) - MOST} further columns" if len(some) > MOST else ""
    lead = f"Values are missing in {len(some)} of {len(estimates)} columns: "
    return f"{lead}{listed(named)}{more}."


def checks(estimates: pd.DataFrame) -> str:
    """How many checks ran and what they touched."""
    if estimates.empty:
        return ""
    touched = estimates[estimates["estimate"] > 0]
    told = [
        f"{row.term.removeprefix('Note: ')} ({fmt.plural(int(row.estimate), 'row')})" for row in touched.itertuples()
    ]
    found = f"{len(touched)} of them touched rows: {listed(told)}." if told else "none of them touched a row."
    return f"{len(estimates)} checks ran on the files; {found}"
