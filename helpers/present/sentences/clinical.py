"""Sentences on response and toxicity: what was chosen afterwards, medians of days, associations, grades."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import ALPHA, listed
from helpers.present.tables.listing import count_with_percent
from helpers.stats.ties import below
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
    return f"{lead}; by arm: {'; '.join(arms)}." if len(arms) > 1 and row["events"] else f"{lead}."


def spread_of_tests(tests: pd.DataFrame) -> str:
    """Whether P lies below 0.05 under every test, under none, or depends on the test."""
    known = tests["p"].dropna()
    if known.empty:
        return ""
    count, ends = int(below(known, ALPHA).sum()), f"P {fmt.p_value(known.min())} to {fmt.p_value(known.max())}"
    if count in (0, len(known)):
        return f"Under each of {len(known)} tests P is {'below' if count else 'not below'} {ALPHA:g} ({ends})."
    return f"Whether P is below {ALPHA:g} depends on the test: it is under {count} of {len(known)} ({ends})."


def days(description: pd.DataFrame, what: str) -> str:
    """ "CRS began on day 4 (median; quartiles 3 to 6; range 1 to 9; 28 patients)." from the quartile rows of "All"."""
    rows = description[(description["group"] == "All") & (description["measure"] != "missing")]
    numbers = rows.drop_duplicates("measure").set_index("measure")["estimate"]
    if rows.empty or fmt.is_missing(numbers.get("median", float("nan"))):
        return ""
    n = int(rows["n"].iloc[0])
    told = numbers.map(fmt.plain)
    return (
        f"{what} {told['median']} (median; quartiles {told['lower_quartile']} to "
        f"{told['upper_quartile']}; range {told['minimum']} to {told['maximum']}; "
        f"{fmt.plural(n, 'patient')})."
    )


def interactions(subgroups: pd.DataFrame) -> str:
    """Whether the comparison differs between subgroups by more than chance."""
    tests = subgroups[(subgroups["measure"] == "p_value") & subgroups["p"].notna()]
    if tests.empty:
        return ""
    told = [f"{row.term} ({fmt.equals_p(row.p)})" for row in tests.itertuples()]
    count = int(below(tests["p"], ALPHA).sum())
    lead = f"Interaction with {listed(told)}"
    return (
        f"{lead}: {count} of {len(tests)} below {ALPHA:g}. A subgroup of this size can show little and rule out little."
    )


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
