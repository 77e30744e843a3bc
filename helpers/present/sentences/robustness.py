"""What the robustness report says: how a claim moves with the test, the analysis and the cohort, and what is next.

Everything is read from estimates rows (and the choices beside them); sentences are "" for empty tables.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.present import format as fmt
from helpers.present.figures.specification import plot_specification
from helpers.present.sentences.general import listed
from helpers.present.show import Figure, Table, Text
from helpers.present.tables.listing import absent, crosstab
from helpers.present.values import value, value_format, value_with_interval
from helpers.stats.estimates import filter_rows
from helpers.stats.ties import above, below

ALPHA = 0.05
FEW = 5  # events per term, below which even lenient rules call a model unreliable
CHOICES = ("Endpoint", "Clock", "Follow-up", "Exposure", "Covariates", "Fit")
ANOTHER_COHORT = (
    "The ensemble belongs to the published study: its cohorts were reconstructed from that publication's figures. This "
    "cohort is another one, or a part of it, so the ensemble says nothing about it."
)
RANGE_TITLES = ("Median", "5% to 95%", "Lowest to highest", "P < 0.05 in", "Estimable in", "Reading")


def test_verdict(tests: pd.DataFrame, usual: str, label: str) -> str:
    """Whether the choice of test decides, and where the usual test stands."""
    known = tests[tests["p"].notna()]
    if known.empty:
        return ""
    count, name = int(below(known["p"], ALPHA).sum()), filter_rows(known, method=usual)
    said = {0: "no test in use gives P below 0.05", len(known): "every test in use gives P below 0.05"}
    told = said.get(count, f"whether P is below 0.05 depends on the test: it is under {count} of {len(known)}")
    told = f"{label}: {told}."
    if name.empty:
        return told
    p = name["p"].iloc[0]
    side = "below" if below(p, ALPHA) else "not below"
    return f"{told} Under the usual one ({usual}) {fmt.equals_p(p)}, {side} 0.05."


def fragility(rows: pd.DataFrame) -> str:
    """How few patients decide: the smallest and the largest index over the tests."""
    known = rows[rows["estimate"].notna()]
    if known.empty:
        return ""
    ends = sorted({int(known["estimate"].min()), int(known["estimate"].max())})
    many = " to ".join(fmt.count(end) for end in ends) + (" patient" if ends == [1] else " patients")
    tests = f"Under each of {fmt.plural(len(known), 'test')}"
    return f"{tests}, another outcome in {many} of one group would put P on the other side of 0.05."


def curve_verdict(curve: pd.DataFrame, label: str) -> str:
    """How many analyses of an effect there are, which way they point, and how many reach P < 0.05."""
    if curve.empty:
        return ""
    known = curve[curve["estimate"].notna()]
    if known.empty:
        return f"{label}: none of {fmt.plural(len(curve), 'analysis', 'analyses')} gave an estimate."
    show = value_format(known["measure"].iloc[0])
    lower, higher, sure = below(known["estimate"], 1), above(known["estimate"], 1), below(known["p"], ALPHA)
    middle, low, high = (show(known["estimate"].quantile(q)) for q in (0.5, 0, 1))
    even = f", neither in {int((~lower & ~higher).sum())}" if not (lower | higher).all() else ""
    counts = (
        f"{label}: {len(known)} of {len(curve)} analyses gave an estimate. The ratio is below 1 in {int(lower.sum())} "
        f"and above in {int(higher.sum())}{even} (median {middle}, from {low} to {high}); "
        f"P is below 0.05 in {int(sure.sum())}"
    )
    sides = [f"{int((sure & side).sum())} {word} 1" for side, word in ((lower, "below"), (higher, "above"))]
    told = f"{counts}{f' ({listed(sides)})' if sure.any() else ''}. {_conclusion(lower, higher, sure)}"
    few = int((known["events"] < FEW * known["terms"]).sum()) if "terms" in known else 0
    thin = f" {few} of the estimates rest on fewer than {FEW} events per model term: read the far ends with care."
    return told + (thin if few else "")


def _conclusion(lower: pd.Series, higher: pd.Series, sure: pd.Series) -> str:
    """What the analyses agree on."""
    one_way = lower.all() or higher.all()
    if sure.all():
        return "All agree." if one_way else "All are below it, but not in one direction."
    if not sure.any():
        agree = "they agree on the direction" if one_way else "not even the direction is the same in all"
        return f"No analysis has P below 0.05; {agree}."
    agree = "all agree on the direction" if one_way else "so does the direction"
    return f"Whether P is below 0.05 depends on the analysis; {agree}."


def varying(curve: pd.DataFrame, choices: Sequence[str]) -> list[str]:
    """The choices of which the analyses hold more than one level; all of them when none varies."""
    found = [name for name in choices if name in curve and curve[name].nunique() > 1]
    return found or [name for name in choices if name in curve]


def curve_headline(curve: pd.DataFrame, label: str) -> str:
    """One clause on an effect for the answer: how many analyses reach P < 0.05, and whether they agree which way."""
    known = curve[curve["estimate"].notna()]
    if known.empty:
        return ""
    lower, sure = int(below(known["estimate"], 1).sum()), int(below(known["p"], ALPHA).sum())
    return f"{label}: {sure} of {len(known)} survival analyses have P below 0.05; {lower} have a hazard ratio below 1."


def curve_figure(curve: pd.DataFrame, *, id: str, effect: str, below: str, caption: str) -> Figure | Text:
    """The specification curve, with the choices that vary."""
    return plot_specification(curve, varying(curve, CHOICES), id=id, effect=effect, below=below, caption=caption)


def curve_figures(curves: Mapping[str, pd.DataFrame]) -> list[Figure | Text]:
    """A specification curve per exposure; a line when the cohort records none."""
    words = {"effect": "Hazard ratio", "below": "Below 1: the event comes later in the exposed"}
    drawn = [
        curve_figure(curve, id=f"exposure-curve-{number}", caption=f"{label}, every analysis", **words)
        for number, (label, curve) in enumerate(curves.items(), 1)
    ]
    return drawn or [absent("exposures after time zero")]


def choice_tables(summaries: Mapping[str, pd.DataFrame]) -> list[Table | Text]:
    """A table of the choices per exposure that the cohort records."""
    return [
        choice_table(summary, id=f"exposure-choices-{number}", caption=f"{label}, by choice")
        for number, (label, summary) in enumerate(summaries.items(), 1)
        if len(summary)
    ]


def choice_table(summary: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per level of every choice: analyses with an estimate, ratio below 1, P below 0.05, and the median ratio."""
    if summary.empty:
        return absent(caption)
    groups = list(dict.fromkeys(summary["group"]))
    lines = []
    for term, part in summary.groupby("term", sort=False):
        cells = {row["group"]: _counted(row) for _, row in part.iterrows()}
        lines.append([term, *(cells.get(group, "") for group in groups)])
    titles = [("Choice", "left"), *((group, "right") for group in groups)]
    return Table(id, caption, titles, lines, ["The analyses share their patients: these are counts, not tests."])


