"""Sentences on response and toxicity: what was chosen afterwards, medians of days, associations, grades."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences import ALPHA, listed
from helpers.present.tables import count_with_percent
from helpers.study import Study


def post_hoc(study: Study) -> str:
    """That the contrast was chosen after the data were seen; nothing when it was not."""
    if study.contrast is None or not study.contrast.post_hoc:
        return ""
    return (
        f"The contrast {study.contrast.label} was chosen after the data were seen (post hoc): its P values are smaller "
        "than those of a comparison planned beforehand, and the test of all arms stands beside it."
    )


def rates(estimates: pd.DataFrame, outcome: str) -> str:
    """ "Complete remission: 23 of 35 (65.7%, 95% CI ...); by arm 10/18 (55.6%) Single, 12/14 (85.7%) Tandem."."""
    everybody = estimates[estimates["group"] == "All"]
    if everybody.empty or not everybody["n"].iloc[0]:
        return ""
    row = everybody.iloc[0]
    limits = fmt.interval(row["ci_low"], row["ci_high"], fmt.percent)
    lead = f"{outcome}: {int(row['events'])} of {int(row['n'])} ({fmt.percent(row['estimate'])}, 95% CI {limits})"
    arms = [f"{arm['group']} {count_with_percent(arm)}" for _, arm in estimates.iterrows() if arm["group"] != "All"]
    return f"{lead}{'; by arm: ' if len(arms) > 1 else ''}{'; '.join(arms) if len(arms) > 1 else ''}."


def spread_of_tests(tests: pd.DataFrame) -> str:
    """Whether P lies below 0.05 under every test, under none, or depends on the test."""
    known = tests["p"].dropna()
    if known.empty:
        return ""
    below, ends = int((known < ALPHA).sum()), f"P {fmt.p_value(known.min())} to {fmt.p_value(known.max())}"
    if below in (0, len(known)):
        return f"Under each of {len(known)} tests P is {'below' if below else 'not below'} {ALPHA:g} ({ends})."
    return f"Whether P is below {ALPHA:g} depends on the test: it is under {below} of {len(known)} ({ends})."


def days(description: pd.DataFrame, what: str) -> str:
    """ "CRS began on day 4 (median; quartiles 3 to 6; range 1 to 9; 28 patients)." from the quartile rows of "All"."""
    rows = description[(description["group"] == "All") & (description["measure"] != "missing")]
    numbers = rows.drop_duplicates("measure").set_index("measure")["estimate"]
    if rows.empty or fmt.is_missing(numbers.get("median", float("nan"))):
        return ""
    n = int(rows["n"].iloc[0])
    return (
        f"{what} {numbers['median']:g} (median; quartiles {numbers['lower_quartile']:g} to "
        f"{numbers['upper_quartile']:g}; range {numbers['minimum']:g} to {numbers['maximum']:g}; "
        f"{fmt.plural(n, 'patient')})."
    )


def interactions(subgroups: pd.DataFrame) -> str:
    """Whether the comparison differs between subgroups by more than chance."""
    tests = subgroups[(subgroups["measure"] == "p_value") & subgroups["p"].notna()]
    if tests.empty:
        return ""
    told = [f"{row.term} ({fmt.equals_p(row.p)})" for row in tests.itertuples()]
    below = int((tests["p"] < ALPHA).sum())
    lead = f"Interaction with {listed(told)}"
    return (
        f"{lead}: {below} of {len(tests)} below {ALPHA:g}. A subgroup of this size can show little and rule out little."
    )
