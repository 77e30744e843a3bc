"""The clinical rules: what the days, grades and responses of one patient say of each other."""

from collections.abc import Iterator

import numpy as np

from helpers.cohort.dictionary import columns_for
from helpers.cohort.rules.base import TOLERANCE, Broken, Facts, Rule, known, too_late
from helpers.study import Endpoint
from helpers.study.response import COMPLETE, FAILED, PARTIAL

TOXICITIES = ("crs", "icans")
ENDS = ("last_contact_day", "death_day")


def relapse_only_after_remission(facts: Facts) -> Iterator[Broken]:
    """A relapse needs a remission before it, unless everybody is in remission at time zero."""
    if not facts.has("relapse_day", "response") or facts.study.endpoints["lfs"].population == "all":
        return
    relapsed, response = facts.given["relapse_day"], facts.values["response"]
    counted = facts.study.response.counted
    failed = [word for word in (*COMPLETE, *PARTIAL, *FAILED, "not_evaluable") if word not in counted]
    never = np.isin(response, failed) | ~facts.given["response"]
    problem = "a relapse is recorded but the response is not a remission; relapse is defined only after remission"
    remedy = "Correct response or relapse_day, or say in study.toml [response] which responses count as remission."
    yield Broken("A relapse follows a remission", "relapse_day, response", relapsed, never, problem, remedy)
    if facts.has("response_day"):
        day, start = facts.values["relapse_day"], facts.values["response_day"]
        applies = known(day, start) & np.isin(response, counted)
        check, problem = "A relapse is later than the remission", "the relapse is not after the remission it ends"
        remedy = "Correct relapse_day or response_day."
        yield Broken(check, "relapse_day, response_day", applies, day <= start + TOLERANCE, problem, remedy)


def nothing_after_last_contact(facts: Facts) -> Iterator[Broken]:
    """No event is later than the last contact, nor later than the death."""
    days = [c.name for c in columns_for(facts.study, "patients").values() if c.role == "event"]
    for end, word in zip(ENDS, ("last contact", "death"), strict=True):
        for name in days:
            if not facts.has(name, end):
                continue
            day, last, problem = facts.values[name], facts.values[end], f"later than the {word}"
            breaks = day > last + TOLERANCE
            if end == "death_day" and facts.has("last_contact_day"):  # said once, not twice
                breaks &= ~(day > facts.values["last_contact_day"] + TOLERANCE)
            applies, remedy = known(day, last), f"Correct {name} or {end}."
            yield Broken(f"Nothing after {word}", f"{name}, {end}", applies, breaks, problem, remedy)


def death_is_last_contact(facts: Facts) -> Iterator[Broken]:
    """The day of death is the day of last contact: follow-up ends with it."""
    if facts.has("death_day", "last_contact_day"):
        death, last = facts.values["death_day"], facts.values["last_contact_day"]
        columns = "death_day, last_contact_day"
        remedy = "For a patient who died, last_contact_day is the day of death."
        problem = "the death is after the last contact"
        yield too_late("No death after last contact", columns, death, last, problem, remedy)
        problem = "the last contact is after the death"
        yield too_late("No contact after death", columns, last, death, problem, remedy)


def response_day_needs_response(facts: Facts) -> Iterator[Broken]:
    """A day of response belongs to a recorded response."""
    if facts.has("response_day", "response"):
        day, response = facts.given["response_day"], facts.given["response"]
        problem, remedy = "a day of response without a response", "Give the response, or leave response_day empty."
        yield Broken("A day of response has a response", "response_day, response", day, ~response, problem, remedy)


def cause_needs_death(facts: Facts) -> Iterator[Broken]:
    """A cause of death belongs to a day of death."""
    if facts.has("cause_of_death", "death_day"):
        given, alive = facts.given["cause_of_death"], ~facts.given["death_day"]
        problem, remedy = "a cause of death without a death", "Give death_day, or leave cause_of_death empty."
        yield Broken("A cause of death has a death", "cause_of_death, death_day", given, alive, problem, remedy)


def toxicity_needs_grade(facts: Facts) -> Iterator[Broken]:
    """Onset and duration of CRS and ICANS belong to a grade of 1 or more."""
    for event in TOXICITIES:
        grade = f"{event}_grade"
        for name in (f"{event}_onset_day", f"{event}_duration_days"):
            if facts.has(grade, name):
                given, none = facts.given[name], (facts.values[grade] == 0) | ~facts.given[grade]
                problem, remedy = f"given although {grade} is 0 or empty", f"Correct {grade}, or leave {name} empty."
                yield Broken("Onset and duration have a grade", f"{name}, {grade}", given, none, problem, remedy)


def grade_5_is_death(facts: Facts) -> Iterator[Broken]:
    """Grade 5 is death."""
    for grade in ("crs_grade", "icans_grade"):
        if facts.has(grade, "death_day"):
            fatal, alive = facts.values[grade] == 5, ~facts.given["death_day"]
            problem = "grade 5 means death, but there is no day of death"
            remedy = "Correct the grade or give death_day."
            yield Broken("Grade 5 has a death", f"{grade}, death_day", fatal, alive, problem, remedy)


