"""The data dictionary: what each canonical column is, and the columns that a study declares beside it."""

import csv
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from helpers.study import PROJECT_ROOT, Covariate, Study

DICTIONARY = PROJECT_ROOT / "data" / "dictionary.csv"
TABLES = ("patients", "adverse_events", "blood_counts")
YES_NO = ("no", "yes")


@dataclass(frozen=True)
class Column:
    """One canonical column as the dictionary describes it.

    `type` is text, category, integer, number, date or day (a number of days since time zero, converted from
    the study's time unit). `words` are the allowed words of a category (none: any); `low` and `high` the
    allowed range of a number. `required` is "every row", "column" (cells may be empty) or "no". `labels` are what the
    reader sees in place of the words, in their order, where that differs. `role` is "baseline" (known at time zero, for
    table 1), "product" (what was given: in table 1, but no difference between arms), "outcome" (an empty cell is a
    missing value too), "event" (a day, not after last contact) or "". `short` says of a day what it is the day of.
    `headers` are usual names of it in analysts' files, without signs and capitals.
    """

    table: str
    name: str
    label: str
    type: str
    unit: str
    allowed: str
    required: str
    definition: str
    labels: str = ""
    role: str = ""
    short: str = ""
    headers: str = ""
    words: tuple[str, ...] = ()
    in_dictionary: bool = True

    @property
    def low(self) -> float | None:
        """The smallest allowed number, if there is one."""
        return _bound(self.allowed, 0)

    @property
    def high(self) -> float | None:
        """The largest allowed number, if there is one."""
        return _bound(self.allowed, 1)

    @property
    def readable(self) -> dict[str, str]:
        """The reader's label of each word; empty where the words are shown as they are."""
        return dict(zip(self.words, self.labels.split("|"), strict=True)) if self.labels else {}

    @property
    def is_number(self) -> bool:
        """True for the types that hold numbers."""
        return self.type in ("integer", "number", "day")


@cache
def dictionary() -> tuple[Column, ...]:
    """All canonical columns in the order of data/dictionary.csv."""
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file, restval=""))
    categories = [row for row in rows if row["type"] == "category" and row["allowed"]]
    for row in categories:
        row["words"] = tuple(row["allowed"].split("|"))
    return tuple(Column(**row) for row in rows)


def columns_for(study: Study, table: str) -> dict[str, Column]:
    """The columns that may be read from one table of a study, by name: the dictionary's, then the declared."""
    columns = {column.name: column for column in dictionary() if column.table == table}
    if table == "patients":
        keys = tuple(arm.key for arm in study.arms)
        required = "no" if len(keys) < 2 else columns["arm"].required  # with one arm, everybody is in it
        columns["arm"] = replace(columns["arm"], words=keys, required=required)
        for column in _declared(study):
            known = columns.setdefault(column.name, column)
            if known.required == "no" and known.name != "arm":  # who declares a column means to have it
                columns[column.name] = replace(known, required="column")
    return columns


def short_label(name: str) -> str:
    """The dictionary's short label of a column of patients, else its label, else the name itself."""
    return next((c.short or c.label for c in dictionary() if c.table == "patients" and c.name == name), name)


def _declared(study: Study) -> list[Column]:
    """The columns that a study's covariates, exposures and recorded endpoints add."""
    columns = [_covariate_column(study, covariate) for covariate in study.covariates]
    for exposure in study.exposures:
        columns += [_extra(name, exposure.label, "day") for name in exposure.columns]
    for endpoint in study.endpoints.values():
        if endpoint.recorded:
            columns.append(_extra(endpoint.day_column, endpoint.label, "day"))
            columns.append(_extra(endpoint.event_column, endpoint.label, "category", YES_NO))
    return columns


def _covariate_column(study: Study, covariate: Covariate) -> Column:
    """The column of a declared covariate: a number, or words in the order of its value map."""
    if covariate.kind == "continuous":
        return _extra(covariate.column, covariate.label, "number")
    source = study.columns["patients"].get(covariate.column)
    words = tuple(dict.fromkeys(source.values.values())) if source else ()
    if not words and covariate.kind == "binary" and covariate.reference in YES_NO:
        words = YES_NO
    return _extra(covariate.column, covariate.label, "category", words)


def _extra(name: str, label: str, kind: str, words: tuple[str, ...] = ()) -> Column:
    """A column that study.toml declares; a day is that of an event."""
    text = "Declared in study.toml"
    column = Column("patients", name, label, kind, "", "", "no", text, words=words, in_dictionary=False)
    return replace(column, unit="days", allowed="0..", role="event") if kind == "day" else column


def _bound(allowed: str, side: int) -> float | None:
    """One end of a range written "0..120" or "0..", None when it is open."""
    ends = allowed.split("..")
    return float(ends[side]) if len(ends) == 2 and ends[side] else None
