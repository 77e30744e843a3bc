"""Tables of regression models: one row per factor, one column per method or check."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, p_only, under_headings
from helpers.present.values import RATIOS, capital, value, value_with_interval, value_with_p
from helpers.stats.estimates import stack
from helpers.stats.exposure.effects import IN_TIME

MOST_LISTED = 3  # terms that a note names


def methods(models: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The ratios of several methods in one table, `group` naming the method; a method without rows is not in it."""
    return stack(*(rows[rows["measure"].isin(RATIOS)].assign(group=name) for name, rows in models.items()))


def by_method(rows: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per factor, under its endpoint, one column per method (`methods`): ratio, interval and P, or why not.

    An endpoint without any estimate is not among the rows; a note says why.
    """
    rows = rows.assign(endpoint_label=rows["endpoint_label"].map(capital))
    estimated = rows["estimate"].notna().groupby(rows["endpoint_label"]).transform("any")
    if not estimated.any():
        return absent(caption)
    notes = [
        *_notes(rows[estimated]),
        *dict.fromkeys(f"{r.endpoint_label}: {r.note}." for r in rows[~estimated].itertuples()),
    ]
    by = "endpoint_label"
    return crosstab(rows[estimated], id=id, caption=caption, corner="Factor", text=value_with_p, notes=notes, by=by)


def exposures(rows: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per way in which a later treatment or event was counted, under it; one column per method (`methods`)."""
    ways = rows["level"].replace(IN_TIME[1], "after") + " vs " + rows["reference"]
    return by_method(rows.assign(endpoint_label=rows["variable_label"], term=ways.map(capital)), id=id, caption=caption)


def imputed(complete: pd.DataFrame, filled: pd.DataFrame, *, id: str, caption: str) -> Table | Text | None:
    """Complete cases beside multiple imputation, for the endpoints that were imputed; nothing where none was."""
    if filled.empty:
        return None
    beside = complete[complete["endpoint"].isin(filled["endpoint"])]
    return by_method(methods({"Complete cases": beside, "Multiple imputation": filled}), id=id, caption=caption)


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
        "Holm: adjusted for all factors of the same model.",
        "E-value: how strongly, as a risk ratio, an unmeasured confounder would have to go with both the factor and "
        "the outcome to explain the estimate away; of the limit: to move the interval to 1. At 1 nothing is needed.",
    ]
    titles = [("Endpoint and factor", "left"), *((name, "right") for name in columns)]
    return Table(id, caption, titles, lines, notes, indent)


def _notes(rows: pd.DataFrame) -> list[str]:
    """Why cells are empty, by column and terms, then what is noted of estimates, each once."""
    methods, noted = rows["group"].unique(), rows[rows["note"] != ""]
    empty, filled = noted[noted["estimate"].isna()], noted[noted["estimate"].notna()]
    several = rows["endpoint_label"].nunique() > 1
    found: dict[tuple[str, str], list[str]] = {}
    for (label, group, note), part in empty.groupby(["endpoint_label", "group", "note"], sort=False):
        terms = part["term"].unique()
        about = "; ".join(terms) if len(terms) <= MOST_LISTED else f"{len(terms)} factors"
        found.setdefault((f"{label}, {about}" if several else about, note), []).append(group)
    notes = []
    for (about, note), groups in found.items():
        notes.append(f"{'' if len(groups) == len(methods) else ' and '.join(groups) + ', '}{about}: {note}.")
    notes += [f"{row.endpoint_label}, {row.group}: {row.note}." for row in filled.itertuples()]
    return list(dict.fromkeys(notes))
