"""Columns whose codes an export's own dictionary puts into words: cells that are none, and codes in study.toml."""

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan, plain_code
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import TextTable
from helpers.study import Source


def check_choices(source: SourceFile, text: TextTable, plan: Plan, findings: Findings) -> None:
    """Check each cell that is read of such columns, and that study.toml names their words, not their codes."""
    choices = {column: source.raw.choices.get(_header(source, column)) for column in text.columns}
    for name, how in plan.sources.items():
        kept = text.without(how.source_columns, how.missing)
        for column in filter(choices.get, how.source_columns):
            odd = np.isin(text.rows, source.raw.odd.get(_header(source, column), ()))
            given = kept.columns[column].given
            problem, remedy = "no choice of the data dictionary", "Correct the cell, or list its code under missing."
            rows, place = text.rows[odd & given], f"{name} ({column})"
            check = "Is a choice of the data dictionary"
            findings.check(check, place, int(given.sum()), rows, file=plan.file, problem=problem, remedy=remedy)
    for place, column, codes in _codes_named(source, plan):
        words = source.raw.choices.get(_header(source, column), {})
        read = {plain_code(word) for word in words.values()}
        for code in codes:
            if code in words and plain_code(code) not in read:
                problem = f'the code "{code}" of {column} is read as a word'
                findings.fault(problem, file="study.toml", column=place, remedy=f'Write "{words[code]}" in its place.')


def _header(source: SourceFile, column: str) -> str:
    """The column's name as the file writes it."""
    place = source.position(column)
    return "" if place is None else source.header[place]


def _codes_named(source: SourceFile, plan: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    """Where study.toml names codes of the file's columns: the place, the column, the codes."""
    named = [("[files] where", column, codes) for column, codes in source.source.where.items()]
    for name, how in plan.sources.items():
        named += [(name, column, codes) for column, codes in _codes_of(how)]
    return named


def _codes_of(how: Source) -> list[tuple[str, tuple[str, ...]]]:
    return [(how.column, tuple(how.values)), (how.event, how.event_codes)]
