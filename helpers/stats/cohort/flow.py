"""The flow of patients (STROBE): how many reach each step and why the others do not; accrual; checks of the data."""

from collections.abc import Mapping

import pandas as pd

from helpers.cohort.outcomes import REMISSION
from helpers.stats.estimates import estimates, stack
from helpers.stats.proportions.shares import several
from helpers.stats.survival.follow_up import follow_up
from helpers.study import Study

ASSESSED = ("cr", "cri", "nr")
INFUSED = "Infused"
PERIOD = "Calendar months of the first and the last infusion"
UNKNOWN = "reason not recorded"


def steps(patients: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one count per step: those of the screening log, infused, evaluable, in remission, each exposure.

    term is the step, n the patients of the step above, note the reasons why patients stopped there with their
    counts. Rows for everybody come first, then for each arm from the infusion on (the log knows no arms). Steps that
    the cohort does not record are left out. Exposures count among patients in remission; when the study starts in
    remission, among all.
    """
    arms = patients["arm"]
    parts = [(str(arm), patients[arms == arm]) for arm in arms.cat.categories if several(arms)]
    everybody = [*_before(study), *_from_infusion(patients, study)]
    log = study.flow[-1].patients if study.flow else len(patients)
    infused = [row["term"] for row in everybody].index(INFUSED)
    everybody[infused] |= {"n": log, "note": _stopped(study, len(patients))}
    rows = [row | {"group": group} for group, part in parts for row in _from_infusion(part, study)]
    return stack(estimates(everybody), estimates(rows))


def _before(study: Study) -> list[dict]:
    """The steps of the screening log, each with the reasons of those whom the step above lost."""
    sizes = [step.patients for step in study.flow]
    rows = [
        _count(step.label, step.patients, above, "") for step, above in zip(study.flow, sizes[:1] + sizes, strict=False)
    ]
    for row, step, above in zip(rows[1:], study.flow, sizes, strict=False):
        row["note"] = _told(step.stopped, above - row["estimate"])
    return rows


def _stopped(study: Study, infused: int) -> str:
    """Why patients at the last step of the screening log were not infused."""
    return _told(study.flow[-1].stopped, study.flow[-1].patients - infused) if study.flow else ""


def _told(stopped: Mapping[str, int], lost: int) -> str:
    """Reasons with their counts; what they leave open is said."""
    return _reasons(dict(stopped) | {UNKNOWN: lost - sum(stopped.values())})


def _from_infusion(patients: pd.DataFrame, study: Study) -> list[dict]:
    """The steps that the patients file holds."""
    rows, reached = [_count(INFUSED, len(patients), len(patients), "")], patients
    if _recorded(patients, "response"):
        evaluable = patients[patients["response"].isin(ASSESSED)]
        out = patients.loc[patients.index.difference(evaluable.index), "response"]
        why = {"not evaluable": int(out.notna().sum()), "no response recorded": int(out.isna().sum())}
        rows.append(_count("Evaluable for response", len(evaluable), len(patients), _reasons(why)))
        reached = evaluable[evaluable["response"].isin(REMISSION)]
        why = {"no remission": len(evaluable) - len(reached)}
        rows.append(_count("In complete remission (CR or CRi)", len(reached), len(evaluable), _reasons(why)))
    for exposure in study.exposures:
        columns = [column for column in exposure.columns if column in patients]
        if columns:
            exposed = int(reached[columns].notna().any(axis=1).sum())
            rows.append(_count(exposure.label, exposed, len(reached), _reasons({"never": len(reached) - exposed})))
    return rows


def _recorded(patients: pd.DataFrame, column: str) -> bool:
    return column in patients and bool(patients[column].notna().any())


def _count(term: str, kept: int, above: int, note: str) -> dict:
    fields = {"endpoint": "cohort", "population": "all patients", "group": "All", "measure": "count"}
    return fields | {"term": term, "estimate": kept, "n": above, "method": "Count", "note": note}


def _reasons(counts: Mapping[str, int]) -> str:
    """Reasons with their counts; those of nobody are left out."""
    return "; ".join(f"{words}: {count}" for words, count in counts.items() if count)


def by_arm(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the number of patients infused in each arm, if there are several, and in all."""
    arms = patients["arm"]
    groups = [(str(arm), int((arms == arm).sum())) for arm in arms.cat.categories if several(arms)]
    fields = {"endpoint": "cohort", "population": "all patients", "measure": "count", "method": "Count"}
    rows = [fields | {"group": group, "estimate": count, "n": count} for group, count in groups]
    return stack(estimates([*rows, fields | {"group": "All", "estimate": len(patients), "n": len(patients)}]))


def follow_up_by_arm(overall: pd.DataFrame) -> pd.DataFrame:
    """Return follow-up (see `survival.follow_up`) of everybody, then of each arm if there are several."""
    everybody = follow_up(overall)
    if everybody.empty or not several(overall["arm"]):
        return everybody
    return stack(everybody, follow_up(overall, by="arm"))


def accrual(patients: pd.DataFrame) -> pd.DataFrame:
    """Return one row: how many patients have an infusion date, and the months of the first and last one in the note.

    Empty when the cohort records no infusion date.
    """
    if not _recorded(patients, "infusion_date"):
        return estimates([])
    dates = pd.to_datetime(patients["infusion_date"]).dropna()
    period = f"{dates.min().strftime('%B %Y')} to {dates.max().strftime('%B %Y')}"
    fields = {"endpoint": "accrual", "population": "all patients", "group": "All", "measure": "count"}
    return estimates([fields | {"estimate": len(dates), "n": len(patients), "method": PERIOD, "note": period}])


def exposure_counts(patients: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return the patients in remission with each kind of exposure (term -> day column), one row per kind.

    n is the number in remission. Empty when the cohort records no response or none of the columns.
    """
    if not _recorded(patients, "response"):
        return estimates([])
    remission = patients[patients["response"].isin(REMISSION)]
    fields = {"endpoint": "cohort", "population": "patients in CR", "group": "All", "measure": "count"}
    fields |= {"n": len(remission), "method": "Count"}
    return estimates(
        fields | {"term": term, "estimate": int(remission[column].notna().sum())}
        for term, column in kinds.items()
        if column in patients
    )


def data_checks(quality: pd.DataFrame) -> pd.DataFrame:
    """Return a cohort's table of checks as estimates: the rows each check touched, of those (n) that it looked at."""
    fields = {"endpoint": "data_quality", "population": "all rows", "group": "All", "measure": "touched"}
    fields["method"] = "Check of the data"
    return estimates(
        fields | {"term": row.check, "note": row.columns_, "estimate": row.rows_touched, "n": row.rows_checked}
        for row in quality.rename(columns={"columns": "columns_"}).itertuples()
    )
