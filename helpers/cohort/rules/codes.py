"""Numbers that stand for a missing value: 999 above all other days, -9 below all other measurements."""

from collections.abc import Iterable, Iterator

import numpy as np

from helpers.cohort.rules.base import Broken, Facts, Rule
from helpers.cohort.rules.plausible import all_columns, days_per_unit

CODES = {float(digit * count): count for digit in "98" for count in range(2, 8)}  # and how many digits each has
BELOW = [-code for code in CODES] + [-9.0, -8.0]
# By digits: how many times the largest other value a code must be to be one, if it is there once, and if repeated.
TIMES = {2: (np.inf, 5), 3: (5, 3), 4: (2, 1.1)}
DOUBTFUL, FAR = 1.2, 3  # times the largest other value
OTHERS, SEVERAL = 5, 3
OFTEN = 4  # times as often as any other number, where there is none above
ONE_DIGIT = 9.0  # a usual code for missing of a column of counts
NEVER_0 = ("age_years", "cell_dose_e6_per_kg", "months_since_first_infusion")  # unless others are near it
PROBLEM = "looks like a code for a missing value"
REMEDY = 'Leave it empty, or name the code in study.toml: missing = ["..."] of the column or of the file.'


def codes_for_missing(facts: Facts) -> Iterator[Broken]:
    """No number is a usual code for a missing value that stands apart from all other numbers of its column.

    99, 88, 999, 888 and so on above all others: by a factor that is the larger the fewer its digits, and the smaller
    where it is repeated. Below 0 where no other number is: -9, -99 and so on. So day 999 among days to 1100 passes.
    What stands apart by less is a question, and so are a single age of 99, 0 far below all other ages, doses or months,
    a 9 above all other counts, and a highest number that is there by far the most often.
    """
    asked = np.zeros(len(facts.rows), bool)
    for name, column in all_columns(facts.study).items():
        if name not in facts.given or not column.is_number:
            continue
        numbers = np.round(facts.values[name] / days_per_unit(facts.study, column), 6)
        known = ~np.isnan(numbers)
        asked |= known
        high, low = _among(numbers, CODES), _among(numbers, BELOW)
        others = np.abs(numbers[known & ~high & ~low])
        for code in np.unique(numbers[high]):
            wrong, doubt = _stands_apart(code, int((numbers == code).sum()), others)
            doubt |= name.endswith("_years") and len(others) >= OTHERS and bool(code >= DOUBTFUL * others.max())
            doubt |= _is_too_often(code, numbers[known])
            yield from _said(name, known, numbers == code, wrong, doubt)
        if column.type == "integer" and (numbers == ONE_DIGIT).any():
            fewer = numbers[known & (numbers != ONE_DIGIT)]
            apart = len(fewer) >= OTHERS and fewer.max() * DOUBTFUL <= ONE_DIGIT
            yield from _said(name, known, numbers == ONE_DIGIT, False, bool(apart))
        if low.any() and (numbers[known & ~low] >= 0).all() and len(others) >= OTHERS:
            wrong = column.low is None and (low.sum() > 1 or numbers[low].min() < -9)
            yield from _said(name, known, low, wrong, True)
        if name in NEVER_0 and (numbers == 0).any() and _far_from_0(numbers[known & (numbers != 0)]):
            yield from _said(name, known, numbers == 0, False, True)
    yield Broken("No number is a code for missing", "columns of numbers", asked, ~asked, PROBLEM, REMEDY)


def _among(numbers: np.ndarray, codes: Iterable[float]) -> np.ndarray:
    """True for the numbers that are one of some codes."""
    least, most = np.nanmin(numbers, initial=np.inf), np.nanmax(numbers, initial=-np.inf)
    return np.logical_or.reduce([np.zeros(len(numbers), bool), *(numbers == c for c in codes if least <= c <= most)])


def _stands_apart(code: float, count: int, others: np.ndarray) -> tuple[bool, bool]:
    """Whether a number above all others is a code for missing, and whether it may be one."""
    digits = min(CODES[code], 4)
    if not len(others):
        return count >= SEVERAL and digits > 2, False
    times = code / others.max() if others.max() else np.inf
    enough = len(others) >= OTHERS or count >= SEVERAL
    once, repeated = TIMES[digits]
    wrong = times >= once or (count > 1 and times >= repeated)
    doubt = (times >= DOUBTFUL and count + digits > 4) or times >= FAR
    return bool(enough and wrong), bool(enough and doubt)


def _is_too_often(code: float, numbers: np.ndarray) -> bool:
    """Whether the highest of many different numbers is there several times as often as any other."""
    found, counts = np.unique(numbers, return_counts=True)
    if len(found) <= OTHERS or code != found[-1] or counts[-1] <= OTHERS:
        return False
    return bool(counts[-1] >= OFTEN * counts[:-1].max())


def _far_from_0(others: np.ndarray) -> bool:
    """Whether the other numbers are of one size, so that 0 stands apart below them."""
    return len(others) >= OTHERS and others.min() > others.max() / 20


def _said(name: str, known: np.ndarray, cells: np.ndarray, wrong: bool, doubt: bool) -> Iterator[Broken]:
    if wrong or doubt:
        yield Broken("No number is a code for missing", name, known, cells, PROBLEM, REMEDY, doubtful=not wrong)


CODE_RULES: tuple[Rule, ...] = (codes_for_missing,)
