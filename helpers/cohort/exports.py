"""What an export tells of its columns, held against study.toml: choices in words, units of times."""

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import TextTable

UNITS = ("days", "months")


def check_export(source: SourceFile, text: TextTable, plan: Plan, time_unit: str, findings: Findings) -> None:
    """Check the cells and the sources of a table by what its export tells of the columns; other files tell nothing."""
    _check_choices(source, text, plan, findings)
    _check_units(source, plan, time_unit, findings)


def _check_units(source: SourceFile, plan: Plan, time_unit: str, findings: Findings) -> None:
    """Record a fault for each column of times that is read in another unit than the export gives it."""
    for name, how in plan.sources.items():
        column, used = plan.columns[name], how.time or how.column
        asked = (how.unit or time_unit) if column.type == "day" else column.unit if column.unit in UNITS else ""
        told = source.of(source.raw.units, used, "") if used else ""
        if told and asked and told != asked:
            in_source = f'unit = "{told}" in its source, or under [time]'
            remedy = f"Give {in_source if column.type == 'day' else 'a column in its unit'}."
            problem = f'"{used}" is in {told}, and is read in {asked}'
            findings.fault(problem, file="study.toml", column=name, remedy=remedy)


def _check_choices(source: SourceFile, text: TextTable, plan: Plan, findings: Findings) -> None:
    """Check each cell that is read of such columns, and that study.toml names their words, not their codes."""
    problem, remedy = "no choice of the data dictionary", "Correct the cell, or list its code under missing."
    check = "Is a choice of the data dictionary"
    for name, how in plan.sources.items():
        kept = text.without(how.source_columns, how.missing)
        for column in how.source_columns:
            odd = np.isin(text.rows, source.of(source.raw.odd, column, ()))
            given = kept.columns[column].given
            if source.of(source.raw.choices, column, {}) or odd.any():
                rows, place = text.rows[odd & given], f"{name} ({column})"
                findings.check(check, place, int(given.sum()), rows, file=plan.file, problem=problem, remedy=remedy)
            source.check_codes(column, how.missing, name, findings)
        source.check_codes(how.column, how.values, name, findings)
        source.check_codes(how.event, (*how.event_codes, *how.unknown), name, findings)
