"""Which row of a table is its header, when titles or merged cells stand above it."""

from collections.abc import Iterable, Sequence
from itertools import islice

from helpers.cohort.findings import Findings

LOOKED_AT = 30  # rows
FULL = 0.6  # of the cells of the fullest row: so many has a header


def likely_header(rows: Iterable[Sequence[str]]) -> int:
    """The number, from 1, of the first row that is about as full as the fullest; 0 when no row has two cells."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in islice(rows, LOOKED_AT)]
    needed = max(2, FULL * max(filled, default=0))
    return next((number for number, cells in enumerate(filled, start=1) if cells >= needed), 0)


def check_header_row(rows: Iterable[Sequence[str]], file: str, findings: Findings) -> None:
    """Raise ValueError, with the fault recorded, when the header seems to stand in another row than the first."""
    likely = likely_header(rows)
    if likely > 1:
        problem = "the first row is no header: it has fewer cells with text than the rows below it"
        remedy = f"Write header_row = {likely} under [files] in study.toml, beside the file; if row 1 is the header, 1."
        findings.fault(problem, file=file, rows=(1,), remedy=remedy)
        raise ValueError
