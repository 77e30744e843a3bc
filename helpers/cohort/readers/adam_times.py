"""Times to events of ADTTE: units, censoring, and what shows that CNSR is coded the wrong way round."""

import re

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.adam_parameters import Parameter
from helpers.cohort.readers.export import day_numbers, numbers, taken
from helpers.cohort.texts import Texts
from helpers.study import DAYS_PER_MONTH

DAYS = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 365.25}
# A time may differ from its dates by the first day, by rounding to a decimal, and by the length of a month.
SLACK_DAYS, SLACK_UNITS, SLACK_SHARE = 1.5, 0.06, 0.02
# Words of descriptions; they only ever raise a fault.
NEGATED = re.compile(r"\b(no|not|non|without|free)\b.*")
DEATH, RETURN = r"death|died|dead\b|deceased", r"progress|relaps|recurr|\bpd\b"
EVENT = re.compile(f"{DEATH}|{RETURN}|failure")
NOT_COUNTED = re.compile(r"after|cut|unrelated|missed|second|following|subsequent|\bnew\b")
CENSORED = re.compile(
    r"alive|censor|lost to|withdr|ongoing|\blast\b|cut-?off|event[- ]free|complet|end of study|\A(no|not|without)\b"
)
# What a parameter is called, and the words that then tell of its event.
EVENTS_OF = {
    re.compile(r"overall survival|\Aos\Z"): re.compile(DEATH),
    re.compile(r"\A[perdl]fs\Z|(?<!non-)(?<!non )(progression|relapse|event|disease|leuk)\S*[- ]free"): re.compile(
        RETURN
    ),
}


def time_columns(parameter: Parameter, findings: Findings) -> tuple[dict[str, Texts], list[str]]:
    """The time in days, the event and the reason of a parameter, by subject, and how they were read.

    Faults, all recorded: a unit that the dates contradict or that nothing tells, codes that are no CNSR, and
    descriptions that contradict them.
    """
    part, code, rows = parameter.part, parameter.code, parameter.rows
    factor = DAYS[unit := _unit(parameter, findings)]
    codes = numbers(part.texts("CNSR"))
    _check_codes(parameter, codes, findings)
    _check_descriptions(parameter, codes, findings)
    times = part.texts("AVAL").each(lambda text: _in_days(text, factor))
    event = Texts(np.where(codes == 0, 0, np.where(codes > 0, 1, -1)), ("yes", "no"))
    described, censored = part.texts("EVNTDESC"), part.texts("CNSDTDSC")
    reason = Texts.of(np.where(described.given, described.values(), censored.values()))
    columns = {code: times, f"{code}_EVENT": event, f"{code}_REASON": reason}
    clock = f"AVAL in {unit} {_start(parameter)}"
    said = [f"{', '.join(columns)}: {parameter.title}, {parameter.subjects} of {part.name}, {clock}"]
    happened = {*(codes[rows] == 0).tolist()}
    if len(happened) == 1:
        said.append(f"every CNSR of {code} is {'0: nobody is censored' if happened == {True} else 'above 0: no event'}")
    return parameter.by_subject(columns), said


def _in_days(text: str, factor: float) -> str:
    try:
        return text if factor == 1 else repr(float(text) * factor)
    except ValueError:  # no number, which is a fault
        return text


def _unit(parameter: Parameter, findings: Findings) -> str:
    """The unit of AVAL: as AVALU says, else as ADT and STARTDT tell; a fault where they differ or neither tells."""
    part, rows = parameter.part, parameter.rows
    times = numbers(part.texts("AVAL"))[rows]
    days = (day_numbers(part.texts("ADT")) - day_numbers(part.texts("STARTDT")))[rows]
    off = {unit: _off(times, days, factor) for unit, factor in DAYS.items()}
    units = taken(part.texts("AVALU"), rows)
    words = [word.casefold() for word in units.each(str).texts] if units.given.all() else []
    named = [unit for word in words for unit in DAYS if word in (unit, unit[:-1])]
    told = [unit for unit in DAYS if not off[unit].any()] if np.isfinite(days - times).any() else []
    if len(words) == len(named) == 1 and not off[named[0]].any():
        return named[0]
    if not words and len(told) == 1:
        return told[0]
    if len(words) == len(named) == 1:
        problem, odd = f"AVAL in {named[0]} is not the time from STARTDT to ADT", rows[off[named[0]]]
    elif words:
        problem, odd = "AVALU is not one of days, weeks, months and years in all rows", rows[:0]
    elif told or not np.isfinite(days - times).any():
        problem, odd = "nothing tells the unit of AVAL", rows[:0]
    else:
        problem, odd = "AVAL is not the time from STARTDT to ADT in any unit", rows[min(off.values(), key=np.sum)]
    parameter.fault(problem, odd, "AVAL", "Give AVALU (DAYS, WEEKS, MONTHS or YEARS), or correct the dates.", findings)
    return "days"


