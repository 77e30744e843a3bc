"""Tables of who the patients are: baseline characteristics and follow-up."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import cells, crosstab
from helpers.present.values import marked, value, value_with_interval
from helpers.stats.estimates import filter_rows

EVERYBODY = "All"
NOTHING = pd.DataFrame()
FEWEST = 5  # patients of whom quartiles say something
FOLLOW_UP = {
    "median": "Median by reverse Kaplan-Meier, months",
    "minimum": "Shortest observation, months",
    "maximum": "Longest observation, months",
    "completeness": "Completeness (observed over possible)",
}


def baseline(
    estimates: pd.DataFrame, smd: pd.DataFrame = NOTHING, tests: pd.DataFrame = NOTHING, *, id: str, caption: str
) -> Table | Text:
    """Median (quartiles) or count (percent) by group, missing values as a row; beside it any SMD and P (test)."""
    if estimates.empty or not estimates["n"].max():
        return absent(caption)
    groups = list(dict.fromkeys(estimates["group"]))
    sizes = filter_rows(estimates, measure="missing").groupby("group", sort=False)["n"].first()
    titles = [("Characteristic", "left"), *((f"{g} (n = {int(sizes[g])})", "right") for g in groups)]
    few = (filter_rows(estimates, measure="median")["n"] < FEWEST).any()
    ends = f"lower to upper quartile{f'; of fewer than {FEWEST} patients the range' if few else ''}"
    notes = [f"Numbers are median ({ends}) or patients (percent of those with a value)."]
    beside = []
    if len(smd):
        titles.append(("SMD", "right"))
        beside.append({row["variable"]: value(row) for _, row in smd.iterrows()})
        product = {*estimates["variable"]} - {*smd["variable"]}
        why = "; none of the product, which makes the arms" if product else ""
        notes.append(f"SMD: standardised mean difference, {smd['group'].iloc[0]}{why}.")
    if len(tests):
        titles.append(("P (test)", "right"))
        beside.append({row["variable"]: _tested(row) for _, row in tests.iterrows()})
        notes.append("P: across all arms.")
    rows: list[list[str]] = []
    indent: list[int] = []
    for variable, part in estimates.groupby("variable", sort=False):
        first, *others = _rows(part, groups)
        rows.append([*first, *(texts.get(variable, "") for texts in beside)])
        rows += [[*row, *[""] * len(beside)] for row in others]
        indent += [0, *[1] * len(others)]
    return Table(id, caption, titles, rows, notes, indent)


def _tested(row: pd.Series) -> str:
    """ "0.37 (Kruskal-Wallis)"."""
    return marked(row, f"{fmt.p_value(row['p'])} ({row['method']})")


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
    return marked(row, f"{fmt.count(row['events'])} ({fmt.percent(row['estimate'], 0)})") if row["n"] else ""


def _spread(rows: pd.DataFrame) -> str:
    """ "32 (24 to 41)" from the quartiles of one group, or the range of a few; one patient has one number."""
    numbers = rows.set_index("measure")
    middle = numbers.loc["median"]
    if fmt.is_missing(middle["estimate"]):
        return fmt.NOT_ESTIMABLE
    printed = numbers["estimate"].map(_short)
    low, high = ("minimum", "maximum") if middle["n"] < FEWEST else ("lower_quartile", "upper_quartile")
    ends = f" ({printed[low]} to {printed[high]})" if middle["n"] > 1 else ""
    return marked(middle, f"{printed['median']}{ends}")


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
