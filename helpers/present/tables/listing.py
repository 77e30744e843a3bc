"""Tables made from estimates: one row per estimate, or one row per term with a column per group.

An empty estimates table becomes the line that the cohort does not record it.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.values import capital, count_with_percent, marked, value, value_with_interval


def count_only(name: str) -> Callable[[pd.Series], str]:
    """A printer of the count in column `name`; empty where there is none."""
    return lambda row: "" if fmt.is_missing(row[name]) else fmt.count(row[name])


def p_only(row: pd.Series) -> str:
    """The P value of a row; empty where the method has none."""
    return "" if fmt.is_missing(row["p"]) else marked(row, fmt.p_value(row["p"]))


def months(row: pd.Series) -> str:
    """The time of a row in months, without needless decimals."""
    return "" if fmt.is_missing(row["time_months"]) else f"{row['time_months']:g}"


ARMS = "Arms"  # the group of a test of all arms together
PRINTERS: Mapping[str, Callable[[pd.Series], str]] = {
    "Group": lambda row: "All arms" if row["group"] == ARMS else row["group"],
    "Endpoint": itemgetter("endpoint_label"),
    "Measure": lambda row: row["measure"].replace("_", " ").capitalize(),
    "Term": itemgetter("term"),
    "Months": months,
    "Patients": count_only("n"),
    "Events": count_only("events"),
    "Events/patients": count_with_percent,
    "Estimate": value,
    "Estimate (95% CI)": value_with_interval,
    "P": p_only,
    "Method": itemgetter("method"),
    "Note": itemgetter("note"),
}
TEXTS = {"Group", "Endpoint", "Measure", "Term", "Method", "Note"}


def listing(
    estimates: pd.DataFrame, columns: Iterable[str], *, id: str, caption: str, rename: Mapping[str, str] | None = None
) -> Table | Text:
    """One row per estimate. columns: names of PRINTERS, the first is the row's header; rename: printed titles.

    A "Note" column that would be empty is left out; one that says the same in every row becomes a note below the table.
    """
    if estimates.empty:
        return absent(caption)
    asked = list(columns)
    shared = estimates["note"].iloc[0] if estimates["note"].nunique() == 1 else ""
    names = [name for name in asked if name != "Note" or (estimates["note"].any() and not shared)]
    notes = [f"{capital(shared)}."] if shared and "Note" in asked else []
    rows = [[PRINTERS[name](row) for name in names] for _, row in estimates.iterrows()]
    titles = [((rename or {}).get(name, name), "left" if name in TEXTS else "right") for name in names]
    return Table(id, caption, titles, rows, notes)


def crosstab(
    estimates: pd.DataFrame,
    *,
    id: str,
    caption: str,
    corner: str = "Term",
    text: Callable[[pd.Series], str] = value_with_interval,
    notes: Iterable[str] = (),
    by: str = "",
) -> Table | Text:
    """One row per term, one column per group, both in order of appearance.

    text prints a cell from its one estimate; a combination without an estimate stays empty, two estimates for one
    cell raise ValueError. by: a column, under whose values the terms stand indented where it has several.
    """
    if estimates.empty:
        return absent(caption)
    if estimates.duplicated([name for name in (by, "term", "group") if name]).any():
        raise ValueError(f"table {id}: two estimates for one cell; select one measure and method first")
    groups = list(dict.fromkeys(estimates["group"]))
    printed: dict[str, dict[str, dict[str, str]]] = {}  # by heading, term and group
    for _, row in estimates.iterrows():
        section = printed.setdefault(str(row[by]) if by else "", {})
        section.setdefault(str(row["term"]), {})[row["group"]] = text(row)
    rows = {
        heading: [[term, *(found.get(group, "") for group in groups)] for term, found in section.items()]
        for heading, section in printed.items()
    }
    titles = [(corner, "left"), *((group, "right") for group in groups)]
    if len(rows) == 1:
        return Table(id, caption, titles, next(iter(rows.values())), list(notes))
    lines, indent = under_headings(rows)
    return Table(id, caption, titles, lines, list(notes), indent)


def under_headings(sections: Mapping[str, list[list[str]]]) -> tuple[list[list[str]], list[int]]:
    """The rows of all sections, each section under its heading, and how far each row is indented."""
    rows: list[list[str]] = []
    for heading, lines in sections.items():
        rows += [[heading, *[""] * (len(lines[0]) - 1)], *lines]
    return rows, [level for lines in sections.values() for level in (0, *[1] * len(lines))]


def by_endpoint(estimates: pd.DataFrame) -> pd.DataFrame:
    """The same rows, each group named with its endpoint ("Early ICAHT: Tandem"): one figure of several endpoints."""
    return estimates.assign(group=estimates["endpoint_label"] + ": " + estimates["group"])


def count_with_interval(row: pd.Series) -> str:
    """ "10/18, 55.6% (30.8 to 78.5)"."""
    if not row["n"]:
        return "no patients"
    return marked(row, f"{fmt.count_of(row['events'], row['n'])}, {value_with_interval(row)}")


def cells(part: pd.DataFrame, groups: list[str], text: Callable[[pd.Series], str]) -> list[str]:
    """The cells of one row, in the order of the groups."""
    printed = {row["group"]: text(row) for _, row in part.iterrows()}
    return [printed.get(group, "") for group in groups]
