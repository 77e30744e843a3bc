"""Dates, times and indicators of events: the lines that they become, the unit of time, and what stays open."""

import pytest

from helpers.cohort.initial.guess import guess_table
from tests.cohort.initial.columns import column

INFUSION = ("Infusion date", "dates")
# columns of a file: the lines of events
PAIRS = {
    (INFUSION, ("Date of death", "dates"), ("Last contact", "dates"), ("OS (months)", "months"), ("OS event", "0/1")): [
        'death_day = { date = "Date of death" }',
        'last_contact_day = { date = "Last contact" }',
    ],
    (INFUSION, ("Last contact", "dates"), ("Vital status", "alive/dead")): [
        'death_day = { date = "Last contact", event = "Vital status", event_codes = ["dead"] }',
        'last_contact_day = { date = "Last contact" }',
    ],
    (INFUSION, ("Date of death or last contact", "dates"), ("Dead", "0/1")): [
        'death_day = { date = "Date of death or last contact", event = "Dead" }',
        'last_contact_day = { date = "Date of death or last contact" }',
    ],
    (("OS (months)", "months"), ("OS event", "0/1")): [
        'death_day = { time = "OS (months)", event = "OS event" }',
        'last_contact_day = "OS (months)"',
    ],
    (("OS (months)", "months"), ("Day of relapse", "some days"), ("OS event", "0/1")): [
        'relapse_day = "Day of relapse"',
        'death_day = { time = "OS (months)", event = "OS event", unit = "months" }',
        'last_contact_day = { column = "OS (months)", unit = "months" }',
    ],
    (("Follow-up (days)", "days"), ("Day of death", "some days")): [
        'death_day = "Day of death"',
        'last_contact_day = "Follow-up (days)"',
    ],
    (("OSTIME", "days"), ("OSSTAT", "0/1"), ("RFSTIME", "days"), ("RFSSTAT", "0/1")): [
        'death_day = { time = "OSTIME", event = "OSSTAT" }',
        'last_contact_day = "OSTIME"',
    ],
    (("os_mo", "months"), ("os_stat", "0/1"), ("ttr_mo", "months")): [  # to relapse, or to response
        'death_day = { time = "os_mo", event = "os_stat" }',
        'last_contact_day = "os_mo"',
    ],
    (("futime", "days"), ("death", "0/1"), ("ptime", "days"), ("pstat", "0/1")): [
        'relapse_day = { time = "ptime", event = "pstat" }',
        'death_day = { time = "futime", event = "death" }',
        'last_contact_day = "futime"',
    ],
    (
        ("OS", "days"),
        ("OS_EVENT", "0/1"),
        ("Death", "y/n"),
        INFUSION,
        ("Death date", "dates"),
        ("Last contact", "dates"),
    ): ['death_day = { time = "OS", event = "OS_EVENT" }', 'last_contact_day = "OS"'],
    (("OS", "days"), ("OS_CNSR", "0/1")): [
        'death_day = { time = "OS", event = "OS_CNSR", event_codes = ["0"] }',
        'last_contact_day = "OS"',
    ],
    (("OS days", "days"), ("Alive (y/n)", "y/n")): [
        'death_day = { time = "OS days", event = "Alive (y/n)", event_codes = ["n"] }',
        'last_contact_day = "OS days"',
    ],
    (("OS days", "days"), ("Vital status (1=alive, 2=dead)", "1/2")): [
        'death_day = { time = "OS days", event = "Vital status (1=alive, 2=dead)", event_codes = ["2"] }',
        'last_contact_day = "OS days"',
    ],
    (("LFS (days)", "days"), ("Relapse", "0/1")): ['relapse_day = { time = "LFS (days)", event = "Relapse" }'],
    (INFUSION, ("Relapse date", "dates"), ("Relapse (y/n)", "y/n")): ['relapse_day = { date = "Relapse date" }'],
}
OPEN = {
    (("Dead", "0/1"),): '"Dead" says whether patients died, and no column was found that says when',
    (("OS days", "days"),): '"OS days" is a time of follow-up, and no column was found that says who died',
    (
        ("Relapse day", "days"),
    ): 'relapse_day: "Relapse day" is given in every row, and no column says whether it happened',
    (("time", "days"), ("status", "1/2")): "follow-up and death, if these are they: last_contact_day",
}


def guessed(columns):
    return guess_table([column(*each) for each in columns], "patients")


@pytest.mark.parametrize("columns", PAIRS, ids=str)
def test_events_become_lines(columns):
    lines = [f"{line.name} = {line.source}" for line in guessed(columns).lines if line.name != "infusion_date"]
    assert lines == PAIRS[columns]


@pytest.mark.parametrize(("indicator", "cells"), [("Vital status", "0/1"), ("Dead", "1/2"), ("OS censoring", "0/1")])
def test_codes_that_nobody_explains_stand_for_nothing(indicator, cells):
    line = guessed([("OS days", "days"), (indicator, cells)]).lines[0]
    assert 'event_codes = ["TODO"]' in line.source


def test_a_relapse_that_nobody_knows_of_stays_unknown():
    relapse = ["0", "1", "unk"] * 8
    line = guessed([("Relapse day", "days"), ("Relapse", relapse)]).lines[0]
    assert line.source == '{ time = "Relapse day", event = "Relapse", unknown = ["unk"] }'


@pytest.mark.parametrize("columns", OPEN, ids=str)
def test_what_one_column_alone_does_not_tell_stays_open(columns):
    assert guessed(columns).open[0].startswith(OPEN[columns])


def test_a_recorded_endpoint_is_used_where_no_day_of_relapse_is_known():
    guess = guessed([("PFS (days)", "days"), ("PFS event", "0/1")])
    assert [line.source for line in guess.endpoints["lfs"]] == ['"PFS (days)"', '"PFS event"']


@pytest.mark.parametrize(
    ("header", "cells", "unit", "reason"),
    [
        ("OS (months)", "days", "months", "its header says months"),
        ("OS", "days", "days", "its numbers are those of days"),
        ("OS", "months", "months", "its numbers are those of months"),
        ("OS", "ages", "", "neither headers nor numbers tell days from months"),
    ],
)
def test_the_unit_is_that_of_the_longest_time(header, cells, unit, reason):
    guess = guessed([(header, cells), ("OS event", "0/1")])
    assert guess.unit == unit
    assert reason in guess.unit_reason


def test_dates_alone_leave_nothing_to_confirm_of_the_unit():
    guess = guessed([INFUSION, ("Date of death", "dates"), ("Last contact", "dates"), ("OS (months)", "months")])
    assert (guess.unit, guess.unit_reason) == ("days", "")
