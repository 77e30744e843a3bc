"""Tables as CSV text that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from helpers import marks
from helpers.faults import CONTROL, is_printable

# What a spreadsheet takes for the start of a formula: at the start of a cell or behind a sign at which some split one,
# after any blanks and quotes, in letters of either width.
FORMULA = re.compile(
    r"""(^|[;\t\r\n])(["\x20\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufe00-\ufe0f]*)"""
    r"([=+@\-\uff1d\uff0b\uff20\uff0d][^;\t\r\n]*)"
)
# a negative number, alone or with its interval ("-1.2 (95% CI -3.0 to 0.4)"): digits and these words only
NEGATIVE = re.compile(r"-(?:[\d.,]+(?:e[-+]?\d+)?%?(?:[\s\d.,:%()\u2013\u2212-]|to|CI|months)*)?")


def neutral(value: object) -> str:
    """Return one cell's text; an apostrophe goes before what a spreadsheet would take for a formula.

    A float is written with `repr` (shortest text that reads back equal), missing is empty, a negative number keeps its
    minus, and signs that are not seen are left out.
    """
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else marks.plain(str(value))
    text = "" if text == "nan" else text
    if text.isalnum():
        return text
    text = FORMULA.sub(_as_words, text if is_printable(text) else CONTROL.sub("", text))
    return "'" + text if text.startswith(("\t", "\r")) else text


def _as_words(found: re.Match) -> str:
    """What stands for the start of a formula: itself for a negative number."""
    before, blanks, formula = found.groups()
    return found[0] if NEGATIVE.fullmatch(formula) else f"{before}'{blanks}{formula}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, synthetic: bool) -> str:
    """Return a table as CSV with one column more, `data`: "synthetic" or "patients" in every row."""
    mark = "synthetic" if synthetic else "patients"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*map(neutral, columns), "data"])
    writer.writerows([*map(neutral, row), mark] for row in rows)
    return buffer.getvalue()
