"""Tables as CSV text that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from helpers import marks

RISKY = ("=", "+", "@", "\t", "\r")
# a negative number, alone or with its interval ("-1.2 (95% CI -3.0 to 0.4)"): digits and these words only
NEGATIVE = re.compile(r"-(?:[\d.,]+(?:e[-+]?\d+)?%?(?:[\s\d.,;:%()\u2013\u2212-]|to|CI|months)*)?")


def neutral(value: object) -> str:
    """Return one cell's text; an apostrophe goes before what a spreadsheet would take for a formula.

    A float is written with `repr` (shortest text that reads back equal), missing is empty, and a negative number keeps
    its minus.
    """
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else marks.plain(str(value))
    text = "" if text == "nan" else text
    if text[:1].isalnum():
        return text
    start = text.lstrip(" \n")
    formula = start.startswith(RISKY) or (start.startswith("-") and not NEGATIVE.fullmatch(start))
    return "'" + text if formula else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, synthetic: bool) -> str:
    """Return a table as CSV with one column more, `data`: "synthetic" or "patients" in every row."""
    mark = "synthetic" if synthetic else "patients"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*map(neutral, columns), "data"])
    writer.writerows([*map(neutral, row), mark] for row in rows)
    return buffer.getvalue()
