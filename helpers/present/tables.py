"""Tables made from estimates: one row per estimate, or one row per term with a column per group.

Every function turns an empty estimates table into a line that says the cohort does not record it, so that a notebook
needs no branches.
"""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text

RATIOS = {"odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio", "e_value"}
SHARES = {
    "proportion",
    "risk_difference",
    "survival",
    "one_minus_survival",
    "cumulative_incidence",
    "completeness",
    "power",
}
COUNTS = {"count", "fragility_index", "missing", "at_risk", "dropped", "required_events", "required_patients"}
PROBABILITIES = {"p_value", "p_adjusted"}
NOT_RECORDED = "Not recorded in this cohort"


def value_format(measure: str) -> Callable[[float], str]:
    """The way a measure's value is printed: percent, ratio, count, P value or plain number."""
    kinds = {fmt.percent: SHARES, fmt.ratio: RATIOS, fmt.count: COUNTS, fmt.p_value: PROBABILITIES}
    return next((show for show, names in kinds.items() if measure in names), fmt.number)


def value(row: pd.Series) -> str:
    """The estimate of one row as printed; a median or a limit that was not reached says so."""
    if fmt.is_missing(row["estimate"]) and row["note"].startswith("not reached"):
        return "not reached"
    return value_format(row["measure"])(row["estimate"])


def value_with_interval(row: pd.Series) -> str:
    """ "55.6% (30.8% to 78.5%)"; without an interval the value alone."""
    limits = fmt.interval(row["ci_low"], row["ci_high"], value_format(row["measure"]))
    return f"{value(row)} ({limits})" if limits else value(row)


def count_with_percent(row: pd.Series) -> str:
    """ "10/18 (55.6%)"."""
    if not row["n"]:
        return "no patients"
    return f"{fmt.count_of(row['events'], row['n'])} ({fmt.percent(row['estimate'])})"


def count_only(name: str) -> Callable[[pd.Series], str]:
    """A printer of the count in column `name`; empty where there is none."""
    return lambda row: "" if fmt.is_missing(row[name]) else fmt.count(row[name])


def p_only(row: pd.Series) -> str:
    """The P value of a row; empty where the method has none."""
    return "" if fmt.is_missing(row["p"]) else fmt.p_value(row["p"])


def text_of(name: str) -> Callable[[pd.Series], str]:
    """A printer of the words in column `name`."""
    return lambda row: str(row[name])


def months(row: pd.Series) -> str:
    """The time of a row in months, without needless decimals."""
    return "" if fmt.is_missing(row["time_months"]) else f"{row['time_months']:g}"


PRINTERS: Mapping[str, Callable[[pd.Series], str]] = {
    "Group": text_of("group"),
    "Endpoint": text_of("endpoint"),
    "Measure": lambda row: row["measure"].replace("_", " ").capitalize(),
    "Term": text_of("term"),
    "Months": months,
    "Patients": count_only("n"),
    "Events": count_only("events"),
    "Events/patients": count_with_percent,
    "Estimate": value,
    "Estimate (95% CI)": value_with_interval,
    "P": p_only,
    "Method": text_of("method"),
    "Note": text_of("note"),
}
WORDS = {"Group", "Endpoint", "Measure", "Term", "Method", "Note"}


def absent(caption: str) -> Text:
    """The line shown instead of a table or figure for which the cohort has no data."""
    return Text("absent", f"{NOT_RECORDED}: {caption.rstrip('.')}.")


def listing(
    estimates: pd.DataFrame,
    columns: Iterable[str],
    *,
    id: str,
    caption: str,
    rename: Mapping[str, str] | None = None,
    notes: Iterable[str] = (),
) -> Table | Text:
    """One row per estimate. columns: names of PRINTERS, the first is the row's header; rename: printed titles.

    A "Note" column that would be empty is left out; one that says the same in every row becomes a note below the
    table. An empty estimates table gives the "not recorded" line.
    """
    if estimates.empty:
        return absent(caption)
    shared = estimates["note"].iloc[0] if estimates["note"].nunique() == 1 else ""
    names = [name for name in columns if name != "Note" or (estimates["note"].any() and not shared)]
    notes = [*notes, _sentence(shared)] if shared and "Note" in columns else notes
    rows = [[PRINTERS[name](row) for name in names] for _, row in estimates.iterrows()]
    titles = [((rename or {}).get(name, name), "left" if name in WORDS else "right") for name in names]
    return Table(id, caption, titles, rows, list(notes))


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."


