"""The flow of patients (STROBE): how many reach each step, and why the others do not."""

import pandas as pd

from helpers.stats.estimates import combine, estimates
from helpers.study import Study

ASSESSED = ("cr", "cri", "nr")
REMISSION = ("cr", "cri")


def steps(patients: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one count per step: infused, evaluable, in remission, and each exposure after that.

    term is the step, n the patients of the step above, note the reasons why patients stopped there with their
    counts. Steps that the cohort does not record are left out. Exposures count among patients in remission; when the
    study starts in remission, among all.
    """
    rows = [_step("Infused", patients, patients, "")]
    reached = patients
    if _recorded(patients, "response"):
        evaluable = patients[patients["response"].isin(ASSESSED)]
        rows.append(_step("Evaluable for response", evaluable, patients, _reasons(patients, evaluable)))
        reached = evaluable[evaluable["response"].isin(REMISSION)]
        note = _reason("no remission", len(evaluable) - len(reached))
        rows.append(_step("In complete remission (CR or CRi)", reached, evaluable, note))
    for exposure in study.exposures:
        columns = [column for column in exposure.columns if _recorded(patients, column)]
        exposed = reached[reached[columns].notna().any(axis=1)] if columns else None
        if exposed is not None:
            rows.append(_step(exposure.label, exposed, reached, _reason("never", len(reached) - len(exposed))))
    return estimates(rows)


def _recorded(patients: pd.DataFrame, column: str) -> bool:
    return column in patients and bool(patients[column].notna().any())


def _step(term: str, kept: pd.DataFrame, above: pd.DataFrame, note: str) -> dict:
    fields = {"endpoint": "cohort", "population": "all patients", "group": "All", "measure": "count"}
    return fields | {"term": term, "estimate": len(kept), "n": len(above), "method": "Count", "note": note}


def _reason(words: str, count: int) -> str:
    return f"{words}: {count}" if count else ""


def _reasons(patients: pd.DataFrame, evaluable: pd.DataFrame) -> str:
    """Why patients could not be evaluated for response."""
    out = patients.loc[patients.index.difference(evaluable.index), "response"]
    counts = {"not evaluable": int(out.notna().sum()), "no response recorded": int(out.isna().sum())}
    return "; ".join(_reason(words, count) for words, count in counts.items() if count)


def by_arm(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the number of patients infused in each arm and in all."""
    groups = [(str(arm), int((patients["arm"] == arm).sum())) for arm in patients["arm"].cat.categories]
    fields = {"endpoint": "cohort", "population": "all patients", "measure": "count", "method": "Count"}
    rows = [fields | {"group": group, "estimate": count, "n": count} for group, count in groups]
    return combine(estimates([*rows, fields | {"group": "All", "estimate": len(patients), "n": len(patients)}]))
