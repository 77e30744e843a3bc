"""What reading does to the cells of a column, said by column, and cells that are no values: errors of Excel, totals."""

import re
from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import NEVER_STORED, as_text
from helpers.cohort.texts import Texts
from helpers.study.letters import spell

STORE = "Open the workbook in Excel, save it, and use the saved file."
# What begins with # and is no value: the problem and the remedy.
ERRORS = {NEVER_STORED: ("a formula whose value was never stored", STORE)} | dict.fromkeys(
    ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#BLOCKED!"),
    ("an error of Excel in place of a value", "Mend the formula, or empty the cell."),
)
CHANGES: dict[str, Callable[[str], str]] = {
    "blanks around the text removed": str.strip,
    "no-break blanks and accents of their own read as usual ones": spell,
}
TOTAL = re.compile(
    r"(grand |sub)?totals?|sums?|summe|gesamt|somme|suma|合计|总计|means?|mittelwert|moyenne|平均|averages?|medians?"
    r"|n ?= ?\d+"
)
LAST = 3  # rows of a table, among which those of totals stand


def say_cleaned(cells: Texts, missing: Collection[str], findings: Findings, *, file: str, column: str) -> None:
    """Record how many cells had blanks around their text, and how many were emptied by a word for what is missing."""
    odd = [
        text for text in cells.texts if isinstance(text, str) and (text != as_text(text) or text.casefold() in missing)
    ]
    words = {text: as_text(text) for text in odd if as_text(text)}
    for word in sorted({*words.values()}):
        if word.casefold() in missing:
            emptied = cells.among([text for text in words if words[text] == word]).sum()
            findings.changed(f'"{word}" read as missing', emptied, file=file, column=column)
    kept = [text for text, word in words.items() if word.casefold() not in missing]
    for what, changed in CHANGES.items():
        texts = [text for text in kept if changed(text) != text]
        findings.changed(what, cells.among(texts).sum(), file=file, column=column)


def check_errors(cells: Texts, rows: pd.Index, findings: Findings, *, file: str, column: str) -> None:
    """Record a fault for the cells that hold an error of Excel in place of a value."""
    for error in [text for text in cells.texts if text.startswith("#") and text in ERRORS]:
        if (broken := cells.among([error])).any():
            problem, remedy = ERRORS[error]
            findings.fault(problem, file=file, rows=rows[broken], column=column, remedy=remedy)


def check_totals(cells: Texts, rows: pd.Index, findings: Findings, *, file: str) -> None:
    """Record a fault when one of the last rows of a table holds totals, by the word in its first column."""
    ends = np.arange(len(rows)) >= len(rows) - LAST
    totals = (
        cells.among([text for text in cells.texts if TOTAL.fullmatch(as_text(text).casefold().rstrip(": "))]) & ends
    )
    if totals.any() and not totals.all():
        last = rows[np.flatnonzero(totals)[0]] - 1
        remedy = f"End the table above it: last_row = {last} under [files] in study.toml, beside the file."
        findings.fault("a row of totals, not of a patient or an event", file=file, rows=rows[totals], remedy=remedy)
