"""Dates, times and indicators of events: which of those that a file has become the lines of study.toml."""

from dataclasses import dataclass, field

from helpers.cohort.initial.candidates import Candidate
from helpers.cohort.initial.lines import Line, event_line, named, quoted, toml_table

Chosen = dict[tuple[str, str], Candidate]
EVENTS = ("response_day", "relapse_day", "transplant_day", "dac_consolidation_day")
ENDPOINTS = {"event_free": "efs", "leukaemia_free": "lfs"}
FOLLOW_UP = ("overall_survival", "death_or_last_contact", "last_contact_day", "follow_up_time")  # best first
NEARLY_ALL = 0.97  # given in as many rows, a time is a follow-up, not the day of what happened to some
LONGEST_MONTHS = 600


@dataclass
class Events:
    """The lines of the events of a file, the columns that nothing needs with the reason, and what stays open."""

    chosen: Chosen
    unit: str = "days"  # of the study
    unit_reason: str = ""  # "" where there is nothing to confirm
    timed: list[Candidate] = field(default_factory=list)  # the times that lines are made of
    lines: list[Line] = field(default_factory=list)
    endpoints: dict[str, tuple[Line, Line]] = field(default_factory=dict)
    spare: dict[str, str] = field(default_factory=dict)  # by column
    open: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Fill the lines."""
        for _ in range(2):  # the second time in the unit of the times that are used
            self.lines, self.endpoints, self.open = [], {}, []
            self._survival()
            for name in EVENTS:
                self._event(name)
            for name, endpoint in ENDPOINTS.items():
                self._endpoint(name, endpoint)
            self.unit, self.unit_reason = study_unit(self.timed)

    def _get(self, name: str, aspect: str) -> Candidate | None:
        return self.chosen.get((name, aspect))

    def _survival(self) -> None:
        """Death and last contact: from dates, else from one time and its indicator."""
        died, seen = self._get("death_day", "date"), self._get("last_contact_day", "date")
        both = self._get("death_or_last_contact", "date")
        alive = self._get("death_day", "indicator") or self._get("overall_survival", "indicator")
        last = seen or both
        survival = self._get("overall_survival", "time"), self._get("overall_survival", "indicator")
        if all(found and found.source.name in ("OS", "OS_EVENT") for found in survival):  # as ADaM records it
            died = last = None
        if self._get("infusion_date", "") and last and (died or alive):
            self._from_dates(last, died, alive)
            return
        times = [self._get(name, "time") for name in FOLLOW_UP if alive or name != "follow_up_time"]
        died_time = self._get("death_day", "time")
        if all(survival):  # the two belong together
            alive = survival[1]
        time = next((found for found in times if found), None)
        if time is None and died_time and alive and is_full(died_time):
            time, died_time = died_time, None
        if time and died_time and not is_full(died_time):
            self._add(self._time("death_day", died_time), self._time("last_contact_day", time))
        elif time and alive:
            self._add(event_line("death_day", time, alive, self._own_unit(time)), self._time("last_contact_day", time))
        elif died and self._get("infusion_date", "") and time:
            self._add(date_line("death_day", died), self._time("last_contact_day", time))
        else:
            self.lines += [date_line(found.concept.name, found) for found in (died, seen) if found]
            self.lines += [self._time("last_contact_day", found) for found in (time,) if found]
            self._say_unresolved(time, died or died_time, alive)

    def _from_dates(self, last: Candidate, died: Candidate | None, alive: Candidate | None) -> None:
        self._add(date_line("last_contact_day", last))
        if died:
            self._add(date_line("death_day", died))
        elif alive:
            self._add(event_line("death_day", last, alive, "", key="date"))
        for aspect in ("time", "indicator"):
            if found := self._get("overall_survival", aspect):
                self._spare(found, "not needed: overall survival follows from the dates")
        if died and alive:
            self._spare(alive, f"not needed: {named(died)} says it")

    def _say_unresolved(self, time: Candidate | None, died: Candidate | None, alive: Candidate | None) -> None:
        if (both := self._get("death_or_last_contact", "date")) and not alive:
            self.open.append(f"{named(both)} is the day of death or of last contact, and no column says which")
        if alive and not died:
            self.open.append(f"{named(alive)} says whether patients died, and no column was found that says when")
        any_time, any_event = self._get("follow_up_time", "time"), self._get("any_event", "indicator")
        if any_time and any_event and not (time or died or alive):
            line = event_line("death_day", any_time, any_event, "")
            last = f"last_contact_day = {quoted(any_time.source.name)}"
            self.open.append(f"follow-up and death, if these are they: {last} and {line.name} = {line.source}")
        if time and not died and not alive:
            self.open.append(f"{named(time)} is a time of follow-up, and no column was found that says who died")

    def _event(self, name: str) -> None:
        """An event from its date, its day, or a time and its indicator."""
        date, time, whether = (self._get(name, aspect) for aspect in ("date", "time", "indicator"))
        if time is None and whether and name == "relapse_day":
            time = self._get("leukaemia_free", "time")
        if date and (self._get("infusion_date", "") or not time):
            self._add(date_line(name, date))
            for other in (time, whether):
                if other:
                    self._spare(other, f"not needed: {named(date)} says it")
        elif time and whether:
            self._add(event_line(name, time, whether, self._own_unit(time)))
        elif time and (name == "response_day" or not is_full(time)):
            self._add(self._time(name, time))
        elif time:
            self.open.append(f"{name}: {named(time)} is given in every row, and no column says whether it happened")
        elif whether:
            self.open.append(
                f"{name}: {named(whether)} says whether it happened, and no column was found that says when"
            )

    def _endpoint(self, name: str, endpoint: str) -> None:
        """An endpoint as recorded, where no day of relapse is known."""
        time, event = self._get(name, "time"), self._get(name, "indicator")
        known = any(line.name == "relapse_day" for line in self.lines)
        if time and event and not known and not self._own_unit(time):
            first = Line("time", quoted(time.source.name), time.reason)
            self.endpoints[endpoint] = first, Line("event", quoted(event.source.name), event.reason)
        for found in (time, event):
            if found and known and found not in self.timed:
                self._spare(found, "not needed: it follows from the days of the events")

    def _add(self, *lines: Line) -> None:
        self.lines += lines

    def _spare(self, found: Candidate, reason: str) -> None:
        self.spare[found.source.name] = reason

    def _time(self, name: str, found: Candidate) -> Line:
        """A day that the file counts."""
        own = self._own_unit(found)
        column = quoted(found.source.name)
        source = toml_table({"column": column, "unit": quoted(own)}, raw=True) if own else column
        return Line(name, source, f"{found.reason}; in {own or self.unit}")

    def _own_unit(self, found: Candidate) -> str:
        """The unit of a time where it is not that of the study."""
        self.timed.append(found)
        unit = unit_of(found)
        return unit if unit and unit != self.unit else ""


def study_unit(times: list[Candidate]) -> tuple[str, str]:
    """The unit of times, that of the longest, and the reason; no unit where none tells, no reason without times."""
    for found in sorted(times, key=lambda found: float(found.source.cells.numbers[-1]), reverse=True):
        if unit := unit_of(found):
            said = "its header says" if unit in found.header.meanings else "its numbers are those of"
            return unit, f"{named(found)}: {said} {unit}"
    if not times:
        return "days", ""
    return "", f"neither headers nor numbers tell days from months: look at {named(times[0])}"


def unit_of(found: Candidate) -> str:
    """The unit of a time: what its header says, else what its numbers leave as the only one; "" if neither tells."""
    said = found.header.meanings & {"days", "months"}
    numbers = found.source.cells.numbers
    if len(said) == 1:
        return next(iter(said))
    if numbers[-1] > LONGEST_MONTHS:
        return "days"
    return "months" if bool((numbers % 1 > 0).any()) else ""


def date_line(name: str, found: Candidate) -> Line:
    """The line of an event by its date."""
    return Line(name, f"{{ date = {quoted(found.source.name)} }}", found.reason)


def is_full(found: Candidate) -> bool:
    """True when a time is given in nearly every row."""
    return found.source.cells.given >= NEARLY_ALL * found.source.cells.rows
