"""The rules of the tables of adverse events and blood counts, which look at the patients too."""

from collections.abc import Iterator

import numpy as np

from helpers.cohort.rules.base import Broken, Facts, Rule, too_late
from helpers.cohort.rules.identity import equal_rows
from helpers.cohort.rules.plausible import units

MANY_ROWS = 10


def known_patient(facts: Facts) -> Iterator[Broken]:
    """Each row belongs to a patient of the patients file (joined beforehand as known_patient, meant_patient)."""
    given, unknown, meant = facts.given["patient_id"], ~facts.values["known_patient"], facts.values["meant_patient"]
    problem, remedy = "not a patient of the patients file", "Correct patient_id, or add the patient."
    yield Broken("The patient is known", "patient_id", given, unknown & ~meant, problem, remedy)
    problem = "the id is written differently than in the patients file: capitals, blanks, a dash, .0 or unseen signs"
    yield Broken("The id is written alike", "patient_id", given, unknown & meant, problem, "Write both alike.")


def no_record_is_there_twice(facts: Facts) -> Iterator[Broken]:
    """No row is there twice: a fault where half of the table is, as when it was appended to itself, else a question.

    Asked of events whose first day is given, and of samples; the same event without a day may have come back.
    """
    rows = np.zeros(len(facts.rows), bool)
    rows[equal_rows([facts.values[name] for name in facts.given])[0]] = True
    day = next((name for name in ("onset_day", "day") if facts.has(name)), "")
    asked = facts.given[day] if day else np.zeros(len(rows), bool)
    twice = rows & asked
    certain = twice.sum() >= max(MANY_ROWS, len(rows) / 2)
    problem, remedy = (
        "equal to another row in all columns",
        "Keep one row for each; look whether the table is in the file twice.",
    )
    yield Broken("No row is there twice", "all columns", asked, twice, problem, remedy, doubtful=not certain)


def record_not_after_last_contact(facts: Facts) -> Iterator[Broken]:
    """No adverse event begins, and no sample is taken, after the patient's last contact."""
    for name in ("onset_day", "day"):
        if facts.has(name):
            day, last = facts.values[name], facts.values["last_contact_day"]
            remedy = f"Correct {name}, or last_contact_day in the patients file."
            problem = "later than the patient's last contact"
            yield too_late("Nothing after last contact", name, day, last, problem, remedy)


def resolution_not_before_onset(facts: Facts) -> Iterator[Broken]:
    """An adverse event ends on the day it began at the earliest."""
    if facts.has("onset_day", "resolution_day"):
        onset, end = facts.values["onset_day"], facts.values["resolution_day"]
        problem, remedy = "resolved before it began", "Correct onset_day or resolution_day."
        columns = "onset_day, resolution_day"
        yield too_late("Events end after they begin", columns, onset, end, problem, remedy)


def fatal_event_has_death(facts: Facts) -> Iterator[Broken]:
    """A grade 5 adverse event belongs to a patient who died."""
    if facts.has("grade"):
        applies = (facts.values["grade"] == 5) & facts.values["known_patient"]
        problem, remedy = "grade 5 means death, but the patient has no day of death", "Correct grade or death_day."
        yield Broken("Grade 5 has a death", "grade", applies, ~facts.values["died"], problem, remedy)


RECORD_RULES: tuple[Rule, ...] = (
    known_patient,
    no_record_is_there_twice,
    units,
    record_not_after_last_contact,
    resolution_not_before_onset,
    fatal_event_has_death,
)
