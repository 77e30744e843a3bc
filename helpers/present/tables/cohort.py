"""Tables of who the patients are: flow, baseline characteristics, follow-up and the checks of the data."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import cells, crosstab
from helpers.present.values import value, value_with_interval
from helpers.stats.estimates import filter_rows

EVERYBODY = "All"
NOTHING = pd.DataFrame()
FOLLOW_UP = {
    "median": "Median by reverse Kaplan-Meier, months",
    "minimum": "Shortest observation, months",
    "maximum": "Longest observation, months",
    "completeness": "Completeness (observed over possible)",
}


def flow(steps: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per step: patients in all and by arm, and why others went no further."""
    if steps.empty:
        return absent(caption)
    groups = list(dict.fromkeys(steps["group"]))
    rows = []
    for _, part in steps.groupby("level", sort=False):
        everybody = filter_rows(part, group=EVERYBODY).iloc[0]
        rows.append([everybody["term"], *cells(part, groups, value), everybody["note"]])
    titles = [("Step", "left"), *((group, "right") for group in groups), ("Why others went no further", "left")]
    return Table(id, caption, titles, rows)


def baseline(
    estimates: pd.DataFrame, smd: pd.DataFrame = NOTHING, tests: pd.DataFrame = NOTHING, *, id: str, caption: str
) -> Table | Text:
    """Median (quartiles; range) or count (percent) by arm, missing values as a row; beside it any SMD and P (test)."""
    if estimates.empty or not estimates["n"].max():
        return absent(caption)
    groups = list(dict.fromkeys(estimates["group"]))
    sizes = filter_rows(estimates, measure="missing").groupby("group", sort=False)["n"].first()
    titles = [("Characteristic", "left"), *((f"{g} (n = {int(sizes[g])})", "right") for g in groups)]
    notes = ["Numbers are median (lower to upper quartile; range) or patients (percent of those with a value)."]
    beside = []
    if len(smd):
        titles.append(("SMD", "right"))
        beside.append({row.variable: fmt.number(row.estimate) for row in smd.itertuples()})
        why = "" if len(tests) else "; the arms were not randomised, so no P values"
        notes.append(f"SMD: standardised mean difference, {smd['group'].iloc[0]}{why}.")
    if len(tests):
        titles.append(("P (test)", "right"))
        beside.append({row.variable: f"{fmt.p_value(row.p)} ({row.method})" for row in tests.itertuples()})
        notes.append("P: across all arms. The arms were not randomised: it is no reason to adjust or not to adjust.")
    rows: list[list[str]] = []
    indent: list[int] = []
    for variable, part in estimates.groupby("variable", sort=False):
        first, *others = _rows(part, groups)
        rows.append([*first, *(texts.get(variable, "") for texts in beside)])
        rows += [[*row, *[""] * len(beside)] for row in others]
        indent += [0, *[1] * len(others)]
    return Table(id, caption, titles, rows, notes, indent)


def _rows(estimates: pd.DataFrame, groups: list[str]) -> list[list[str]]:
    """All rows of one characteristic: its name, its levels and how many values are missing."""
    label = estimates["variable_label"].iloc[0]
    levels, missing = filter_rows(estimates, measure="proportion"), filter_rows(estimates, measure="missing")
    if set(levels["level"]) == {"no", "yes"}:  # one row says both
        rows = [[f"{label} (yes)", *cells(filter_rows(levels, level="yes"), groups, _count_percent)]]
    elif len(levels):
        rows = [[label, *[""] * len(groups)]]
        for level, part in levels.groupby("level", sort=False):
            rows.append([str(level), *cells(part, groups, _count_percent)])
    else:
        rows = [[label, *(_spread(filter_rows(estimates, group=group)) for group in groups)]]
    if missing["estimate"].any():
        rows.append(["Missing", *cells(missing, groups, value)])
    return rows


def _count_percent(row: pd.Series) -> str:
    """ "10 (56%)": the denominator stands in the header and the missing row."""
    return f"{fmt.count(row['events'])} ({fmt.percent(row['estimate'], 0)})" if row["n"] else ""


def _spread(rows: pd.DataFrame) -> str:
    """ "32 (24 to 41; 18 to 60)" from the five quartile numbers of one group."""
    numbers = rows.set_index("measure")["estimate"]
    if fmt.is_missing(numbers["median"]):
        return fmt.NOT_ESTIMABLE
    printed = numbers.map(_short)
    quartiles = f"{printed['lower_quartile']} to {printed['upper_quartile']}"
    return f"{printed['median']} ({quartiles}; {printed['minimum']} to {printed['maximum']})"


def _short(value: float) -> str:
    """Three significant digits without needless zeros."""
    text = fmt.significant(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def follow_up(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Median, shortest and longest follow-up and its completeness, a column per group."""
    rows = estimates.assign(term=estimates["measure"].map(FOLLOW_UP))
    silent = rows[rows["estimate"].isna() & (rows["note"] != "") & (rows["group"] == EVERYBODY)]
    notes = [f"{row.term}, {row.group}: {row.note}." for row in silent.itertuples()]
    return crosstab(rows, id=id, caption=caption, corner="Follow-up", text=value_with_interval, notes=notes)


def checks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Every kind of check, the columns it looked at, and the rows it looked at and touched (summed over columns)."""
    if estimates.empty:
        return absent(caption)
    rows = []
    for term, part in estimates.groupby("term", sort=False):
        columns = "; ".join(dict.fromkeys(part["variable"]))
        rows.append([str(term), columns, fmt.count(part["n"].sum()), fmt.count(part["estimate"].sum())])
    titles = [("Check", "left"), ("Columns", "left"), ("Values checked", "right"), ("Touched", "right")]
    return Table(id, caption, titles, rows)
