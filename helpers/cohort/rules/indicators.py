"""Indicators and days of events that may say the opposite of what they should: turned round, or 0 for never."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from helpers.cohort.dictionary import columns_for
from helpers.cohort.rules.base import Broken, Facts, Rule, whole

FEW, SEVERAL = 3, 5  # patients with the event
CENSORING = re.compile(r"cnsr|censor|censur|zensi|zensur|(?:^|[\W_])cens(?:$|[\W_])", re.I)
LONGER, CERTAIN = 0.75, 3.0  # see `reversed_indicators`
TURN = "Look whether 1 means the event; where it does not, name the code of the event in event_codes."


def never_is_not_day_0(facts: Facts) -> Iterator[Broken]:
    """What never happened has no day: 0 in its place would make everybody exposed, or relapsed, from the start.

    A fifth of the given days, and 3 or more: of a relapse, or a treatment that the dictionary has, it is a fault; of an
    exposure that the study declares one where no patient is without a day, else a question: it may begin at time zero.
    """
    columns = columns_for(facts.study, "patients")
    declared = {name for exposure in facts.study.exposures for name in exposure.columns}
    for name in sorted({"relapse_day", "transplant_day", "dac_consolidation_day"} | declared):
        if facts.has(name):
            day, given = facts.values[name], facts.given[name]
            zero = day == 0
            many = zero.sum() >= FEW and zero.sum() >= given.sum() / 5
            certain = columns[name].in_dictionary or given.all()
            problem = "day 0 for many patients: it may stand for what never happened"
            remedy = "Leave the cell empty for who never had it, or name 0 as a code for missing in study.toml."
            yield Broken("Never is not day 0", name, given, zero & many, problem, remedy, doubtful=not certain)


def censoring_is_no_event(facts: Facts) -> Iterator[Broken]:
    """An indicator of censoring (CNSR of ADaM: 0 is the event) is not read as one of the event without its codes."""
    sources = facts.study.columns["patients"]
    recorded = [item.event_column for item in facts.study.endpoints.values() if item.recorded]
    headers = {name: source.event for name, source in sources.items() if source.event and not source.event_codes}
    headers |= {name: sources[name].column for name in recorded if not sources[name].values}
    for name, header in headers.items():
        asked, wrong = np.ones(len(facts.rows), bool), bool(CENSORING.search(header))
        said = "an indicator of censoring is read as one of the event, so that every result would be turned round"
        codes = "" if name in recorded else ", or name the code of the event, as event_codes = [0]"
        remedy = f"Name a column that is 1 for the event{codes}."
        yield whole("No indicator of censoring", name, asked, wrong, (said, remedy), doubt=False)


def reversed_indicators(facts: Facts) -> Iterator[Broken]:
    """Who is followed longest is not, as a rule, who had the event: else the indicator may read the wrong way round.

    Asked where of all pairs of a patient with and one without the event the first has the longer time (where time zero
    has dates: the later end) in 3 of 4, and this by 3 standard errors of Mann and Whitney. In simulated cohorts of 50
    to 1,000 patients with 10 to 90% events, and 20 with 30 to 70%, dates tell every indicator that is turned round and
    suspect no true one, as long as follow-up ends on one date. Without dates so do patients followed long after the
    last was treated, but recruitment until the end hides it; and where patients are lost early while the hazard rises,
    up to one true indicator in three is asked about, with dates or without.
    """
    pairs = {"death_day": ("death_day", "last_contact_day")}
    pairs |= {item.event_column: (item.event_column, item.day_column) for item in facts.study.endpoints.values()}
    for name, columns in pairs.items():
        if facts.has(*columns):
            time, happened = facts.values[columns[1]], facts.values[name] == "yes"
            happened = facts.given[name] if name == "death_day" else happened
            ends = time + _days_since_1970(facts) if facts.has("infusion_date") else time
            wrong = _mostly_longer(ends, happened)
            said = "the patients with the event are followed longer than those without", TURN
            place = ", ".join(dict.fromkeys(columns))
            yield whole("Events come before the end of follow-up", place, ~np.isnan(time), wrong, said)


def _days_since_1970(facts: Facts) -> np.ndarray:
    """The dates of time zero as numbers of days; NaN where there is none."""
    dates = facts.values["infusion_date"].astype("datetime64[D]")
    return np.where(np.isnat(dates), np.nan, dates.astype(float))


def _mostly_longer(time: np.ndarray, event: np.ndarray) -> bool:
    """Whether patients with the event have longer times than those without, by far and beyond chance."""
    known = ~np.isnan(time)
    events = int(event[known].sum())
    others = int(known.sum()) - events
    if not events or not others:
        return False
    ranks = pd.Series(time[known]).rank().to_numpy()
    share = (ranks[event[known]].sum() - events * (events + 1) / 2) / (events * others)
    errors = (share - 1 / 2) / np.sqrt((events + others + 1) / (12 * events * others))
    return bool(share >= LONGER and errors >= CERTAIN)


def events_at_the_end(facts: Facts) -> Iterator[Broken]:
    """Relapses, complications and treatments do not fall on the day of last contact, as times of the censored do."""
    others = {name for exposure in facts.study.exposures for name in exposure.columns}
    for name in sorted({"relapse_day", *others}):
        if facts.has(name, "last_contact_day"):
            day, last = facts.values[name], facts.values["last_contact_day"]
            known = ~np.isnan(day) & ~np.isnan(last)
            at_end = np.abs(day - last)[known] < 1 / 2
            said = "four of five fall on the day of last contact, as the times of those without the event do", TURN
            many = known.sum() >= SEVERAL and at_end.mean() >= 4 / 5
            yield whole("Events do not end the follow-up", f"{name}, last_contact_day", known, bool(many), said)


def somebody_lives(facts: Facts) -> Iterator[Broken]:
    """Not everybody has died: a day of death that is given for all may be that of last contact for who is alive."""
    died = facts.given.get("death_day", np.zeros(1, bool))
    if len(died) >= 2 * SEVERAL and died.all():
        said = "every patient has a day of death", "Look whether it is empty for who was alive at last contact."
        yield whole("Not everybody has died", "death_day", died, True, said)


INDICATOR_RULES: tuple[Rule, ...] = (
    somebody_lives,
    never_is_not_day_0,
    censoring_is_no_event,
    reversed_indicators,
    events_at_the_end,
)
