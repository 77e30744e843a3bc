"""The flow of patients (STROBE): how many reach each step and why the others do not; accrual; checks of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.cohort.findings import NOTE, QUESTION
from helpers.cohort.outcomes import in_remission, outcome
from helpers.stats.estimates import Estimates, estimates
from helpers.stats.proportions.by_group import ALL, several
from helpers.study import Study
from helpers.study.flow import FlowStep

FLOW, STOPPED, TREATED = "flow", "stopped", "treated"
PERIOD = "Calendar months of the first and the last patient at time zero"
UNKNOWN = "reason not recorded"
COUNT = {"endpoint": "cohort", "endpoint_label": "Cohort", "population": "all patients", "group": ALL}
COUNT |= {"measure": "count", "method": "Count"}
STARTS = {QUESTION: "Question: ", NOTE: "Note: "}  # of the kinds of checks that refuse nothing


@dataclass(frozen=True)
class Step:
    """A step of the flow: its key and label, its patients, those of the step above, and why the others stopped."""

    key: str
    label: str
    patients: int
    above: int
    stopped: Mapping[str, int]

    @property
    def reasons(self) -> dict[str, int]:
        """Why patients of the step above went no further, with their number; what is left open is said."""
        unknown = self.above - self.patients - sum(self.stopped.values())
        return {reason: count for reason, count in {**self.stopped, UNKNOWN: unknown}.items() if count}


def flow_steps(patients: pd.DataFrame, study: Study) -> Estimates:
    """Return one count per step: those of the screening log, time zero, evaluable, in remission, each later treatment.

    level is the step (variable "flow"): "screening_1" and so on, "treated", "evaluable", "in_remission", the key of
    a treatment; term is what the reader sees. n counts the patients of the step above, and the note says why some
    stopped there (see `flow_reasons`). Rows for everybody come first, then for each arm from time zero on. Steps that
    the cohort does not record are left out. Treatments count among patients in remission, if response is recorded;
    complications are no steps.
    """
    return estimates(
        COUNT
        | {"group": group, "term": step.label, "variable": FLOW, "level": step.key}
        | {"estimate": step.patients, "n": step.above}
        | {"note": "; ".join(f"{reason}: {count}" for reason, count in step.reasons.items())}
        for group, step in _steps(patients, study)
    )


def flow_reasons(patients: pd.DataFrame, study: Study) -> Estimates:
    """Return one count per reason why patients did not reach a step, of all (n) who did not.

    term and level are the reason (variable "stopped"), reference is the step. Steps and groups as in `flow_steps`.
    """
    return estimates(
        COUNT
        | {"group": group, "term": reason, "variable": STOPPED, "level": reason, "reference": step.key}
        | {"estimate": count, "n": step.above - step.patients}
        for group, step in _steps(patients, study)
        for reason, count in step.reasons.items()
    )


def _steps(patients: pd.DataFrame, study: Study) -> list[tuple[str, Step]]:
    """Every step of everybody, then of each arm if there are several, with the group's name."""
    arms = patients["arm"]
    log = zip(study.flow, [*study.flow[:1], *study.flow], strict=False)
    before = [
        Step(f"screening_{number}", step.label, step.patients, above.patients, above.stopped if number > 1 else {})
        for number, (step, above) in enumerate(log, start=1)
    ]
    steps = [(ALL, step) for step in [*before, *_from_time_zero(patients, study, study.flow)]]
    for arm in arms.cat.categories if several(arms) else []:
        steps += [(str(arm), step) for step in _from_time_zero(patients[arms == arm], study, ())]
    return steps


def _from_time_zero(patients: pd.DataFrame, study: Study, log: Sequence[FlowStep]) -> list[Step]:
    """The steps that the patients file holds, after the last one of the screening log."""
    above, lost = (log[-1].patients, log[-1].stopped) if log else (len(patients), {})
    steps = [Step(TREATED, study.treated[:1].upper() + study.treated[1:], len(patients), above, lost)]
    reached = patients
    if _recorded(patients, "response"):
        response = study.response
        evaluable = patients[~outcome(patients, "not_assessed", response)]
        out = patients.loc[patients.index.difference(evaluable.index), "response"]
        why = {"not evaluable": int(out.notna().sum()), "no response recorded": int(out.isna().sum())}
        steps.append(Step("evaluable", "Evaluable for response", len(evaluable), len(patients), why))
        reached = evaluable[in_remission(evaluable, response)]
        why = {f"no {response.noun}": len(evaluable) - len(reached)}
        label = f"In {'complete ' if response.complete else ''}{response.noun}"
        steps.append(Step("in_remission", label, len(reached), len(evaluable), why))
    for exposure in study.treatments:
        columns = [column for column in exposure.columns if column in patients]
        if columns:
            exposed = int(reached[columns].notna().any(axis=1).sum())
            why = {exposure.absence: len(reached) - exposed}
            steps.append(Step(exposure.key, exposure.label, exposed, len(reached), why))
    return steps


def _recorded(patients: pd.DataFrame, column: str) -> bool:
    """Tell whether any patient has a value of a column."""
    return column in patients and bool(patients[column].notna().any())


def patients_by_arm(patients: pd.DataFrame) -> Estimates:
    """Return the number of patients in each arm, if there are several, and in all."""
    arms = patients["arm"]
    counts = {str(arm): int((arms == arm).sum()) for arm in arms.cat.categories} if several(arms) else {}
    counts[ALL] = len(patients)
    return estimates(COUNT | {"group": group, "estimate": count, "n": count} for group, count in counts.items())


def accrual(patients: pd.DataFrame) -> Estimates:
    """Return how many patients have a date of time zero, and the first and last month (level); empty without dates."""
    if not _recorded(patients, "infusion_date"):
        return estimates([])
    dates = pd.to_datetime(patients["infusion_date"]).dropna()
    period = " to ".join(dict.fromkeys(day.strftime("%B %Y") for day in (dates.min(), dates.max())))
    row = {"endpoint": "accrual", "endpoint_label": "Accrual", "estimate": len(dates), "n": len(patients)}
    row |= {"variable": "infusion_date", "level": period, "method": PERIOD, "note": period}
    return estimates([COUNT | row])


def exposure_counts(patients: pd.DataFrame, kinds: Mapping[str, str], study: Study) -> Estimates:
    """Return the patients in remission with each kind of treatment (term -> day column), one row per kind (`variable`).

    n is the number in remission. Empty when the cohort records no response or none of the columns.
    """
    if not _recorded(patients, "response"):
        return estimates([])
    remission = patients[in_remission(patients, study.response)]
    fixed = COUNT | {"population": study.response.population, "n": len(remission)}
    return estimates(
        fixed
        | {"term": term, "variable": column, "variable_label": term, "estimate": int(remission[column].notna().sum())}
        for term, column in kinds.items()
        if column in patients
    )


def data_checks(quality: pd.DataFrame) -> Estimates:
    """Return a cohort's table of checks as estimates: the rows each check touched, of those (n) that it looked at.

    variable names the columns that were checked; level is "check", or "question" for what is doubtful, or "note" for
    what is no fault.
    """
    fixed = {"endpoint": "data_quality", "endpoint_label": "Quality of the data", "population": "all rows"}
    fixed |= {"group": ALL, "measure": "touched", "method": "Check of the data"}
    rows = quality.rename(columns={"columns": "checked"}).itertuples()
    return estimates(
        fixed
        | {"term": STARTS.get(row.kind, "") + row.check, "level": row.kind}
        | {"variable": row.checked, "variable_label": row.check, "note": row.checked}
        | {"estimate": row.rows_touched, "n": row.rows_checked}
        for row in rows
    )
