"""Sentences on proportions and their comparison: how many responded, and what P depends on."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import count_with_percent
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.ties import below, tied
from helpers.study import Study


def proportions(estimates: pd.DataFrame, outcome: str = "") -> str:
    """ "Complete remission: 23 of 35 (65.7%, 95% CI ...); by arm: Single 10/18 (55.6%); Tandem 12/14 (85.7%)."

    `outcome` names what the proportion is of, in place of the label of its endpoint.
    """
    everybody = filter_rows(estimates, group="All")
    if everybody.empty or not everybody["n"].iloc[0]:
        return ""
    row = everybody.iloc[0]
    share = f"{fmt.percent(row['estimate'])}, 95% CI {fmt.interval(row['ci_low'], row['ci_high'], fmt.percent)}"
    lead = f"{outcome or row['endpoint_label']}: {int(row['events'])} of {int(row['n'])} ({share})"
    arms = [f"{arm['group']} {count_with_percent(arm)}" for _, arm in estimates.iterrows() if arm["group"] != "All"]
    return f"{lead}; by arm: {'; '.join(arms)}." if len(arms) > 1 and row["events"] else f"{lead}."


def tests(estimates: pd.DataFrame) -> str:
    """Whether P lies below 0.05 under every test, under none, or depends on it; the smallest and the largest P."""
    done = estimates[estimates["p"].notna()]
    if done.empty:
        return ""
    p = pd.Series(tied(done["p"]), done.index)  # of equal ones the first is named
    low, high = done.loc[p.idxmin()], done.loc[p.idxmax()]
    count = int(below(p, ALPHA).sum())
    lead = f"Whether P is below {ALPHA:g} depends on the test: it is under {count} of {len(done)}"
    if count in (0, len(done)):
        lead = f"Under each of {len(done)} tests P is {'below' if count else 'not below'} {ALPHA:g}"
    return (
        f"{lead}; the smallest is {fmt.p_value(low['p'])} ({low['method']}), "
        f"the largest {fmt.p_value(high['p'])} ({high['method']})."
    )


def days(description: pd.DataFrame, what: str) -> str:
    """ "CRS began on day 4 (median; quartiles 3 to 6; range 1 to 9; 28 patients)." from the quartile rows of "All"."""
    rows = description[(description["group"] == "All") & (description["measure"] != "missing")]
    numbers = rows.drop_duplicates("measure").set_index("measure")["estimate"]
    if rows.empty or fmt.is_missing(numbers.get("median", float("nan"))):
        return ""
    printed, patients = numbers.map(fmt.plain), fmt.plural(int(rows["n"].iloc[0]), "patient")
    quartiles = f"quartiles {printed['lower_quartile']} to {printed['upper_quartile']}"
    extremes = f"range {printed['minimum']} to {printed['maximum']}"
    return f"{what} {printed['median']} (median; {quartiles}; {extremes}; {patients})."


def post_hoc(study: Study) -> str:
    """That the comparison was chosen after the data were seen; nothing when it was not."""
    if study.contrast is None or not study.contrast.post_hoc:
        return ""
    return (
        f"The comparison {study.contrast.label} was chosen after the data were seen (post hoc): its P values are "
        "smaller than those of a comparison planned beforehand, and the test of all arms stands beside it."
    )


def interactions(subgroups: pd.DataFrame) -> str:
    """Whether the comparison differs between subgroups by more than chance."""
    tests = subgroups[(subgroups["comparison"] == "interaction") & subgroups["p"].notna()]
    if tests.empty:
        return ""
    factors = listed(f"{row.variable_label} ({fmt.equals_p(row.p)})" for row in tests.itertuples())
    count = f"{int(below(tests['p'], ALPHA).sum())} of {len(tests)} below {ALPHA:g}"
    return f"Interaction with {factors}: {count}. A subgroup of this size can show little and rule out little."
