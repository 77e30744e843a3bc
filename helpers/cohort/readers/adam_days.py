"""Study days of ADaM: day 1 is the first day of treatment and there is no day 0; here time zero is day 0."""

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, day_numbers, listed, numbers
from helpers.cohort.texts import Texts

START = "TRTSDT"
DATES = {"ASTDY": "ASTDT", "AENDY": "AENDT", "AESTDY": "AESTDTC", "AEENDY": "AEENDTC", "DTHADY": "DTHDT"}


def days_from_zero(part: Part, findings: Findings) -> tuple[dict[str, Texts], list[str]]:
    """The study days counted from day 0, and how they were read.

    Columns that have a day 0 already, as the dates beside them show, stay; one that has it without such dates, or that
    counts in both ways, is a fault.
    """
    moved: dict[str, Texts] = {}
    kept = []
    for name in part.columns:
        cells = part.texts(name)
        days = numbers(cells)
        if not name.upper().endswith("DY") or not cells.given.any() or (days[cells.given] % 1 != 0).any():
            continue
        from_0, from_1 = _counted(part, name.upper(), days)
        odd = days == 0 if not from_0.any() else from_1 if from_1.sum() < from_0.sum() else from_0
        if odd.any():
            problem = "days are counted in two ways" if from_0.any() else "a day 0, which ADaM does not have"
            remedy = "Count the first day of treatment as 1 and the day before it as -1."
            findings.fault(problem, file=part.name, rows=part.rows[odd], column=name, remedy=remedy)
        elif from_0.any():
            kept.append(name)
        else:
            moved[name] = cells.each(_from_zero)
    said = {"day 1 of the file is day 0 here": list(moved), "has a day 0 already, by its dates": kept}
    return moved, [f"{words}: {listed(names)}" for words, names in said.items() if names]


def _counted(part: Part, name: str, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True for the rows whose dates show that the first day of treatment is day 0, and that it is day 1."""
    since = day_numbers(part.texts(DATES.get(name, ""))) - day_numbers(part.texts(START))
    after = since >= 0
    return after & (days == since), after & (days == since + 1)


def _from_zero(text: str) -> str:
    day = int(float(text))
    return str(day - 1 if day > 0 else day)