def crosstab(
    estimates: pd.DataFrame,
    *,
    id: str,
    caption: str,
    rows: str = "term",
    corner: str = "",
    text: Callable[[pd.Series], str] = value_with_interval,
    notes: Iterable[str] = (),
) -> Table | Text:
    """One row per value of column `rows`, one column per group, both in order of appearance.

    text prints a cell from its one estimate; a combination without an estimate stays empty, two estimates for one
    cell raise ValueError.
    """
    if estimates.empty:
        return absent(caption)
    if estimates.duplicated([rows, "group"]).any():
        raise ValueError(f"table {id}: two estimates for one cell; select one measure and method first")
    groups = list(dict.fromkeys(estimates["group"]))
    lines = [[str(name), *_cells(part, groups, text)] for name, part in estimates.groupby(rows, sort=False)]
    titles = [(corner or rows.capitalize(), "left"), *((group, "right") for group in groups)]
    return Table(id, caption, titles, lines, list(notes))


def timetable(estimates: pd.DataFrame, *, id: str, caption: str, notes: Iterable[str] = ()) -> Table | Text:
    """One row per time in months, one column per group: survival or incidence with its interval."""
    if estimates.empty:
        return absent(caption)
    timed = estimates.assign(term=[f"{time:g} months" for time in estimates["time_months"]])
    return crosstab(timed, id=id, caption=caption, corner="Time", notes=[*notes, *_reasons(timed)])


def _reasons(estimates: pd.DataFrame) -> list[str]:
    """Why cells are not estimable, each reason once."""
    silent = estimates[estimates["estimate"].isna() & (estimates["note"] != "")]
    return [f"{row['group']}, {row['term']}: {row['note']}." for _, row in silent.iterrows()]


def count_with_interval(row: pd.Series) -> str:
    """ "10/18, 55.6% (30.8% to 78.5%)"."""
    if not row["n"]:
        return "no patients"
    return f"{fmt.count_of(row['events'], row['n'])}, {value_with_interval(row)}"


def _cells(part: pd.DataFrame, groups: list[str], text: Callable[[pd.Series], str]) -> list[str]:
    """The cells of one row, in the order of the groups."""
    printed = {row["group"]: text(row) for _, row in part.iterrows()}
    return [printed.get(group, "") for group in groups]


def baseline(estimates: pd.DataFrame, smd: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """The baseline table: median (quartiles; range) or count (percent) by arm, missing as its own row, and the SMD."""
    if estimates.empty:
        return absent(caption)
    groups = list(dict.fromkeys(estimates["group"]))
    sizes = estimates[estimates["measure"] == "missing"].groupby("group", sort=False)["n"].first()
    labels = list(dict.fromkeys(estimates.loc[estimates["measure"] == "missing", "term"]))
    lines = [line for label in labels for line in _variable_lines(estimates, smd, label, groups)]
    titles = [("Characteristic", "left"), *((f"{g} (n = {int(sizes[g])})", "right") for g in groups), ("SMD", "right")]
    notes = [
        "Numbers are median (lower to upper quartile; range) or patients (percent of those with a value).",
        "SMD: standardised mean difference of the contrast; the arms were not randomised, so no P values.",
    ]
    return Table(id, caption, titles, [line[1:] for line in lines], notes, [line[0] for line in lines])


def _variable_lines(estimates: pd.DataFrame, smd: pd.DataFrame, label: str, groups: list[str]) -> list[list]:
    """All lines of one characteristic, each led by its indent level."""
    own = estimates[(estimates["term"] == label) | estimates["term"].str.startswith(f"{label}: ")]
    shift = [fmt.number(v) if not fmt.is_missing(v) else "" for v in smd.loc[smd["term"] == label, "estimate"]] or [""]
    numeric = (own["measure"] == "median").any()
    spread = [_spread(own[own["group"] == group]) if numeric else "" for group in groups]
    lines = [[0, label, *spread, shift[0]]]
    for term, part in own[own["measure"] == "proportion"].groupby("term", sort=False):
        lines.append([1, term.removeprefix(f"{label}: "), *_cells(part, groups, _count_percent), ""])
    missing = own[own["measure"] == "missing"]
    if missing["estimate"].any():
        lines.append([1, "Missing", *_cells(missing, groups, value), ""])
    return lines


def _count_percent(row: pd.Series) -> str:
    """ "10 (56%)": the denominator stands in the header and the missing row."""
    return f"{fmt.count(row['events'])} ({fmt.percent(row['estimate'], 0)})" if row["n"] else ""


def _spread(own: pd.DataFrame) -> str:
    """ "32 (24 to 41; 18 to 60)" from the five quartile numbers of one group."""
    numbers = own.set_index("measure")["estimate"]
    if fmt.is_missing(numbers["median"]):
        return fmt.NOT_ESTIMABLE
    low, high, least, most = (
        fmt.significant(numbers[name]) for name in ("lower_quartile", "upper_quartile", "minimum", "maximum")
    )
    return f"{fmt.significant(numbers['median'])} ({low} to {high}; {least} to {most})"
