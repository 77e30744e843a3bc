"""Tables of regression models: one row per term, one column per method or check."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, p_only
from helpers.present.values import RATIOS, capital, value, value_with_interval
from helpers.stats.estimates import stack

MOST_LISTED = 3  # terms that a note names


def methods(models: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The ratios of several methods in one table, `group` naming the method; a method without rows is not in it."""
    return stack(*(rows[rows["measure"].isin(RATIOS)].assign(group=name) for name, rows in models.items()))


def by_method(rows: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint and term, one column per method (`methods`): ratio, interval and P; why where there is none.

    Terms of several endpoints stand indented under the endpoint's name.
    """
    if rows.empty:
        return absent(caption)
    tables = {
        label: crosstab(part, id=id, caption=caption, text=_ratio_and_p).rows
        for label, part in rows.groupby("endpoint_label", sort=False)
    }
    titles = [("Term", "left"), *((name, "right") for name in dict.fromkeys(rows["group"]))]
    if len(tables) == 1:
        return Table(id, caption, titles, next(iter(tables.values())), _notes(rows))
    lines, indent = _under_headings(tables)
    return Table(id, caption, titles, lines, _notes(rows), indent)


def imputed(complete: pd.DataFrame, filled: pd.DataFrame, *, id: str, caption: str) -> Table | Text | None:
    """Complete cases beside multiple imputation, for the endpoints that were imputed; nothing where none was."""
    if filled.empty:
        return None
    beside = complete[complete["endpoint"].isin(filled["endpoint"])]
    return by_method(methods({"Complete cases": beside, "Multiple imputation": filled}), id=id, caption=caption)


def proportionality(tests: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per covariate and one for all together, one column per endpoint: P and chi-square."""
    columns = tests.assign(group=tests["endpoint_label"].map(capital))
    notes = [f"{row['group']}: {row['note']}." for _, row in columns.iterrows() if row["note"]]
    unique = list(dict.fromkeys(notes))
    return crosstab(columns, id=id, caption=caption, corner="Covariate", text=_chi_square, notes=unique)


def multiplicity(
    models: pd.DataFrame, adjusted: pd.DataFrame, e_values: pd.DataFrame, *, id: str, caption: str
) -> Table | Text:
    """One row per endpoint and term: the ratio, its P, Holm's P, and the E-values of the estimate and its limit."""
    if models.empty:
        return absent(caption)
    columns: dict[str, tuple[pd.DataFrame, Callable[[pd.Series], str]]] = {
        "Ratio (95% CI)": (models, value_with_interval),
        "P": (models, p_only),
        "P, Holm": (adjusted, p_only),
        "E-value": (e_values[e_values["measure"] == "e_value"], value),
        "E-value of the limit": (e_values[e_values["measure"] == "e_value_limit"], value),
    }
    cells = {name: _cells(rows, text) for name, (rows, text) in columns.items()}
    tables = {
        label: [[row["term"], *(cells[name][label, row["term"]] for name in columns)] for _, row in part.iterrows()]
        for label, part in models.groupby("endpoint_label", sort=False)
    }
    lines, indent = _under_headings(tables)
    notes = [
        "Holm: adjusted for all terms of the same model.",
        "E-value: how strongly, as a risk ratio, an unmeasured confounder would have to go with both the term and the "
        "outcome to explain the estimate away; of the limit: to move the interval to 1. At 1 nothing is needed.",
    ]
    titles = [("Endpoint and term", "left"), *((name, "right") for name in columns)]
    return Table(id, caption, titles, lines, notes, indent)


def _cells(rows: pd.DataFrame, text: Callable[[pd.Series], str]) -> dict[tuple[str, str], str]:
    """The printed cell of each endpoint's terms."""
    return {(row["endpoint_label"], row["term"]): text(row) for _, row in rows.iterrows()}


def _under_headings(tables: Mapping[str, list[list[str]]]) -> tuple[list[list[str]], list[int]]:
    """The lines of several endpoints, each endpoint's indented under its name."""
    lines: list[list[str]] = []
    indent: list[int] = []
    for label, rows in tables.items():
        lines += [[capital(label), *[""] * (len(rows[0]) - 1)], *rows]
        indent += [0, *[1] * len(rows)]
    return lines, indent


def _ratio_and_p(row: pd.Series) -> str:
    """ "0.61 (0.30 to 1.20), P = 0.15"; a one-sided limit is shown without an estimate."""
    interval = value_with_interval(row)
    return f"{interval}, {fmt.equals_p(row['p'])}" if p_only(row) else interval


def _chi_square(row: pd.Series) -> str:
    """ "P = 0.017 (chi-square 17.1, 3 degrees of freedom)"."""
    if not p_only(row):
        return fmt.NOT_ESTIMABLE
    statistic = f"chi-square {fmt.number(row['statistic'])}"
    freedom = f", {row['df']:.0f} degrees of freedom" if row["df"] > 1 else ""
    return f"{fmt.equals_p(row['p'])} ({statistic}{freedom})"


def _notes(rows: pd.DataFrame) -> list[str]:
    """Why cells are empty, by column and terms, then what is noted of estimates, each once."""
    noted = rows[rows["note"] != ""]
    empty, filled = noted[noted["estimate"].isna()], noted[noted["estimate"].notna()]
    reasons = [
        f"{group}, {_terms(part['term'])}: {note}."
        for (group, note), part in empty.groupby(["group", "note"], sort=False)
    ]
    remarks = [
        f"{capital(label)}, {group}: {note}."
        for label, group, note in filled[["endpoint_label", "group", "note"]].itertuples(index=False)
    ]
    return list(dict.fromkeys([*reasons, *remarks]))


def _terms(terms: Iterable[str]) -> str:
    """The terms a note belongs to; many are not listed."""
    names = list(dict.fromkeys(terms))
    return "; ".join(names) if len(names) <= MOST_LISTED else f"{len(names)} terms"
