"""Columns of an analyst's file to guess from: headers, and cells of the kinds that they hold."""

import pandas as pd

from helpers.cohort.initial.candidates import SourceColumn
from helpers.cohort.initial.cells import Cells
from helpers.cohort.texts import Texts

ROWS = 24
CELLS = {
    "ids": [f"P-{number:03}" for number in range(ROWS)],
    "dates": [f"20{17 + row % 5}-0{1 + row % 9}-1{row % 9}" for row in range(ROWS)],
    "ages": [str(20 + 2 * row) for row in range(ROWS)],
    "percents": [str(4 * row) for row in range(ROWS)],
    "doses": [f"{0.5 + row / 7:.2f}" for row in range(ROWS)],
    "days": [str(30 + 37 * row) for row in range(ROWS)],
    "some days": ["" if row % 3 else str(30 + 37 * row) for row in range(ROWS)],
    "months": [f"{1 + row * 1.3:.1f}" for row in range(ROWS)],
    "short days": [str(1 + row % 9) for row in range(ROWS)],
    "counts": [str(1 + row % 7) for row in range(ROWS)],
    "grades": [str(row % 5) for row in range(ROWS)],
    "0/1": [str(row % 2) for row in range(ROWS)],
    "1/2": [str(1 + row % 2) for row in range(ROWS)],
    "y/n": ["yn"[row % 2] for row in range(ROWS)],
    "sexes": ["FM"[row % 2] for row in range(ROWS)],
    "arms": [("Single", "Tandem", "Sequential")[row % 3] for row in range(ROWS)],
    "responses": [("CR", "CRi", "NR")[row % 3] for row in range(ROWS)],
    "signs": [("pos", "neg")[row % 2] for row in range(ROWS)],
    "regimens": [("Flu/Cy", "DAC+Flu/Cy")[row % 2] for row in range(ROWS)],
    "causes": [("Relapse", "Infection", "Other")[row % 3] for row in range(ROWS)],
    "alive/dead": [("alive", "dead")[row % 2] for row in range(ROWS)],
    "notes": [f"a remark of its own, number {row}, with more words than any code has" for row in range(ROWS)],
    "empty": [""] * ROWS,
}


def column(header, cells, label=""):
    """A column of one of the kinds above, or of cells of its own."""
    values = pd.Series(CELLS[cells] if isinstance(cells, str) else cells, dtype=object)
    return SourceColumn(header, label, Cells.of(Texts.of(values)))
