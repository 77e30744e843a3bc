"""Tables of regression models: one row per term, one column per method or check."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, p_only, under_headings
from helpers.present.values import RATIOS, capital, value, value_with_interval, value_with_p
from helpers.stats.estimates import stack

MOST_LISTED = 3  # terms that a note names


def methods(models: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The ratios of several methods in one table, `group` naming the method; a method without rows is not in it."""
    return stack(*(rows[rows["measure"].isin(RATIOS)].assign(group=name) for name, rows in models.items()))


def by_method(rows: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per term, under its endpoint, one column per method (`methods`): ratio, interval and P, or why not."""
    rows = rows.assign(endpoint_label=rows["endpoint_label"].map(capital))
    return crosstab(rows, id=id, caption=caption, text=value_with_p, notes=_notes(rows), by="endpoint_label")


def imputed(complete: pd.DataFrame, filled: pd.DataFrame, *, id: str, caption: str) -> Table | Text | None:
    """Complete cases beside multiple imputation, for the endpoints that were imputed; nothing where none was."""
    if filled.empty:
        return None
    beside = complete[complete["endpoint"].isin(filled["endpoint"])]
    return by_method(methods({"Complete cases": beside, "Multiple imputation": filled}), id=id, caption=caption)


def proportionality(tests: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per covariate and one for all together, one column per endpoint: P and chi-square."""
    columns = tests.assign(group=tests["endpoint_label"].map(capital))
    notes = dict.fromkeys(f"{row['group']}: {row['note']}." for _, row in columns.iterrows() if row["note"])
    return crosstab(columns, id=id, caption=caption, corner="Covariate", text=_chi_square, notes=notes)


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
    cells = [
        {(row["endpoint_label"], row["term"]): text(row) for _, row in rows.iterrows()}
        for rows, text in columns.values()
    ]
    sections = {
        capital(label): [[term, *(texts[label, term] for texts in cells)] for term in part["term"]]
        for label, part in models.groupby("endpoint_label", sort=False)
    }
    lines, indent = under_headings(sections)
    notes = [
        "Holm: adjusted for all terms of the same model.",
        "E-value: how strongly, as a risk ratio, an unmeasured confounder would have to go with both the term and the "
        "outcome to explain the estimate away; of the limit: to move the interval to 1. At 1 nothing is needed.",
    ]
    titles = [("Endpoint and term", "left"), *((name, "right") for name in columns)]
    return Table(id, caption, titles, lines, notes, indent)


def _chi_square(row: pd.Series) -> str:
    """ "P = 0.017 (chi-square 17.1, 3 degrees of freedom)"."""
    if not p_only(row):
        return fmt.NOT_ESTIMABLE
    freedom = f", {row['df']:.0f} degrees of freedom" if row["df"] > 1 else ""
    return f"{fmt.equals_p(row['p'])} (chi-square {fmt.number(row['statistic'])}{freedom})"


def _notes(rows: pd.DataFrame) -> list[str]:
    """Why cells are empty, by column and terms, then what is noted of estimates, each once."""
    noted = rows[rows["note"] != ""]
    empty, filled = noted[noted["estimate"].isna()], noted[noted["estimate"].notna()]
    notes = []
    for (group, note), part in empty.groupby(["group", "note"], sort=False):
        terms = part["term"].unique()
        about = "; ".join(terms) if len(terms) <= MOST_LISTED else f"{len(terms)} terms"
        notes.append(f"{group}, {about}: {note}.")
    notes += [f"{row.endpoint_label}, {row.group}: {row.note}." for row in filled.itertuples()]
    return list(dict.fromkeys(notes))
