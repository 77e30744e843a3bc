"""Tables of who the patients are: flow, baseline characteristics, follow-up and the checks of the data."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text
from helpers.present.tables.listing import absent, crosstab
from helpers.present.values import value, value_with_interval

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
    everybody = steps[steps["group"] == EVERYBODY]
    counts = steps.set_index(["term", "group"])["estimate"]
    rows = [
        [step.term, *(fmt.count(counts[step.term, g]) if (step.term, g) in counts else "" for g in groups), step.note]
        for step in everybody.itertuples()
    ]
    titles = [("Step", "left"), *((group, "right") for group in groups), ("Why others went no further", "left")]
    return Table(id, caption, titles, rows)


def baseline(
    estimates: pd.DataFrame, smd: pd.DataFrame = NOTHING, tests: pd.DataFrame = NOTHING, *, id: str, caption: str
) -> Table | Text:
    """The baseline table: median (quartiles; range) or count (percent) by arm, missing as its own row.

    The standardised mean difference stands beside it where there is a contrast, P with its test where asked for.
    """
    if estimates.empty or not estimates["n"].max():
        return absent(caption)
    groups = list(dict.fromkeys(estimates["group"]))
    sizes = estimates[estimates["measure"] == "missing"].groupby("group", sort=False)["n"].first()
    labels = list(dict.fromkeys(estimates.loc[estimates["measure"] == "missing", "term"]))
    beside = _beside(smd, tests)
    lines = [line for label in labels for line in _variable_lines(estimates, label, groups, beside)]
    titles = [("Characteristic", "left"), *((f"{g} (n = {int(sizes[g])})", "right") for g in groups)]
    titles += [(title, "right") for title in beside]
    return Table(id, caption, titles, [line[1:] for line in lines], _notes(smd, tests), [line[0] for line in lines])


def _beside(smd: pd.DataFrame, tests: pd.DataFrame) -> dict[str, dict[str, str]]:
    """The columns beside the groups: title -> characteristic -> text."""
    columns = {}
    if len(smd):
        columns["SMD"] = {row.term: fmt.number(row.estimate) for row in smd.itertuples()}
    if len(tests):
        columns["P (test)"] = {row.term: f"{fmt.p_value(row.p)} ({row.method})" for row in tests.itertuples()}
    return columns


def _notes(smd: pd.DataFrame, tests: pd.DataFrame) -> list[str]:
    """What the numbers are."""
    notes = ["Numbers are median (lower to upper quartile; range) or patients (percent of those with a value)."]
    if len(smd):
        why = "" if len(tests) else "; the arms were not randomised, so no P values"
        notes.append(f"SMD: standardised mean difference, {smd['group'].iloc[0]}{why}.")
    if len(tests):
        notes.append("P: across all arms. The arms were not randomised: it is no reason to adjust or not to adjust.")
    return notes


def _variable_lines(estimates: pd.DataFrame, label: str, groups: list[str], beside: dict) -> list[list]:
    """All lines of one characteristic, each led by its indent level."""
    own = estimates[(estimates["term"] == label) | estimates["term"].str.startswith(f"{label}: ")]
    numeric = (own["measure"] == "median").any()
    spread = [_spread(own[own["group"] == group]) if numeric else "" for group in groups]
    blank = [""] * len(beside)
    lines = [[0, label, *spread, *(texts.get(label, "") for texts in beside.values())]]
    shares = own[own["measure"] == "proportion"]
    yes = shares[shares["term"] == f"{label}: yes"]
    if len(yes) and set(shares["term"]) == {f"{label}: no", f"{label}: yes"}:  # one line says both
        lines[0][1 : 2 + len(groups)] = [f"{label} (yes)", *_cells(yes, groups, _count_percent)]
        shares = shares.iloc[:0]
    for term, part in shares.groupby("term", sort=False):
        lines.append([1, term.removeprefix(f"{label}: "), *_cells(part, groups, _count_percent), *blank])
    missing = own[own["measure"] == "missing"]
    if missing["estimate"].any():
        lines.append([1, "Missing", *_cells(missing, groups, value), *blank])
    return lines


def _cells(part: pd.DataFrame, groups: list[str], text: object) -> list[str]:
    """The cells of one row, in the order of the groups."""
    printed = {row["group"]: text(row) for _, row in part.iterrows()}
    return [printed.get(group, "") for group in groups]


def _count_percent(row: pd.Series) -> str:
    """ "10 (56%)": the denominator stands in the header and the missing row."""
    return f"{fmt.count(row['events'])} ({fmt.percent(row['estimate'], 0)})" if row["n"] else ""


def _spread(own: pd.DataFrame) -> str:
    """ "32 (24 to 41; 18 to 60)" from the five quartile numbers of one group."""
    numbers = own.drop_duplicates("measure").set_index("measure")["estimate"]
    if fmt.is_missing(numbers["median"]):
        return fmt.NOT_ESTIMABLE
    low, high, least, most = (
        _short(numbers[name]) for name in ("lower_quartile", "upper_quartile", "minimum", "maximum")
    )
    return f"{_short(numbers['median'])} ({low} to {high}; {least} to {most})"


def _short(value: float) -> str:
    """Three significant digits without needless zeros."""
    text = fmt.significant(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def follow_up(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Median, shortest and longest follow-up and its completeness, a column per group."""
    named = estimates.assign(term=estimates["measure"].map(FOLLOW_UP)) if len(estimates) else estimates
    silent = named[named["estimate"].isna() & (named["note"] != "")] if len(named) else named
    notes = [f"{row.term}, {row.group}: {row.note}." for row in silent.itertuples() if row.group == EVERYBODY]
    return crosstab(named, id=id, caption=caption, corner="Follow-up", text=value_with_interval, notes=notes)


def checks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Every kind of check, the columns it looked at, and the rows it looked at and touched (summed over columns)."""
    if estimates.empty:
        return absent(caption)
    rows = [
        [
            str(term),
            _columns(part["note"]),
            fmt.count(part["n"].sum()),
            fmt.count(part["estimate"].sum()),
        ]
        for term, part in estimates.groupby("term", sort=False)
    ]
    titles = [("Check", "left"), ("Columns", "left"), ("Values checked", "right"), ("Touched", "right")]
    return Table(id, caption, titles, rows)


def _columns(names: pd.Series) -> str:
    """Every column that is named, once."""
    return ", ".join(dict.fromkeys(", ".join(names).split(", ")))
