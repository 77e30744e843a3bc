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
    """A row per quantity: its median and ranges over the cohorts, in how many P < 0.05, and what follows.

    Those that are determined come first. For a cohort without compatible ones, a line that says so.
    """
    if ranges.empty:
        return Text("absent", ANOTHER_COHORT)
    rows = ranges.sort_values("determined", ascending=False, kind="stable")
    lines = [_range_cells(row) for _, row in rows.iterrows()]
    titles = [("Quantity", "left"), *((name, "right") for name in RANGE_TITLES), ("Reading", "left")]
    note = "Ranges and shares describe what is compatible with the publication; they are no probabilities."
    return Table(id, caption, titles, lines, [note])


def _range_cells(row: pd.Series) -> list[str]:
    """The texts of one quantity."""
    text = value_format(row["measure"])
    low, middle, high = (text(row[name]) for name in ("low", "median", "high"))
    share = "" if fmt.is_missing(row["significant"]) else fmt.percent(row["significant"])
    ends = f"{text(row['lowest'])} to {text(row['highest'])}"
    return [row["label"], middle, f"{low} to {high}", ends, share, fmt.percent(row["estimable"]), row["reading"]]


def plan_table(plan: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per effect: events and patients for power 80% and 90%, and the power that this study had."""
    rows = plan[plan["measure"].isin(PLANNED)]
    rows = rows.assign(group=rows["measure"].map(PLANNED) + ", " + rows["level"])
    note = "Two-sided level 5%. Trials: equal groups, events as frequent as here. Power of this study: its own groups."
    return crosstab(rows, id=id, caption=caption, corner="Effect", text=value, notes=[note])
