"""Sentences about survival and about exposures after time zero; the general ones are in sentences.py.

Each is made from estimates rows alone and is "" for an empty table.
"""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.names import NAMES, endpoint_name
from helpers.present.sentences.general import listed
from helpers.present.values import capital, value, value_with_interval
from helpers.stats.estimates import filter_rows, single
from helpers.stats.ties import above, below

ROUNDING = 1e-9  # what adding up floats may leave


def few_at_risk(counts: pd.DataFrame, least: int) -> str:
    """Which groups have fewer than `least` patients at risk at which month: their figures there rest on few."""
    if counts.empty:
        return ""
    few = counts[counts["at_risk"] < least]
    phrases = [
        f"{group} ({listed(f'{time:g}' for time in rows['time_months'])} months)"
        for group, rows in few.groupby("group", sort=False)
    ]
    return f"Fewer than {least} patients remain at risk in {listed(phrases)}: read these with care." if phrases else ""


def compared(tests: pd.DataFrame) -> str:
    """Every test by endpoint: "Overall survival: log-rank, P = 0.55 (arms), P = 0.38 (tandem vs single)."."""
    parts = []
    for (endpoint, method), rows in tests.groupby(["endpoint", "method"], sort=False):
        found = [f"{_p_or_reason(row)} ({row['group']})" for _, row in rows.iterrows()]
        parts.append(f"{endpoint_name(endpoint)}, {method} test: {', '.join(found)}.")
    return " ".join(parts)


def _p_or_reason(row: pd.Series) -> str:
    return row["note"] if fmt.is_missing(row["p"]) else fmt.equals_p(row["p"])


def gain(differences: pd.DataFrame) -> str:
    """The difference in restricted mean in months, one clause per row, and what its interval allows to be said."""
    parts = []
    for _, row in differences.iterrows():
        about = f"Restricted mean to {row['time_months']:g} months, {row['term']}"
        if fmt.is_missing(row["ci_low"]):
            parts.append(f"{about}: {row['note'] or fmt.NOT_ESTIMABLE}.")
            continue
        excludes = above(row["ci_low"], 0) or below(row["ci_high"], 0)
        reading = "excludes" if excludes else "includes"
        shown = f"{fmt.number(row['estimate'], 1)} months (95% CI {fmt.interval(row['ci_low'], row['ci_high'], _one)})"
        parts.append(f"{about}: {shown}, {fmt.equals_p(row['p'])}; the interval {reading} no difference.")
    return " ".join(parts)


def _one(number: float) -> str:
    return fmt.number(number, 1)


def censoring(whole: pd.DataFrame, censored: pd.DataFrame, moved: int) -> str:
    """Overall survival at one time with and without censoring at transplant, and how many were censored so."""
    if censored.empty:
        return ""
    first, second = whole.iloc[0], censored.iloc[0]
    return (
        f"{fmt.plural(moved, 'patient')} had a transplant while alive and under observation. At "
        f"{first['time_months']:g} months survival is {value_with_interval(first)} when they are followed to the end, "
        f"and {value_with_interval(second)} when follow-up stops at the transplant. The second figure would describe "
        "survival without transplant only if patients who went to transplant were like the others."
    )


def overstatement(naive: pd.DataFrame, incidence: pd.DataFrame) -> str:
    """By how much 1 - Kaplan-Meier exceeds the cumulative incidence, one clause per endpoint; rows of one time."""
    parts = []
    for (_, wrong), (_, right) in zip(naive.iterrows(), incidence.iterrows(), strict=True):
        name = f"{endpoint_name(right['endpoint'])} at {right['time_months']:g} months"
        if fmt.is_missing(wrong["estimate"]) or fmt.is_missing(right["estimate"]):
            parts.append(f"{name}: {right['note'] or wrong['note'] or fmt.NOT_ESTIMABLE}.")
            continue
        excess = fmt.number(100 * (wrong["estimate"] - right["estimate"]), 1)
        compared = f"overstates it by {excess} percentage points" if float(excess) else "agrees with it here"
        parts.append(
            f"{name}: {value(right)} by Aalen-Johansen, {value(wrong)} by one minus Kaplan-Meier, which {compared}."
        )
    return " ".join(parts)


def identity(parts: pd.DataFrame, departure: pd.DataFrame) -> str:
    """LFS + relapse + non-relapse mortality at one time, and the largest departure of the sum from 1 at any time."""
    if parts.empty or departure.empty:
        return ""
    farthest = departure["estimate"].max()
    within = "no more than rounding error" if farthest < ROUNDING else fmt.percent(farthest, 3)
    close = f"The sum departs from 100% by {within} at any time and in any group."
    if parts["estimate"].isna().any():
        return close
    added = " + ".join(f"{value(row)}" for _, row in parts.iterrows())
    names = endpoint_name(parts["endpoint"].iloc[0]) + "".join(f" + {NAMES[key]}" for key in parts["endpoint"].iloc[1:])
    total = fmt.percent(parts["estimate"].sum())
    return f"{names} at {parts.iloc[0]['time_months']:g} months: {added} = {total}. {close}"


def immortal_time(naive: pd.DataFrame, in_time: pd.DataFrame, waiting: pd.DataFrame) -> str:
    """What ever against never changes, one clause per exposure: months misplaced and the two hazard ratios."""
    pairs = zip(
        naive.iterrows(), in_time.iterrows(), filter_rows(waiting, measure="immortal_time").iterrows(), strict=True
    )
    return " ".join(_one_immortal(*(row for _, row in rows), waiting) for rows in pairs)


def _one_immortal(naive: pd.Series, in_time: pd.Series, months: pd.Series, waiting: pd.DataFrame) -> str:
    """The clause of one exposure."""
    label = months["term"].removesuffix(": before exposure")
    if fmt.is_missing(months["estimate"]):
        return f"{label}: {months['note']}."
    share = single(waiting, term=months["term"], endpoint=months["endpoint"], measure="immortal_share")
    waited = (
        f"{label}: {fmt.plural(int(months['n']), 'patient')} lived {fmt.number(months['estimate'], 1)} months, "
        f"{value(share)} of their time, before it began."
    )
    if fmt.is_missing(naive["estimate"]) or fmt.is_missing(in_time["estimate"]):
        return f"{waited} {capital((naive['note'] or in_time['note']).rstrip('.'))}."
    factor = naive["estimate"] / in_time["estimate"]
    return (
        f"{waited} Crediting that time to the exposure changes the hazard ratio from {value_with_interval(in_time)} to "
        f"{value_with_interval(naive)}, that is by a factor of {fmt.ratio(factor)}."
    )
