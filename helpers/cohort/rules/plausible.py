"""What a cohort can hardly be: in its dates and in its units.

What cannot be is a fault. What is only hard to believe is a question: the cohort is used, and its author is asked.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.rules.base import Broken, Facts, Rule, whole
from helpers.cohort.today import today
from helpers.study import DAYS_PER_MONTH, Study

OLDEST, OLDEST_CART = np.datetime64("1970-01-01"), np.datetime64("2006-01-01")
DAY = np.timedelta64(1, "D")  # what is today somewhere may be tomorrow in UTC
CART_COLUMNS = ("car_target", "cell_dose_e6_per_kg", "crs_grade", "icans_grade")
MONTHS_OF_15_YEARS, MONTHS_OF_50_YEARS = 180, 600
LONG_MEDIAN, SHORT_FOLLOW_UP = 240 * DAYS_PER_MONTH, 100  # days
ALL_DAYS = "columns of days"
MUCH = 0.05  # of blasts, as a fraction; as per cent next to nothing
FEW, SEVERAL = 3, 10  # patients; of fewer than several a whole column says little
# Columns whose middle value lies between two bounds in every cohort that is read in the right unit.
MEDIANS = {
    "age_years": (1, 120),
    "response_day": (5, 400),
    "crs_onset_day": (0, 30),
    "crs_duration_days": (0.5, 60),
    "icans_onset_day": (0, 60),
    "icans_duration_days": (0.5, 90),
    "haemoglobin_g_per_l": (30, 250),
    "platelets_e9_per_l": (1, 1500),
    "anc_e9_per_l": (0, 100),
}


def all_columns(study: Study) -> Mapping[str, Column]:
    """The columns of all tables by name; no two tables share one that is a number."""
    return {
        name: column
        for table in ("blood_counts", "adverse_events", "patients")
        for name, column in columns_for(study, table).items()
    }


def days_per_unit(study: Study, column: Column) -> float:
    """How many days one unit of a column's source is; 1 for what is not converted."""
    source = study.columns["patients"].get(column.name)
    unit = (source.unit if source else "") or study.time_unit
    dated = source is not None and bool(source.date)
    return DAYS_PER_MONTH if column.type == "day" and unit == "months" and not dated else 1.0


def time_zero(facts: Facts) -> Iterator[Broken]:
    """Time zero lies between 1970 and today; a CAR-T infusion before 2006 is doubtful."""
    if not facts.has("infusion_date"):
        return
    name, day = "infusion_date", facts.values["infusion_date"].astype("datetime64[D]")
    dated = ~np.isnat(day)
    remedy = "Correct the year; of two digits it may have been read in the wrong century."
    yield Broken("Time zero is not before 1970", name, dated, day < OLDEST, "before 1970", remedy)
    remedy = "Correct the date, or leave out who was not yet treated."
    late = day > np.datetime64(today()) + DAY
    yield Broken("Time zero is not in the future", name, dated, late, "in the future", remedy)
    if any(map(facts.has, CART_COLUMNS)) or re.search(r"\bCAR\b", facts.study.time_zero):
        early, problem = (day >= OLDEST) & (day < OLDEST_CART), "an infusion of CAR-T cells before 2006"
        check, remedy = "CAR-T cells were given since 2006", "Look at the year."
        yield Broken(check, name, dated, early, problem, remedy, doubtful=True)


def last_contact(facts: Facts) -> Iterator[Broken]:
    """The last contact is not in the future; more than 15 years are doubtful, more than 50 no months."""
    name = "last_contact_day"
    if not facts.has(name):
        return
    last = facts.values[name]
    known = ~np.isnan(last)
    if facts.has("infusion_date"):
        day = facts.values["infusion_date"].astype("datetime64[D]")
        end = day + np.where(known, np.ceil(last), 0).astype("timedelta64[D]")
        now = np.datetime64(today()) + DAY
        check, remedy = "The last contact is not in the future", f"Correct {name}, its unit, or infusion_date."
        late, problem = (end > now) & (day <= now), "the last contact is in the future"
        yield Broken(check, f"{name}, infusion_date", known & ~np.isnat(day), late, problem, remedy)
    months, remedy = last / DAYS_PER_MONTH, "Look at the unit, and at the dates."
    in_months = days_per_unit(facts.study, columns_for(facts.study, "patients")[name]) > 1
    days = in_months & (months > MONTHS_OF_50_YEARS)
    problem = "more than 50 years of follow-up in months: these may be days"
    yield Broken("Months are months", name, known, days, problem, 'Correct the values, or write unit = "days".')
    check, problem = "Follow-up is no longer than 15 years", "more than 15 years of follow-up"
    yield Broken(check, name, known, (months > MONTHS_OF_15_YEARS) & ~days, problem, remedy, doubtful=True)


