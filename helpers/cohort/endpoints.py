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

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.cohort.load import Cohort
from helpers.cohort.rules import REMISSION, TOLERANCE
from helpers.faults import PlainError
from helpers.study import DAYS_PER_MONTH, POPULATION_LABELS

RELAPSE, DEATH, NON_RESPONSE = "relapse", "death", "non-response"
DEATH_WITHOUT_RELAPSE, CENSORED = "death without relapse", "censored"


class NotRecorded(PlainError, LookupError):
    """What is asked for needs columns that this cohort does not have; `reason` says which, for the reader."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def survival_data(cohort: Cohort, key: str, origin: str | None = None) -> pd.DataFrame:
    """The patients of an endpoint's population with its time_months, event (1 = event) and cause.

    One row per patient, with the index and columns of `cohort.patients`. `cause` is "censored", "death",
    "relapse", "death without relapse" or "non-response". For "relapse" and "nrm" `cause` has both competing
    causes and `event` is 1 for the one asked for. `origin` ("infusion" or "remission") overrides the study's.
    With the origin "remission", patients in remission without a response_day are left out; their number is in
    `.attrs["without_origin"]`. Raises NotRecorded when a column is missing, ValueError for an unknown word.
    """
    if key not in OUTCOMES:
        raise ValueError(f"There is no endpoint {key!r}. Known: {', '.join(OUTCOMES)}.")
    origin = origin or cohort.study.endpoints[key].origin
    if origin not in ("infusion", "remission") or (origin == "remission" and key in ("os", "efs")):
        raise ValueError(f"The clock of {key} cannot start at {origin!r}.")
    patients = _population(cohort, key)
    start = _start(cohort, patients, origin)
    days, cause = OUTCOMES[key](cohort, patients)
    asked = {"relapse": [RELAPSE], "nrm": [DEATH_WITHOUT_RELAPSE]}.get(key)
    event = cause.isin(asked) if asked else cause != CENSORED
    data = patients.assign(time_months=(days - start) / DAYS_PER_MONTH, event=event.astype(int), cause=cause)
    kept = data[start.notna()].copy()
    kept.attrs["without_origin"] = len(data) - len(kept)
    return kept


def _population(cohort: Cohort, key: str) -> pd.DataFrame:
    """The patients in whom the endpoint is read."""
    patients, population = cohort.patients, cohort.study.endpoints[key].population
    if population == "all":
        return patients
    if not cohort.recorded("response"):
        raise NotRecorded(
            f"The response, which defines {POPULATION_LABELS[population]}, is not recorded in this cohort"
        )
    return patients[patients["response"].isin(REMISSION)]


def _start(cohort: Cohort, patients: pd.DataFrame, origin: str) -> pd.Series:
    """The day on which each patient's clock starts."""
    if origin == "infusion":
        return pd.Series(0.0, index=patients.index)
    if not cohort.recorded("response_day"):
        raise NotRecorded("The day of response is not recorded in this cohort")
    return patients["response_day"]


def _first(patients: pd.DataFrame, events: dict[str, pd.Series]) -> tuple[pd.Series, pd.Series]:
    """Day and name of the first event, of equal days the one named first; last contact and "censored" without any."""
    days = pd.DataFrame({**events, CENSORED: patients["last_contact_day"].astype(float)}, index=patients.index)
    if days.empty:
        return pd.Series(dtype=float, index=patients.index), pd.Series(dtype=object, index=patients.index)
    first = days.min(axis=1)
    is_first = days.le(first + TOLERANCE, axis=0).to_numpy()
    names = np.asarray(days.columns, dtype=object)[is_first.argmax(axis=1)]
    return first, pd.Series(names, index=patients.index, dtype=object)


def _column(cohort: Cohort, patients: pd.DataFrame, name: str, words: str) -> pd.Series:
    """A column of event days; NotRecorded when the source has no such column."""
    if name not in cohort.patients:
        raise NotRecorded(f"{words} is not recorded in this cohort")
    return patients[name]


def _overall(cohort: Cohort, patients: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Death from any cause."""
    return _first(patients, {DEATH: patients["death_day"]})


def _event_free(cohort: Cohort, patients: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Non-response, relapse or death."""
    if cohort.study.endpoints["efs"].recorded:
        return _as_recorded(cohort, patients, "efs")
    if not cohort.recorded("response"):
        raise NotRecorded("The response, whose failure ends event-free survival, is not recorded in this cohort")
    relapse = _column(cohort, patients, "relapse_day", "The day of relapse")
    events = {RELAPSE: relapse, NON_RESPONSE: _failure_day(patients), DEATH_WITHOUT_RELAPSE: patients["death_day"]}
    return _first(patients, events)


def _failure_day(patients: pd.DataFrame) -> pd.Series:
    """The day on which patients who never reached remission failed, NaN for the others."""
    day = patients["response_day"] if "response_day" in patients else pd.Series(np.nan, index=patients.index)
    unassessed = ~patients["response"].isin([*REMISSION, "nr"]) & patients["death_day"].notna() & day.isna()
    return day.fillna(0.0).mask(patients["response"].isin(REMISSION) | unassessed)


def _leukaemia_free(cohort: Cohort, patients: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Relapse or death without relapse."""
    if cohort.study.endpoints["lfs"].recorded:
        return _as_recorded(cohort, patients, "lfs")
    relapse = _column(cohort, patients, "relapse_day", "The day of relapse")
    return _first(patients, {RELAPSE: relapse, DEATH_WITHOUT_RELAPSE: patients["death_day"]})


def _as_recorded(cohort: Cohort, patients: pd.DataFrame, key: str) -> tuple[pd.Series, pd.Series]:
    """The source's own time and indicator; the cause from the days of relapse and death.

    Where no relapse days are recorded, an event on the day of death is a death, any other a relapse (or the
    non-response of a patient who never reached remission).
    """
    endpoint = cohort.study.endpoints[key]
    days, event = patients[endpoint.day_column], patients[endpoint.event_column] == "yes"
    if "relapse_day" in patients:
        relapsed = patients["relapse_day"] <= days + TOLERANCE
    else:
        relapsed = (patients["death_day"] - days).abs().gt(TOLERANCE) | patients["death_day"].isna()
    cause = pd.Series(np.where(relapsed, RELAPSE, DEATH_WITHOUT_RELAPSE), index=patients.index, dtype=object)
    if key == "efs" and cohort.recorded("response"):
        failed = ~patients["response"].isin(REMISSION) & cause.eq(RELAPSE)
        cause = cause.mask(failed, NON_RESPONSE)
    return days, cause.where(event, CENSORED)


OUTCOMES: dict[str, Callable[[Cohort, pd.DataFrame], tuple[pd.Series, pd.Series]]] = {
    "os": _overall,
    "efs": _event_free,
    "lfs": _leukaemia_free,
    "relapse": _leukaemia_free,
    "nrm": _leukaemia_free,
    "dor": _leukaemia_free,
}