def _off(times: np.ndarray, days: np.ndarray, factor: float) -> np.ndarray:
    """True for the rows whose time is not that between their dates, in a unit of `factor` days."""
    slack = SLACK_DAYS + (factor > 1) * (SLACK_UNITS * factor + SLACK_SHARE * np.abs(days))
    return np.abs(times * factor - days) > slack


def _check_codes(parameter: Parameter, codes: np.ndarray, findings: Findings) -> None:
    """Record a fault for the rows whose CNSR is no whole number from 0, and for those whose time is no number."""
    rows = parameter.rows
    if (wrong := rows[~((codes[rows] >= 0) & (codes[rows] % 1 == 0))]).size:
        remedy = "CNSR is 0 for the event, and 1 or more for a censored time."
        parameter.fault("CNSR is not a whole number from 0", wrong, "CNSR", remedy, findings)
    if (timeless := rows[np.isnan(numbers(parameter.part.texts("AVAL"))[rows])]).size:
        parameter.fault("AVAL is not a number", timeless, "AVAL", "Give the time, or leave the row out.", findings)


def _check_descriptions(parameter: Parameter, codes: np.ndarray, findings: Findings) -> None:
    """Record a fault for the rows whose description, or whose death in ADSL, contradicts CNSR."""
    part, main, at, rows = parameter.part, parameter.main, parameter.at, parameter.rows
    described, censored = part.texts("EVNTDESC"), part.texts("CNSDTDSC")
    why = Texts.of(np.where(described.given, described.values(), censored.values()))
    wrong = (codes == 0) & (why.among(filter(_tells_of_censoring, why.texts)) | (censored.given & ~described.given))
    of_death, words = _events_of(parameter)
    wrong |= (codes > 0) & why.among(text for text in why.texts if words and _tells_of(words, text))
    if of_death:
        dead = main.texts("DTHFL").among(["Y", "y"]) | main.texts("DTHDT").given
        alive = at[(at >= 0) & ~dead]
        wrong[alive] |= dead.any() & (codes[alive] == 0)
    if (odd := rows[wrong[rows]]).size:
        problem = f"CNSR reads the wrong way round, by its description or the deaths of {main.name}"
        remedy = "CNSR is 0 for the event, and 1 or more for a censored time; correct the rows."
        parameter.fault(problem, odd, "CNSR", remedy, findings)


def _tells_of_censoring(text: str) -> bool:
    """Whether a description can only be that of a censored time."""
    text = text.casefold()
    return bool(CENSORED.search(text)) and not EVENT.search(NEGATED.sub("", text))


def _events_of(parameter: Parameter) -> tuple[bool, re.Pattern[str] | None]:
    """Whether the event of a parameter is death alone, and the words that tell of its event, where they are known."""
    for number, (called, words) in enumerate(EVENTS_OF.items()):
        if any(map(called.search, [parameter.code.casefold(), parameter.title.casefold()])):
            return number == 0, words
    return False, None


def _tells_of(words: re.Pattern[str], text: str) -> bool:
    """Whether a description can only be that of an event that counts."""
    text = text.casefold()
    return bool(words.search(NEGATED.sub("", text))) and not NOT_COUNTED.search(text)


def _start(parameter: Parameter) -> str:
    """From which day of ADSL the times count."""
    there = parameter.at >= 0
    starts = day_numbers(parameter.part.texts("STARTDT"))[parameter.at[there]]
    known = np.isfinite(starts)
    days = {name: day_numbers(parameter.main.texts(name))[there][known] for name in ("TRTSDT", "RANDDT")}
    same = [name for name, dates in days.items() if known.any() and (dates == starts[known]).all()]
    return f"from {' and '.join(same) or ('STARTDT' if known.any() else 'a day that is not told')}"