def units(facts: Facts) -> Iterator[Broken]:
    """A column of times or measurements is in the unit that it is declared in, as far as its values tell.

    A day is a whole number, unless it was counted in months or years. Follow-up that is nowhere 100 days long, or half
    of it longer than 20 years, may be in another unit than declared: a factor of 30 off.
    """
    numbers = {name: column for name, column in all_columns(facts.study).items() if name in facts.given}
    numbers = {name: column for name, column in numbers.items() if column.is_number}
    days = [name for name, c in numbers.items() if c.unit == "days" and days_per_unit(facts.study, c) == 1]
    yield from _days({name: facts.values[name] for name in days}, len(facts.rows))
    for name, column in numbers.items():
        known = ~np.isnan(facts.values[name])
        bounds = MEDIANS.get("age_years" if name.endswith("_years") else name)
        if bounds and known.sum() >= FEW:
            middle = np.median(facts.values[name][known])
            problem = (
                f"half of the values are {'below' if middle < bounds[0] else 'above'} what is seen in {column.unit}"
            )
            wrong = not bounds[0] <= middle <= bounds[1]
            yield whole("The unit is as declared", name, known, wrong, (problem, "Look at the unit."))
    if "last_contact_day" in facts.given:
        yield from _follow_up(facts)


def _days(columns: Mapping[str, np.ndarray], size: int) -> Iterator[Broken]:
    """Whether the columns of days hold days: not parts of one only, nor mostly decimals."""
    found = {name: days[~np.isnan(days)] for name, days in columns.items()}
    found = {name: days for name, days in found.items() if len(days) >= FEW}
    least = [name for name, days in found.items() if 0 < days.max() < 1]
    parts = [name for name, days in found.items() if np.mean(days % 1 > 0) >= 1 / 2 and name not in least]
    asked, remedy = np.ones(size, bool), "Look at the unit: give days, or declare the unit in study.toml."
    said = "every value is less than a day", remedy
    yield whole("Days are days", ", ".join(least) or ALL_DAYS, asked, bool(least), said, doubt=False)
    said = "half of the days have decimals, as months and years do", remedy
    yield whole("Days are whole numbers", ", ".join(parts) or ALL_DAYS, asked, bool(parts), said)
    points = [name for name, days in found.items() if _are_thousands(days)]
    if points and not parts:
        said = "some days have decimals, three each: the point may separate thousands", "Write 1234 in place of 1.234."
        yield whole("No point separates thousands", ", ".join(points), asked, True, said)


def _are_thousands(days: np.ndarray) -> bool:
    """Whether the numbers that are not whole have three decimals, and some of them no fewer."""
    parts = days[days % 1 > 0]
    three = np.round(parts, 3) == parts
    more = np.round(parts, 2) != parts
    return bool(len(parts) and three.all() and more.any())


def _follow_up(facts: Facts) -> Iterator[Broken]:
    """Whether the follow-up as a whole is as long as in any study."""
    name, last = "last_contact_day", facts.values["last_contact_day"]
    known = ~np.isnan(last)
    if known.sum() < SEVERAL:
        return
    said = "half of the patients are followed for more than 20 years", "Look at the unit: these may be days."
    yield whole("The follow-up is not too long", name, known, np.median(last[known]) > LONG_MEDIAN, said)
    said = "nobody is followed for 100 days", 'Look at the unit: these may be months (unit = "months") or years.'
    yield whole("The follow-up is not too short", name, known, last[known].max() < SHORT_FOLLOW_UP, said)


def percentages(facts: Facts) -> Iterator[Broken]:
    """Per cent are not given as fractions.

    Of patients in remission a column of blasts may well lie between 0 and 1%, so that it is only a question; where half
    of patients with disease have between 0.05 and 1 it is none.
    """
    in_remission = facts.study.response.at_time_zero
    for name, column in all_columns(facts.study).items():
        if column.unit == "%" and facts.has(name):
            known = ~np.isnan(facts.values[name])
            found = facts.values[name][known]
            small = len(found) > 0 and found.max() <= 1 and np.sum((found > 0) & (found < 1)) >= FEW
            certain = small and np.median(found) > MUCH and not in_remission
            said = "every value is 1 or less: fractions in place of per cent", "Multiply them by 100."
            yield whole("Per cent are no fractions", name, known, bool(small), said, doubt=not certain)


PLAUSIBILITY_RULES: tuple[Rule, ...] = (time_zero, last_contact, units, percentages)
