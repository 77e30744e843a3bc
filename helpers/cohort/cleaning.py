"""What reading does to the cells of a column, said by column, and cells that are no values: errors of Excel, totals."""

import re
from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import NEVER_STORED, as_text
from helpers.cohort.texts import REFUSED, Texts
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
TOTALS, NOTES = "a row of totals, not of a patient or an event", "a note below the table: only its first cell is filled"
LAST = 3  # rows of a table, among which those of totals stand


def say_cleaned(cells: Texts, missing: Collection[str], findings: Findings, *, file: str, column: str) -> None:
    """Record how many cells had blanks around their text, and how many were emptied by a word for what is missing."""
    texts = [text for text in cells.texts if isinstance(text, str)]
    stripped = [*map(str.strip, map(spell, texts))]
    emptied = {*map(str.casefold, stripped)} & {*missing}
    if stripped == texts and not emptied:  # as in most columns
        return
    pairs = zip(texts, stripped, strict=True)
    words = {text: word for text, word in pairs if word and (text != word or word.casefold() in emptied)}
    for word in sorted({*words.values()}):
        if word.casefold() in missing:
            emptied = cells.among([text for text in words if words[text] == word]).sum()
            findings.changed(f'"{word}" read as missing', emptied, file=file, column=column)
    kept = [text for text, word in words.items() if word.casefold() not in missing]
    for what, changed in CHANGES.items():
        texts = [text for text in kept if changed(text) != text]
        findings.changed(what, cells.among(texts).sum(), file=file, column=column)


def check_errors(cells: Texts, rows: pd.Index, findings: Findings, *, file: str, column: str) -> Texts:
    """The cells with REFUSED for those that hold an error of Excel in place of a value, with the faults recorded."""
    errors = [text for text in cells.texts if text.startswith("#") and text in ERRORS]
    for error in errors:
        if (broken := cells.among([error])).any():
            problem, remedy = ERRORS[error]
            findings.fault(problem, file=file, rows=rows[broken], column=column, remedy=remedy)
    return cells.each(lambda text: REFUSED if text in errors else text) if errors else cells


def check_end(first: Texts, others: list[Texts], rows: pd.Index, findings: Findings, *, file: str) -> np.ndarray:
    """True for the rows of a table, False for totals and notes at its end, with the faults recorded.

    `first` is its first column, where the words of either stand; `others` are those that are read beside it.
    """
    last = [first.texts[code] for code in first.codes[-LAST:] if code >= 0]
    words = [text for text in last if TOTAL.fullmatch(as_text(text).casefold().rstrip(": "))]
    totals = first.among(words) & (np.arange(len(rows)) >= len(rows) - LAST)
    alone = first.given & ~np.logical_or.reduce(
        [np.full(len(rows), len(others) < 2), *(cells.given for cells in others)]
    )
    notes = np.logical_and.accumulate(alone[::-1])[::-1] & ~totals
    ends = totals | notes
    if not ends.any() or ends.all():
        return np.full(len(rows), True)
    remedy = f"End the table above it: last_row = {rows[np.flatnonzero(ends)[0]] - 1} under [files] in study.toml, "
    for problem, found in {TOTALS: totals, NOTES: notes}.items():
        if found.any():
            findings.fault(problem, file=file, rows=rows[found], remedy=f"{remedy}beside the file.")
    return ~ends
