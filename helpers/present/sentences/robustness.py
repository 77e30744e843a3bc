"""How a claim moves with the test, the analysis and the cohort, and what is next; "" for an empty table."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import value_format
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.ties import above, below

FEW = 5  # events per term, below which even lenient rules call a model unreliable


def test_verdict(tests: pd.DataFrame, usual: str) -> str:
    """Whether the choice of test decides, and where the usual test stands."""
    known = tests[tests["p"].notna()]
    if known.empty:
        return ""
    count = int(below(known["p"], ALPHA).sum())
    verdict = f"whether P is below {ALPHA:g} depends on the test: it is under {count} of {len(known)}"
    if count in (0, len(known)):
        verdict = f"{'every' if count else 'no'} test in use gives P below {ALPHA:g}"
    sentence = f"{known['endpoint_label'].iloc[0]}, {known['group'].iloc[0]}: {verdict}."
    chosen = filter_rows(known, method=usual)
    if chosen.empty:
        return sentence
    p = chosen["p"].iloc[0]
    side = "" if below(p, ALPHA) else "not "
    return f"{sentence} Under the usual one ({usual}) {fmt.equals_p(p)}, {side}below {ALPHA:g}."


def fragility(rows: pd.DataFrame) -> str:
    """How few patients decide: the smallest and the largest index over the tests."""
    known = rows[rows["estimate"].notna()]
    if known.empty:
        return ""
    ends = sorted({int(known["estimate"].min()), int(known["estimate"].max())})
    many = " to ".join(map(fmt.count, ends)) + (" patient" if ends == [1] else " patients")
    tests = f"Under each of {fmt.plural(len(known), 'test')}"
    return f"{tests}, another outcome in {many} of one group would put P on the other side of {ALPHA:g}."


def curve_verdict(curves: pd.DataFrame) -> str:
    """Of each effect, how many analyses there are, which way they point, and how many reach P < 0.05."""
    return " ".join(_verdict(curve, label) for label, curve in _by_effect(curves))


def _by_effect(curves: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The analyses of each effect, with its label."""
    return list(curves.groupby("variable_label", sort=False)) if len(curves) else []


def _verdict(curve: pd.DataFrame, label: str) -> str:
    """What the analyses of one effect say together."""
    known = curve[curve["estimate"].notna()]
    if known.empty:
        return f"{label}: none of {fmt.plural(len(curve), 'analysis', 'analyses')} gave an estimate."
    lower, higher, sure = below(known["estimate"], 1), above(known["estimate"], 1), below(known["p"], ALPHA)
    middle, low, high = known["estimate"].quantile([0.5, 0, 1]).map(value_format(known["measure"].iloc[0]))
    sentence = (
        f"{label}: {len(known)} of {len(curve)} analyses gave an estimate. The ratio is below 1 in {int(lower.sum())} "
        f"and above in {int(higher.sum())}"
    )
    if not (lower | higher).all():
        sentence += f", neither in {int((~lower & ~higher).sum())}"
    sentence += f" (median {middle}, from {low} to {high}); P is below {ALPHA:g} in {int(sure.sum())}"
    if sure.any():
        sentence += f" ({int((sure & lower).sum())} below 1 and {int((sure & higher).sum())} above 1)"
    sentence += f". {_conclusion(lower, higher, sure)}"
    few = int((known["events"] < FEW * known["model_terms"]).sum())
    care = f" {few} of the estimates rest on fewer than {FEW} events per model term: read the far ends with care."
    return sentence + care if few else sentence


def _conclusion(lower: pd.Series, higher: pd.Series, sure: pd.Series) -> str:
    """What the analyses agree on."""
    one_way = lower.all() or higher.all()
    if sure.all():
        return "All agree." if one_way else "All are below it, but not in one direction."
    if not sure.any():
        agree = "they agree on the direction" if one_way else "not even the direction is the same in all"
        return f"No analysis has P below {ALPHA:g}; {agree}."
    agree = "all agree on the direction" if one_way else "so does the direction"
    return f"Whether P is below {ALPHA:g} depends on the analysis; {agree}."


def curve_headline(curves: pd.DataFrame) -> str:
    """A clause on each effect for the answer: how many analyses reach P < 0.05, and whether they agree which way."""
    clauses = []
    for label, curve in _by_effect(curves):
        known = curve[curve["estimate"].notna()]
        lower, sure = int(below(known["estimate"], 1).sum()), int(below(known["p"], ALPHA).sum())
        lead = f"{label}: {sure} of {len(known)} survival analyses have P below {ALPHA:g}"
        if len(known):
            clauses.append(f"{lead}; {lower} have a hazard ratio below 1.")
    return " ".join(clauses)


def range_headline(ranges: pd.DataFrame) -> str:
    """How many unpublished quantities the publication determines."""
    if ranges.empty:
        return ""
    settled, cohorts = int(ranges["determined"].sum()), ranges["cohorts"].iloc[0]
    return f"Of {len(ranges)} quantities that were not published, {cohorts:,} compatible cohorts agree on {settled}."


def range_verdict(ranges: pd.DataFrame) -> str:
    """How many unpublished quantities the publication determines, and which."""
    if ranges.empty:
        return ""
    settled, imposed, cohorts = ranges[ranges["determined"]], int(ranges["imposed"].sum()), ranges["cohorts"].iloc[0]
    undecided = len(ranges) - len(settled) - imposed
    names = f": {listed(settled['label'])}" if len(settled) else ""
    return (
        f"Over {cohorts:,} cohorts that match every published figure, {len(settled)} of {len(ranges)} "
        f"unpublished quantities lead to one conclusion{names}. {undecided} do not. Of {imposed} more the publication "
        "claims significance, so it was imposed; their size is open."
    )


def detectable(plan: pd.DataFrame) -> str:
    """What the events of this study could have shown, a clause per effect."""
    rows = filter_rows(plan, measure="detectable_ratio").dropna(subset="estimate")
    return " ".join(
        f"{row['variable_label']}: with {fmt.plural(int(row['events']), 'event')} only a hazard ratio of "
        f"{fmt.ratio(row['estimate'])} or lower had a power of 80%."
        for _, row in rows.iterrows()
    )


def headline_cards(
    tests: pd.DataFrame, arms: pd.DataFrame, exposures: pd.DataFrame, ranges: pd.DataFrame
) -> list[tuple[str, str, str]]:
    """How much depends on the test, on the analysis of each effect, and on the cohort."""
    cards = []
    if len(tests):
        cards.append((f"Tests of remission with P below {ALPHA:g}", *_share_of(tests)))
    for label, curve in [*_by_effect(arms), *_by_effect(exposures)]:
        cards.append((f"Analyses with P below {ALPHA:g}, {label}", *_share_of(curve)))
    if len(ranges):
        settled = f"{int(ranges['determined'].sum())} of {len(ranges)}"
        cards.append(("Unpublished quantities that are determined", settled, "by what was published"))
    return cards or [("Robustness", "nothing to compare", "in this cohort")]


def _share_of(rows: pd.DataFrame) -> tuple[str, str]:
    """ "7 of 12" and the range of P."""
    known = rows["p"].dropna()
    if known.empty:
        return "none", "no estimate"
    ends = fmt.p_value(known.min()), fmt.p_value(known.max())
    return f"{int(below(known, ALPHA).sum())} of {len(known)}", f"P from {ends[0]} to {ends[1]}"
