"""How a claim moves with the test, the analysis and the cohort, and what is next; "" for an empty table."""

import pandas as pd

from helpers import marks
from helpers.present import format as fmt
from helpers.present.sentences.general import listed, measure_name
from helpers.present.show import INVENTED, Cards
from helpers.present.values import interval, marked, p_text, share_of_cohorts, value, within
from helpers.stats.estimates import filter_rows, single
from helpers.stats.levels import ALPHA
from helpers.stats.planning.specification import LEAST_EVENTS, LEAST_PATIENTS
from helpers.stats.ties import below, tied

SHARE = "compatible_significant"


def test_verdict(tests: pd.DataFrame, usual: str) -> str:
    """P of the comparison by the usual test and over all tests, and whether the choice decides."""
    known = tests[tests["p"].notna()]
    if known.empty:
        return ""
    sure = below(known["p"], ALPHA)
    verdict = f"whether it is below {ALPHA:g} depends on the test"
    if sure.all() or not sure.any():
        verdict = f"each is below {ALPHA:g}" if sure.all() else f"none is below {ALPHA:g}"
    if len(known) == 1:
        verdict = f"this is {'' if sure.all() else 'not '}below {ALPHA:g}"
    chosen = [f"{p_text(row)} ({usual})" for _, row in filter_rows(known, method=usual).iterrows()]
    over = [f"{_p_span(known)} over {fmt.plural(len(known), 'test')}"] if len(known) > 1 else []
    lead = f"{known['endpoint_label'].iloc[0]}, {known['group'].iloc[0]}"
    return f"{lead}: {', and '.join([*chosen, *over])}; {verdict}."


def _p_span(rows: pd.DataFrame) -> str:
    """ "P from 0.035 to 0.095"; of equal ones the first is quoted."""
    p = pd.Series(tied(rows["p"]), rows.index)
    low, high = (marked(row, fmt.p_value(row["p"])) for row in (rows.loc[p.idxmin()], rows.loc[p.idxmax()]))
    return f"P from {low} to {high}" if below(p.min(), p.max()) else p_text(rows.loc[p.idxmin()])


def fragility(rows: pd.DataFrame) -> str:
    """How few patients decide: the smallest and the largest index over the tests."""
    known = rows[rows["estimate"].notna()]
    if known.empty:
        return ""
    order = known["estimate"].sort_values(kind="stable").index
    ends = [known.loc[order[0]], known.loc[order[-1]]]
    many = " to ".join(dict.fromkeys(value(row) for row in ends[: 1 + (ends[0]["estimate"] < ends[1]["estimate"])]))
    noun = "patient" if ends[1]["estimate"] == 1 else "patients"
    tests = f"Under each of {fmt.plural(len(known), 'test')}" if len(known) > 1 else f"Under {known['method'].iloc[0]}"
    return f"{tests}, another outcome in {many} {noun} of one group would put P on the other side of {ALPHA:g}."


def curve_ranges(curves: pd.DataFrame) -> str:
    """Of each effect on an endpoint: between which ends the estimates and their P lie, and what was not made."""
    effects = curves.groupby("variable_label", sort=False) if len(curves) else []
    return " ".join(_range(curve, f"{curve['endpoint_label'].iloc[0]}, {label}") for label, curve in effects)


def _range(curve: pd.DataFrame, lead: str) -> str:
    """The ends of one curve, with the analyses that are missing."""
    known = curve[curve["estimate"].notna()]
    if known.empty:
        return f"{lead}: none of {fmt.plural(len(curve), 'analysis', 'analyses')} gave an estimate.{_missing(curve)}"
    order = pd.Series(tied(known["estimate"]), known.index).sort_values(kind="stable").index
    low, high = known.loc[order[0]], known.loc[order[-1]]
    spread = f"{value(low)} to {value(high)}" if below(low["estimate"], high["estimate"]) else value(low)
    over = f"over {fmt.plural(len(known), 'analysis', 'analyses')}"
    return f"{lead}: {measure_name(low)} {spread} {over}, {_p_span(known)}.{_missing(curve)}"


def _missing(curve: pd.DataFrame) -> str:
    """How many analyses were too small to be made, and how many gave no estimate; "" when there is none."""
    small = int(curve["too_small"].sum()) if "too_small" in curve else 0
    failed = int(curve["estimate"].isna().sum()) - small
    least = f"fewer than {LEAST_EVENTS} events per factor or {LEAST_PATIENTS} patients on one side"
    parts = [f"{small} held {least}"] * (small > 0)
    parts += [f"{failed} gave no estimate"] * (failed > 0)
    return f" Of {len(curve)} analyses {' and '.join(parts)}." if parts else ""


def range_headline(ranges: pd.DataFrame, shares: pd.DataFrame) -> str:
    """In how many compatible cohorts P is below 0.05, for what stands first and was not imposed.

    `ranges` are rows of audit.ranges, `shares` the same as published estimates.
    """
    first = ranges[ranges["shown_first"] & ~ranges["imposed"] & ranges["significant"].notna()]
    if first.empty:
        return ""
    rows = [single(shares, term=label, measure=SHARE) for label in first["label"]]
    parts = [f"{share_of_cohorts(row)} ({within(row['term'])})" for row in rows]
    undecided = "" if first["determined"].any() else " What was published determines none of these."
    cohorts = f"{int(first['cohorts'].iloc[0]):,} cohorts that match every published figure"
    return f"Of {cohorts}, P is below {ALPHA:g} in {listed(parts)}.{undecided}"


def detectable(plan: pd.DataFrame) -> str:
    """What the events of this study could have shown, a sentence per endpoint; nothing of events that were invented."""
    rows = filter_rows(plan, measure="detectable_ratio").dropna(subset="estimate")
    told = [
        f"{row['endpoint_label']}: {fmt.plural(int(row['events']), 'event')} in the two groups would have shown a true "
        f"hazard ratio of {value(row)} or lower, or {marked(row, fmt.ratio(1 / row['estimate']))} or higher, with a "
        "power of 80%."
        for _, row in rows.iterrows()
    ]
    return " ".join(sentence for sentence in told if INVENTED not in marks.origins(sentence))


def headline_cards(
    cohorts: list[tuple[str, str, str]], tests: pd.DataFrame, curves: pd.DataFrame, *, usual: str
) -> Cards:
    """The cards of compatible cohorts, which are for the front page; P by test; the plainest analysis per endpoint."""
    cards = [*cohorts, *_test_cards(tests, usual), *_curve_cards(curves)]
    return Cards(cards or [("Robustness", "nothing to compare", "in this cohort")], front=len(cohorts))


def _test_cards(tests: pd.DataFrame, usual: str) -> list[tuple[str, str, str]]:
    """P of the comparison by the usual test, and over all."""
    known = tests[tests["p"].notna()]
    chosen = filter_rows(known, method=usual)
    spread = f"{_p_span(known)} over {fmt.plural(len(known), 'test')}" if len(known) > 1 else "the one test"
    return [(f"{row['endpoint_label']}: {usual}", p_text(row), spread) for _, row in chosen.iterrows()]


def _curve_cards(curves: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The plainest analysis of the effect on each endpoint, and P over all analyses."""
    cards = []
    for label, curve in curves.groupby("endpoint_label", sort=False) if len(curves) else []:
        known = curve.dropna(subset="estimate")
        for _, row in known.head(1).iterrows():
            over = f"{_p_span(known)} over {fmt.plural(len(known), 'analysis', 'analyses')}"
            detail = f"95% CI {interval(row)}; {over}" if interval(row) else over
            cards.append((f"{label}: hazard ratio, {row['group']}", value(row), detail))
    return cards
