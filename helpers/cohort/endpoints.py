"""Time, event and cause of each endpoint.

Every endpoint is the earliest of some dated events, else it is censored at last contact. Events on one day count in
this order: relapse, non-response, death; so a patient who relapses and dies on one day has relapsed. An event on the
day of last contact is an event. Times are months of 30.4375 days and may be 0.

- os: death, among everybody.
- efs: non-response, relapse, death. A patient who never reached remission (no response, not evaluable or not
  recorded: failures in the response rates too) has the event "non-response" on response_day, or on day 0 when no
  day is recorded. One who was not evaluable, has no such day and died has the event on the day of death.
- lfs and dor: relapse or death without relapse. relapse, nrm: each alone, the other competing.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.cohort.outcomes import in_remission, outcome, outcome_label
from helpers.cohort.rules import TOLERANCE
from helpers.faults import PlainError
from helpers.frames import About, Frame
from helpers.study import DAYS_PER_MONTH, EVERYBODY, Endpoint, Study

RELAPSE, DEATH, NON_RESPONSE = "relapse", "death", "non-response"
DEATH_WITHOUT_RELAPSE, CENSORED = "death without relapse", "censored"
ROWS_SHOWN = 5
LEFT_OUT = (("without_origin", "day of response"), ("without_relapse_status", "relapse"))  # counts in `attrs`
SWITCHED_OFF = "switched off in study.toml"
# The causes that count as the event of each endpoint.
CAUSES = {
    "os": (DEATH,),
    "efs": (RELAPSE, NON_RESPONSE, DEATH_WITHOUT_RELAPSE),
    "lfs": (RELAPSE, DEATH_WITHOUT_RELAPSE),
    "relapse": (RELAPSE,),
    "nrm": (DEATH_WITHOUT_RELAPSE,),
    "dor": (RELAPSE, DEATH_WITHOUT_RELAPSE),
}


class NotRecorded(PlainError, LookupError):
    """What is asked for needs columns that this cohort does not have; the message says which."""


class EndpointData(Frame):
    """The patients of an endpoint with time_months, event (1 = event) and cause; `about` says which endpoint.

    One row per patient. For an outcome without a clock the columns are the same but for time_months and cause.
    Without columns: the cohort does not record the endpoint. Shows itself: patients, events, clock, first rows.
    """

    holds_patients = True

    def heading(self) -> str:
        """ "Overall survival: 35 patients (all patients), 20 events; months since second CAR-T infusion"."""
        if not self.shape[1]:
            return f"{self.about.label}: {SWITCHED_OFF if self.about.off else 'not recorded in this cohort'}"
        clock = f"; {self.about.clock}" if self.about.clock else ""
        left_out = [f"; {self.attrs[name]} left out, {why} not known" for name, why in LEFT_OUT if self.attrs.get(name)]
        events = int(self["event"].sum())
        patients = f"{len(self)} patient{'s' * (len(self) != 1)} ({self.about.population})"
        counted = f"{patients}, {events} event{'s' * (events != 1)}"
        return f"{self.about.label}: {counted}{clock}{''.join(left_out)}"

    def first_rows(self) -> pd.DataFrame:
        """Who, when and what, of the first patients."""
        names = [name for name in ("patient_id", "arm", "time_months", "event", "cause") if name in self]
        return pd.DataFrame(self.loc[:, names]).head(ROWS_SHOWN)


def survival_data(patients: pd.DataFrame, study: Study, key: str, origin: str | None = None) -> EndpointData:
    """The patients of an endpoint's population with its time_months, event (1 = event) and cause.

    One row per patient, with the index and columns of `patients`. `cause` is "censored", "death",
    "relapse", "death without relapse" or "non-response". For "relapse" and "nrm" `cause` has both competing
    causes and `event` is 1 for the one asked for. `origin` ("infusion" or "remission") overrides the study's.
    With the origin "remission", patients in remission without a response_day are left out; their number is in
    `.attrs["without_origin"]`; but for overall survival so are patients of whom it is not known whether they relapsed
    (`.attrs["without_relapse_status"]`). Raises NotRecorded when a column is missing or the study
    switches the endpoint off, ValueError for an unknown word.
    """
    if key not in CAUSES:
        raise ValueError(f"There is no endpoint {key!r}. Known: {', '.join(CAUSES)}.")
    endpoint = study.endpoints[key]
    if endpoint.off:
        raise NotRecorded(f"It is {SWITCHED_OFF}")
    origin = origin or endpoint.origin
    if origin not in ("infusion", "remission") or (origin == "remission" and endpoint.from_time_zero):
        raise ValueError(f"The clock of {key} cannot start at {origin!r}.")
    in_cr = recorded(patients, "response") or not study.response.at_time_zero  # else everybody is, as study.toml says
    if endpoint.population != "all" and in_cr:
        population = study.populations[endpoint.population]
        _require(recorded(patients, "response"), f"The response, which defines {population},")
        patients = patients[in_remission(patients, study.response)]
    population = patients
    if key != "os":
        patients = patients[relapse_is_known(patients)]
    without_status = len(population) - len(patients)
    start = pd.Series(0.0, index=patients.index)
    if origin == "remission":
        _require(recorded(patients, "response_day"), "The day of response")
        start = patients["response_day"]
    days, cause = _days_and_causes(patients, study, key)
    months, event = (days - start) / DAYS_PER_MONTH, cause.isin(CAUSES[key]).astype(int)
    started = start.notna()
    followed = EndpointData(patients if started.all() else patients[started])
    data = followed.assign(time_months=months, event=event, cause=cause)
    data.attrs |= {"without_origin": len(patients) - len(data), "without_relapse_status": without_status}
    data.about = about_endpoint(study, key, origin)
    return data


def outcome_data(patients: pd.DataFrame, study: Study, name: str) -> EndpointData:
    """The patients of a yes-or-no outcome (see helpers.cohort.outcomes) with `event`, 1 for those who had it.

    One row per patient of whom it is known; without columns when the cohort does not record it.
    """
    reached = outcome(patients, name, study.response)
    data = EndpointData(patients.loc[reached.index].assign(event=reached.astype(int)) if len(reached) else None)
    data.about = replace(
        about_patients(study, name, outcome_label(name, study.response)), min_at_risk=study.min_at_risk
    )
    return data


def about_patients(study: Study, key: str, label: str) -> About:
    """What a description of all patients is about."""
    return About(key, label, EVERYBODY, comparison=study.comparison, styles=study.styles, sides=study.sides)


def about_endpoint(study: Study, key: str, origin: str | None = None) -> About:
    """What an endpoint's table is about: the study's label, population and clock, and the causes that end it."""
    endpoint = study.endpoints[key]
    origin = origin or endpoint.origin
    return About(
        key=key,
        label=endpoint.label,
        population=study.populations[endpoint.population],
        clock=f"months since {study.time_zero if origin == 'infusion' else study.response.noun}",
        origin=origin,
        causes=CAUSES[key],
        remission=study.response.noun,
        ends=study.response.ends,
        off=endpoint.off,
        comparison=study.comparison,
        styles=study.styles,
        sides=study.sides,
        min_at_risk=study.min_at_risk,
    )


def recorded(patients: pd.DataFrame, *columns: str) -> bool:
    """True when every one of the columns is there and has at least one value."""
    return all(column in patients and patients[column].notna().any() for column in columns)


def relapse_is_known(patients: pd.DataFrame) -> pd.Series:
    """Whether it is known of each patient if the disease came back; of everybody unless relapse_known says no."""
    return ~patients.get("relapse_known", pd.Series("yes", patients.index)).eq("no")


def _require(is_recorded: bool, what: str) -> None:
    """Raise NotRecorded where the cohort lacks what an endpoint needs."""
    if not is_recorded:
        raise NotRecorded(f"{what} is not recorded in this cohort")


def _first(patients: pd.DataFrame, events: dict[str, pd.Series]) -> tuple[pd.Series, pd.Series]:
    """Day and name of the first event, of equal days the one named first; last contact and "censored" without any."""
    named = {**events, CENSORED: patients["last_contact_day"]}
    days = [day.to_numpy(float) for day in named.values()]
    first = np.fmin.reduce(days)
    cause = np.select([day <= first + TOLERANCE for day in days], range(len(days)))
    names = np.array([*named], dtype=object)[cause]
    return pd.Series(first, patients.index), pd.Series(names, patients.index, dtype=object)


def _days_and_causes(patients: pd.DataFrame, study: Study, key: str) -> tuple[pd.Series, pd.Series]:
    """Day and cause of the end of an endpoint: as recorded by the source, else of the first of its events."""
    if key == "os":
        return _first(patients, {DEATH: patients["death_day"]})
    source = study.endpoints["efs" if key == "efs" else "lfs"]
    if source.recorded:
        return _as_recorded(patients, source, study)
    events = {}
    if key == "efs":
        _require(recorded(patients, "response"), "The response, whose failure ends event-free survival,")
        events[NON_RESPONSE] = _failure_day(patients, study)
    _require("relapse_day" in patients, "The day of relapse")
    return _first(patients, {RELAPSE: patients["relapse_day"], **events, DEATH_WITHOUT_RELAPSE: patients["death_day"]})


def _failure_day(patients: pd.DataFrame, study: Study) -> pd.Series:
    """The day on which patients who never reached remission failed, NaN for the others."""
    day = patients["response_day"] if "response_day" in patients else pd.Series(np.nan, index=patients.index)
    unassessed = outcome(patients, "not_assessed", study.response) & patients["death_day"].notna() & day.isna()
    return day.fillna(0.0).mask(in_remission(patients, study.response) | unassessed)


def _as_recorded(patients: pd.DataFrame, endpoint: Endpoint, study: Study) -> tuple[pd.Series, pd.Series]:
    """The source's own time and indicator; the cause from the days of relapse and death.

    Where no relapse days are recorded, an event on the day of death is a death, any other a relapse (or the
    non-response of a patient who never reached remission).
    """
    days, event = patients[endpoint.day_column], patients[endpoint.event_column] == "yes"
    if "relapse_day" in patients:
        relapsed = patients["relapse_day"] <= days + TOLERANCE
    else:
        relapsed = (patients["death_day"] - days).abs().gt(TOLERANCE) | patients["death_day"].isna()
    cause = pd.Series(np.where(relapsed, RELAPSE, DEATH_WITHOUT_RELAPSE), index=patients.index, dtype=object)
    if endpoint.key == "efs" and recorded(patients, "response"):
        failed = ~in_remission(patients, study.response) & cause.eq(RELAPSE)
        cause = cause.mask(failed, NON_RESPONSE)
    return days, cause.where(event, CENSORED)
