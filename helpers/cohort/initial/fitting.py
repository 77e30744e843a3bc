"""Whether the cells of a column are of the kind that a canonical column holds."""

from collections.abc import Iterable

import numpy as np

from helpers.cohort.dictionary import YES_NO, Column
from helpers.cohort.initial.cells import Cells
from helpers.cohort.initial.codes import TODO, meanings, plain, table
from helpers.cohort.initial.words import Header

STRONG, FITS, NOT = 2, 1, 0
# Whose indicator says nothing: what happens to everybody, or how good the response was.
ALWAYS = ("response_day", "last_contact_day", "death_or_last_contact", "follow_up_time")
NEVER_DATES = ("follow_up_time", "overall_survival", "event_free", "leukaemia_free")
LONGEST_ID = 40
FEW = 6  # different numbers that may be codes
MOST_DAYS = 4000  # a day above is a date as some system counts it, or in another unit
KNOWN_MOSTLY = 0.7
USUAL = {  # where the middle of a column lies; elsewhere it is in another unit
    "age_years": (1, 100),
    "haemoglobin_g_per_l": (25, 250),
    "anc_e9_per_l": (0, 60),
    "platelets_e9_per_l": (2, 1000),
    "cell_dose_e6_per_kg": (0.01, 600),
}


def fitting(name: str, column: Column, cells: Cells, header: Header) -> tuple[str, int]:
    """The aspect of an event that cells hold ("" for what is none), and how well they fit what `name` stands for."""
    if not cells.given:
        return "", NOT
    if column.type == "day":
        aspect, fit = _event(cells, header)
        impossible = (aspect == "indicator" and name in ALWAYS) or (aspect == "date" and name in NEVER_DATES)
        return aspect, NOT if impossible else fit
    if column.unit == "days" and cells.years:
        return "date", FITS
    kinds = {"text": _text, "date": _date, "category": _category, "integer": _number, "number": _number}
    return "", kinds[column.type](cells, column, header)


def _event(cells: Cells, header: Header) -> tuple[str, int]:
    """An event's date, its time or its indicator, as the cells and then the words of the header say."""
    said = header.meanings
    if cells.years:
        return "date", NOT if said & {"months", "yn"} else FITS
    if _is_indicator(cells) and not said & {"days", "months", "date"}:
        return "indicator", FITS
    codes = len(cells.counts) <= FEW and not said & {"days", "months", "when"}
    other = said & {"yn", "event", "censor", "weeks", "years"}
    return "time", FITS if len(cells.numbers) and cells.numbers[0] >= 0 and not codes and not other else NOT


def _is_indicator(cells: Cells) -> bool:
    """True for two or three codes that say whether something happened."""
    known = all(plain(code) in table("event") or plain(code) in table("vital") for code in cells.counts)
    return len(cells.counts) <= 3 and (known or (cells.whole and cells.numbers[0] >= 0 and cells.numbers[-1] <= 99))


def _text(cells: Cells, column: Column, header: Header) -> int:
    """Terms, or an id: all different in a table of patients, neither dates nor notes."""
    if column.name != "patient_id":
        return NOT if cells.years or len(cells.numbers) else FITS
    longest = max(map(len, cells.counts))
    if cells.years or longest > LONGEST_ID or (len(cells.numbers) and not cells.whole):
        return NOT
    if column.table == "patients":
        return STRONG if cells.distinct else NOT
    return FITS if len(cells.counts) > 1 or cells.rows == 1 else NOT


def _date(cells: Cells, column: Column, header: Header) -> int:
    return FITS if cells.years else NOT


def _category(cells: Cells, column: Column, header: Header) -> int:
    """A short list of codes; strong when nearly all are words of the column that are no mere yes, no or numbers."""
    codes, words = cells.codes, column.words
    most = 4 if words == YES_NO else 3 if column.name == "sex" else 12
    if not codes or len(codes) > most or cells.years or (len(cells.numbers) and not cells.whole):
        return NOT
    if column.name == "arm":
        is_group = "arm" in header.meanings or not _are_yes_no(codes)
        return FITS if len(codes) > 1 and cells.repeats and is_group else NOT
    known = sum(word != TODO for word in meanings(codes, column, header.legend).values())
    if known < len(codes) / 2 and not cells.repeats:  # texts of their own for each patient
        return NOT
    if words == YES_NO or len(cells.numbers):
        return FITS if known or len(cells.numbers) else NOT
    if not known and _are_yes_no(codes) and column.name != "mrd":
        return NOT
    return STRONG if known >= KNOWN_MOSTLY * len(codes) else FITS


def _are_yes_no(codes: Iterable[str]) -> bool:
    return all(plain(code) in table("yes_no") for code in codes)


def _number(cells: Cells, column: Column, header: Header) -> int:
    """Numbers in the range of the column, of a size that is usual for it."""
    if column.unit == "grade":
        return _grade(cells, column, header)
    numbers = cells.numbers
    if not len(numbers) or (column.type == "integer" and not cells.whole):
        return NOT
    if {*numbers.tolist()} <= {0, 1}:  # no and yes
        return NOT
    low, high = column.low or 0.0, column.high if column.high is not None else float("inf")
    if numbers[0] < low or numbers[-1] > min(high, MOST_DAYS if column.unit == "days" else high):
        return NOT
    return NOT if _is_in_another_unit(column, numbers) else FITS


def _grade(cells: Cells, column: Column, header: Header) -> int:
    codes = meanings(cells.codes, column, header.legend)
    if not codes or TODO in codes.values():
        return NOT
    only_yes_no = set(codes.values()) <= {"0", "1"}
    return NOT if only_yes_no and "grade" not in header.meanings else FITS


def _is_in_another_unit(column: Column, numbers: np.ndarray) -> bool:
    """True for numbers too small or too large for the unit: fractions for percent, g/dL for g/L."""
    fractions = column.unit == "%" and numbers[-1] <= 1 and bool((numbers % 1 > 0).any())
    low, high = USUAL.get(column.name, (-np.inf, np.inf))
    return fractions or not low <= numbers[len(numbers) // 2] <= high
