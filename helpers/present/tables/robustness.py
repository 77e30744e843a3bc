"""Tables of the robustness report: tests with their use, compatible ranges, and plans of a next trial."""

from collections.abc import Callable

import pandas as pd

from helpers import marks
from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, p_only, under_headings
from helpers.present.values import (
    PROBABILITIES,
    TIMES,
    capital,
    marked,
    share_of_cohorts,
    value,
    value_format,
    value_with_p,
)
from helpers.stats.estimates import filter_rows, single
from helpers.stats.exposure.effects import IN_TIME
from helpers.stats.levels import ALPHA
from helpers.stats.planning.specification import LEAST_EVENTS, LEAST_PATIENTS
from helpers.stats.ties import tied

ANOTHER_COHORT = (
    "Cohorts that match every published figure are given for a whole published study. This cohort is a part of one, or "
    "has none, so nothing is said about it."
)
RANGE_TITLES = (f"P < {ALPHA} in", "Median", "5% to 95%")
ANALYSIS_TITLES = ("Ever vs never", "From its day on", "Analyses", "Hazard ratios of all", "P of all")
PLANNED = {"required_events": "Events", "required_patients": "Patients"}


def usual_tests(tests: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per test of proportions.compare under its question: P, or why there is none, and when it is usual."""
    if tests.empty:
        return absent(caption)
    sections = {
        str(question): [[row["method"], _p_or_reason(row), row["usual"]] for _, row in part.iterrows()]
        for question, part in tests.groupby("question", sort=False)
    }
    rows, indent = under_headings(sections)
    titles = [("Test", "left"), ("P", "right"), ("Usual choice for", "left")]
    return Table(id, caption, titles, rows, [], indent)


def _p_or_reason(row: pd.Series) -> str:
    """P, or why the table allows none."""
    return row["note"] if fmt.is_missing(row["p"]) else marked(row, p_only(row))


def range_table(ranges: pd.DataFrame, shares: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per quantity over the compatible cohorts: share of P < 0.05, median, 5% to 95%, and what was set.

    `ranges` are rows of audit.ranges, `shares` the same as published estimates.
    """
    if ranges.empty:
        return Text("absent", ANOTHER_COHORT)
    rows = [[_quantity(quantity), *_printed(quantity, shares), _remark(quantity)] for _, quantity in ranges.iterrows()]
    titles = [("Quantity", "left"), *((name, "right") for name in RANGE_TITLES), ("Remark", "left")]
    note = "5% to 95%: range over compatible cohorts, no confidence interval. Shares of the cohorts with an estimate."
    return Table(id, caption, titles, rows, [note])


def _quantity(quantity: pd.Series) -> str:
    """The label with what its numbers are: P values, or months."""
    measure = quantity["measure"]
    return quantity["label"] + ", P" * (measure in PROBABILITIES) + ", months" * (measure in TIMES)


def _printed(quantity: pd.Series, shares: pd.DataFrame) -> list[str]:
    """The share of P < 0.05 with the cohorts it is of, the median, and the range."""
    show = value_format(quantity["measure"])
    middle, low, high = (
        marked(single(shares, term=quantity["label"], measure=f"compatible_{name}"), show(quantity[name]))
        for name in ("median", "low", "high")
    )
    rows = filter_rows(shares, term=quantity["label"], measure="compatible_significant")
    share = "".join(share_of_cohorts(row) for _, row in rows.iterrows())
    return [share, middle, low if marks.plain(low) == marks.plain(high) else f"{low} to {high}"]


def _remark(quantity: pd.Series) -> str:
    """What the generator set, or that what was published determines the answer."""
    remarks = [f"P < {ALPHA} was imposed"] * quantity["imposed"]
    remarks += [f"ends at {quantity['touched']}, a limit of the generator"] * bool(quantity["touched"])
    remarks += ["determined by what was published"] * quantity["determined"]
    return "; ".join(remarks)


def analyses(curves: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per treatment or event after time zero under its endpoint: two plain analyses, and the ends of all.

    `curves` are those of planning.exposures_on_survival.
    """
    if curves.empty:
        return absent(caption)
    sections = {
        capital(str(endpoint)): [_ends(curve) for _, curve in part.groupby("variable_label", sort=False)]
        for endpoint, part in curves.groupby("endpoint_label", sort=False)
    }
    rows, indent = under_headings(sections)
    titles = [("Begins after time zero", "left"), *((name, "right") for name in ANALYSIS_TITLES)]
    note = (
        "Ever vs never and from its day on: hazard ratios, unadjusted, followed to the end. Analyses with fewer than "
        f"{LEAST_EVENTS} events per factor or {LEAST_PATIENTS} patients on one side were not made. Every analysis is "
        "in estimates.csv."
    )
    return Table(id, caption, titles, rows, [note], indent)


def _ends(curve: pd.DataFrame) -> list[str]:
    """The cells of one treatment or event."""
    known = curve.dropna(subset="estimate")
    plain = [known[known["level"] == level].head(1) for level in ("ever", IN_TIME[1])]
    cells = [value_with_p(rows.iloc[0]) if len(rows) else fmt.NOT_ESTIMABLE for rows in plain]
    ends = [_from_to(known, name, show) for name, show in (("estimate", value), ("p", p_only))]
    return [curve["variable_label"].iloc[0], *cells, f"{len(known)} of {len(curve)}", *ends]


def _from_to(rows: pd.DataFrame, name: str, show: Callable[[pd.Series], str]) -> str:
    """The lowest and the highest value of a column as printed; of equal ones the first."""
    if rows.empty:
        return fmt.NOT_ESTIMABLE
    order = pd.Series(tied(rows[name]), rows.index).sort_values(kind="stable").index
    low, high = (show(rows.loc[place]) for place in (order[0], order[-1]))
    return low if marks.plain(low) == marks.plain(high) else f"{low} to {high}"


def plan_table(plan: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """A row per effect under its endpoint: events and patients for power 80% and 90%."""
    rows = plan[plan["measure"].isin(PLANNED)]
    rows = rows.assign(group=rows["measure"].map(PLANNED) + ", " + rows["level"])
    rates = rows[rows["measure"] == "required_patients"].dropna(subset=["n", "events"])
    rates = rates.drop_duplicates("endpoint_label")
    shares = [f"{row['endpoint_label']} {fmt.count_of(row['events'], row['n'])}" for _, row in rates.iterrows()]
    notes = ["Two-sided level 5%, equal groups."]
    if shares:
        notes.append(
            f"Patients of a survival trial: its events over one rate of events, that seen here ({', '.join(shares)}). "
            "Another follow-up gives another number."
        )
    return crosstab(rows, id=id, caption=caption, corner="Effect", text=value, notes=notes, by="endpoint_label")
