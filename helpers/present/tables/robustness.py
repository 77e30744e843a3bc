"""Tables of the robustness report: analyses by choice and by fit, compatible ranges, and plans of a next trial."""

import pandas as pd
from IPython.display import display

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab
from helpers.present.values import value, value_format, value_with_p

ANOTHER_COHORT = (
    "Cohorts that match every published figure are given for a whole published study. This cohort is a part of one, or "
    "has none, so nothing is said about it."
)
QUANTILES = ("low", "median", "high", "lowest", "highest")
RANGE_TITLES = ("Median", "5% to 95%", "Lowest to highest", "P < 0.05 in", "Estimable in")
PLANNED = {"required_events": "Events", "required_patients": "Patients", "power": "Power of this study"}


def choice_table(summary: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per level of every choice: analyses with an estimate, ratio below 1, P below 0.05, and the median ratio."""
    notes = ["The analyses share their patients: these are counts, not tests."]
    return crosstab(summary, id=id, caption=caption, corner="Choice", text=_count_or_ratio, notes=notes)


def each_choice_table(curves: pd.DataFrame, *, id: str) -> None:
    """Show the choices of every effect in `curves` in turn; ids are numbered from 1, captions name the effect."""
    for number, (label, summary) in enumerate(curves.groupby("variable_label", sort=False), start=1):
        display(choice_table(summary, id=f"{id}-{number}", caption=f"{label}, by choice"))


def fit_table(curve: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per covariate set and a column per fit: the estimate with its interval and P."""
    if curve.empty:
        return absent(caption)
    cells = curve.assign(term=curve["Covariates"], group=curve["Fit"])
    return crosstab(cells, id=id, caption=caption, corner="Covariates", text=value_with_p)


def _count_or_ratio(row: pd.Series) -> str:
    """ "3/127 (2.4%)", or the ratio."""
    if row["measure"] != "proportion":
        return value(row)
    counts = fmt.count_of(row["events"], row["n"])
    return counts if fmt.is_missing(row["estimate"]) else f"{counts} ({fmt.percent(row['estimate'], 0)})"


def range_table(ranges: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per quantity, determined ones first: median and ranges over the cohorts, share of P < 0.05, reading."""
    if ranges.empty:
        return Text("absent", ANOTHER_COHORT)
    lines = []
    for _, row in ranges.sort_values("determined", ascending=False, kind="stable").iterrows():
        low, middle, high, lowest, highest = row[list(QUANTILES)].map(value_format(row["measure"]))
        share = "" if fmt.is_missing(row["significant"]) else fmt.percent(row["significant"])
        spans = [f"{low} to {high}", f"{lowest} to {highest}"]
        lines.append([row["label"], middle, *spans, share, fmt.percent(row["estimable"]), row["reading"]])
    titles = [("Quantity", "left"), *((name, "right") for name in RANGE_TITLES), ("Reading", "left")]
    note = "Ranges and shares describe what is compatible with the publication; they are no probabilities."
    return Table(id, caption, titles, lines, [note])


def plan_table(plan: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per effect: events and patients for power 80% and 90%, and the power that this study had."""
    rows = plan[plan["measure"].isin(PLANNED)]
    rows = rows.assign(group=rows["measure"].map(PLANNED) + ", " + rows["level"])
    note = "Two-sided level 5%. Trials: equal groups, events as frequent as here. Power of this study: its own groups."
    return crosstab(rows, id=id, caption=caption, corner="Effect", text=value, notes=[note])