def fit_table(curve: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per covariate set and a column per fit: the estimate with its interval and P."""
    if curve.empty:
        return absent(caption)
    cells = curve.assign(term=curve["Covariates"], group=curve["Fit"])
    return crosstab(cells, id=id, caption=caption, corner="Covariates", text=_with_p)


def _with_p(row: pd.Series) -> str:
    """ "5.45 (0.97 to 30.6), P = 0.054"."""
    return value_with_interval(row) + ("" if fmt.is_missing(row["p"]) else f", {fmt.equals_p(row['p'])}")


def _counted(row: pd.Series) -> str:
    """ "3/127 (2.4%)", or the ratio."""
    if row["measure"] != "proportion":
        return value(row)
    counts = fmt.count_of(row["events"], row["n"])
    return counts if fmt.is_missing(row["estimate"]) else f"{counts} ({fmt.percent(row['estimate'], 0)})"


def spread(ranges: pd.DataFrame) -> pd.DataFrame:
    """The ranges as the figure takes them: quantities that are determined first, then those that are not."""
    rows = ranges.rename(columns={"label": "term"}).assign(note=ranges["reading"])
    return rows.sort_values("determined", ascending=False, kind="stable") if len(rows) else rows


def range_table(ranges: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per quantity: its median and ranges over the cohorts, in how many P < 0.05, and what follows.

    For a cohort that the ensemble does not describe, a line that says so.
    """
    if ranges.empty:
        return Text("absent", ANOTHER_COHORT)
    lines = [_range_cells(row) for _, row in spread(ranges).iterrows()]
    titles = [("Quantity", "left"), *((name, "right") for name in RANGE_TITLES[:-1]), (RANGE_TITLES[-1], "left")]
    note = "Ranges and shares describe what is compatible with the publication; they are no probabilities."
    return Table(id, caption, titles, lines, [note])


def _range_cells(row: pd.Series) -> list[str]:
    """The texts of one quantity."""
    show = value_format(row["measure"])
    low, middle, high = (show(row[name]) for name in ("low", "median", "high"))
    share = "" if fmt.is_missing(row["significant"]) else fmt.percent(row["significant"])
    ends = f"{show(row['lowest'])} to {show(row['highest'])}"
    return [row["term"], middle, f"{low} to {high}", ends, share, fmt.percent(row["estimable"]), row["reading"]]


def range_headline(ranges: pd.DataFrame, cohorts: int) -> str:
    """How many unpublished quantities the publication determines."""
    settled = int(ranges["determined"].sum()) if len(ranges) else 0
    told = f"Of {len(ranges)} quantities that were not published, {cohorts:,} compatible cohorts agree on {settled}."
    return told if len(ranges) else ""


def range_verdict(ranges: pd.DataFrame, cohorts: int) -> str:
    """How many unpublished quantities the publication determines, and which."""
    if ranges.empty:
        return ""
    settled, imposed = ranges[ranges["determined"]], int(ranges["imposed"].sum())
    open_ones = int((~ranges["determined"]).sum()) - imposed
    names = f": {listed(settled['label'])}" if len(settled) else ""
    return (
        f"Over {cohorts:,} cohorts that match every published figure, {len(settled)} of {len(ranges)} unpublished "
        f"quantities lead to one conclusion{names}. {open_ones} do not. Of {imposed} more the publication claims "
        "significance, so it was imposed; their size is open."
    )


def plan_table(plan: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per effect: events and patients for power 80% and 90%, and the power that this study had."""
    if plan.empty:
        return absent(caption)
    kept = plan[plan["measure"] != "detectable_ratio"]
    names = list(dict.fromkeys(_plan_column(row) for _, row in kept.iterrows()))
    lines = []
    for term, part in kept.groupby("term", sort=False):
        cells = {_plan_column(row): value(row) for _, row in part.iterrows()}
        lines.append([term, *(cells.get(name, "") for name in names)])
    titles = [("Effect", "left"), *((name, "right") for name in names)]
    note = "Two-sided level 5%. Trials: equal groups, events as frequent as here. Power of this study: its own groups."
    return Table(id, caption, titles, lines, [note])


def _plan_column(row: pd.Series) -> str:
    """The heading of one number of a plan; the last part of its method is the power aimed at, or the formula."""
    what = "Power of this study" if row["measure"] == "power" else row["measure"].removeprefix("required_").capitalize()
    return f"{what}, {row['method'].rsplit(', ', 1)[1]}"


def detectable(plan: pd.DataFrame) -> str:
    """What the events of this study could have shown, a clause per effect."""
    known = filter_rows(plan, measure="detectable_ratio")
    parts = [
        f"{row['term'].removesuffix(': what the events could show')}: with {fmt.plural(int(row['events']), 'event')} "
        f"only a hazard ratio of {fmt.ratio(row['estimate'])} or lower had a power of 80%."
        for _, row in known.iterrows()
        if not fmt.is_missing(row["estimate"])
    ]
    return " ".join(parts)


def headline_cards(
    tests: pd.DataFrame, curves: Mapping[str, pd.DataFrame], ranges: pd.DataFrame
) -> list[tuple[str, str, str]]:
    """How much depends on the test, on the analysis of each effect, and on the cohort."""
    shown = {"Tests of remission with P below 0.05": tests} if len(tests) else {}
    shown |= {f"Analyses with P below 0.05, {label}": curve for label, curve in curves.items() if len(curve)}
    cards = [(label, *_share_of(rows)) for label, rows in shown.items()]
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