def toxicity_ends_by_last_contact(facts: Facts) -> Iterator[Broken]:
    """CRS and ICANS end on the day of last contact at the latest; the days of onset and end both count."""
    for event in TOXICITIES:
        onset, duration = f"{event}_onset_day", f"{event}_duration_days"
        if not facts.has(onset, duration, "last_contact_day"):
            continue
        end, last = facts.values[onset] + facts.values[duration] - 1, facts.values["last_contact_day"]
        applies, breaks = known(end, last), end > last + 1  # both days may be counted
        columns, remedy = f"{duration}, last_contact_day", f"Correct {onset}, {duration} or last_contact_day."
        yield Broken("Nothing after last contact", columns, applies, breaks, "lasts beyond the last contact", remedy)


def recorded_endpoint_has_event(facts: Facts) -> Iterator[Broken]:
    """A recorded LFS event is a recorded relapse or death, and either of them by its day is an event."""
    lfs = facts.study.endpoints["lfs"]
    if not lfs.recorded or not facts.has(lfs.day_column, lfs.event_column, "relapse_day", "death_day"):
        return
    event = facts.values[lfs.event_column]
    place = f"{lfs.day_column}, {lfs.event_column}"
    none = ~facts.given["relapse_day"] & ~facts.given["death_day"]
    sure = _relapse_known(facts)
    problem, remedy = "an event without a relapse or a death", "Correct the indicator, relapse_day or death_day."
    yield Broken("A recorded event has its cause", place, (event == "yes") & sure, none, problem, remedy)
    first = np.fmin(facts.values["relapse_day"], facts.values["death_day"])
    relapsed = first <= facts.values[lfs.day_column] + TOLERANCE
    problem = "no event although a relapse or death is recorded by that day"
    yield Broken("A recorded relapse is an event", place, (event == "no") & sure, relapsed, problem, remedy)


def unknown_relapse_has_no_day(facts: Facts) -> Iterator[Broken]:
    """A patient of whom it is not known whether they relapsed has no day of relapse."""
    if facts.has("relapse_known", "relapse_day"):
        unknown, place = facts.values["relapse_known"] == "no", "relapse_known, relapse_day"
        problem, remedy = "a day of relapse although it is not known whether there was one", "Correct either."
        yield Broken("An unknown relapse has no day", place, unknown, facts.given["relapse_day"], problem, remedy)


def better_responses_count(facts: Facts) -> Iterator[Broken]:
    """A response that is better than one that counts as remission counts too."""
    if facts.has("response"):
        words, counted = [*COMPLETE, *PARTIAL], facts.study.response.counted
        better = [word for word in words[: words.index(counted[-1])] if word not in counted]
        response = facts.values["response"]
        problem = "a better response than one that counts as remission does not count"
        remedy = "Add its word to remission in study.toml [response]."
        breaks = np.isin(response, better)
        yield Broken("Better responses count too", "response", facts.given["response"], breaks, problem, remedy)


def recorded_endpoint_is_whole(facts: Facts) -> Iterator[Broken]:
    """A recorded endpoint has its time and its indicator for every patient of its population."""
    for endpoint in facts.study.endpoints.values():
        if endpoint.recorded and facts.has(endpoint.day_column, endpoint.event_column):
            time, event = facts.given[endpoint.day_column], facts.given[endpoint.event_column]
            sure = _relapse_known(facts) & _in_population(facts, endpoint)
            place = f"{endpoint.day_column}, {endpoint.event_column}"
            problem, remedy = "the recorded time is empty", "Give the time of the event, or of the last contact."
            yield Broken("A recorded endpoint has its time", place, sure, ~time, problem, remedy)
            problem, remedy = "a recorded time without its indicator", "Say whether the event happened."
            yield Broken("A recorded time has its indicator", place, time & sure, ~event, problem, remedy)


def _relapse_known(facts: Facts) -> np.ndarray:
    """True for the patients of whom it is known whether they relapsed."""
    everybody = np.ones(len(facts.rows), bool)
    return facts.values["relapse_known"] != "no" if facts.has("relapse_known") else everybody


def _in_population(facts: Facts, endpoint: Endpoint) -> np.ndarray:
    """True for the patients of whom an endpoint is asked."""
    if endpoint.population == "all" or not facts.has("response"):
        return np.ones(len(facts.rows), bool)
    return np.isin(facts.values["response"], facts.study.response.counted)


CLINICAL_RULES: tuple[Rule, ...] = (
    relapse_only_after_remission,
    nothing_after_last_contact,
    death_is_last_contact,
    response_day_needs_response,
    toxicity_needs_grade,
    grade_5_is_death,
    cause_needs_death,
    toxicity_ends_by_last_contact,
    recorded_endpoint_has_event,
    recorded_endpoint_is_whole,
    better_responses_count,
    unknown_relapse_has_no_day,
)
