"""Columns whose codes an export's own dictionary puts into words: cells that are none, and codes in study.toml."""

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import TextTable


def check_choices(source: SourceFile, text: TextTable, plan: Plan, findings: Findings) -> None:
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
        source.check_codes(how.event, how.event_codes, name, findings)
