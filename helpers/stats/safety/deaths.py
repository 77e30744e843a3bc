"""When everybody who was treated died, and in which state: in remission, after a relapse, or without remission."""

import pandas as pd

from helpers.cohort.endpoints import relapse_is_known
from helpers.cohort.load import Cohort
from helpers.cohort.views import course
from helpers.frames import About, about, patients_about
from helpers.stats.estimates import Estimates, estimates, stack
from helpers.stats.proportions.by_group import proportions

PERIODS = {"day 0 to 30": (0, 30), "day 31 to 100": (30, 100), "after day 100": (100, float("inf"))}
AT_ANY_TIME, CAUSE = "at any time", "cause_of_death"
DEATH = "death"


def deaths_by_period(cohort: Cohort) -> Estimates:
    """Return the proportions of all patients who died in each period and at any time: by arm, by state, by cause.

    The period is the `level`. Endpoint death: everybody's deaths in the arms and in "All", then those in each state
    (`variable` state) and of each recorded cause (`variable` cause_of_death) in "All" alone, the state or cause in
    term. States are known where the cohort records responses and relapses. Patients last seen alive before the end of a
    period are in its denominator; measure "missing" counts them for the periods that end.
    """
    patients = course(cohort)
    tables = [_deaths(patients, patients["death_day"].notna(), "arm").assign(term="All deaths")]
    for variable, kinds in (("state", _states(patients)), (CAUSE, patients.get(CAUSE))):
        if kinds is not None and kinds.notna().any():
            names = kinds.astype("category").cat.categories
            parts = [_deaths(patients, kinds == name).assign(term=name) for name in names]
            tables += [rows.assign(variable=variable) for rows in parts]
    return stack(*tables, _unseen(patients))


def _states(patients: pd.DataFrame) -> pd.Series | None:
    """The state in which each patient died, missing for the others; nothing where it is not known.

    Where everybody was in remission, nobody could die without one.
    """
    if not {"in_remission", "relapse_day"} <= {*patients}:
        return None
    remission, state, ends = patients["in_remission"], about(patients).remission, about(patients).ends
    names, not_known = (f"Without {state}", f"After {ends}", f"In {state}"), f"Not known whether after {ends}"
    states = pd.Series(names[0], patients.index).mask(remission, names[2])
    relapsed = patients["relapse_day"] <= patients["death_day"]
    unknown = ~relapse_is_known(patients)
    states = states.mask(relapsed, names[1]).mask(unknown & remission, not_known)
    order = [*(names[1:] if remission.all() else names), *[not_known] * bool((unknown & remission).any())]
    return states.where(patients["death_day"].notna()).astype(pd.CategoricalDtype(order, ordered=True))


def _deaths(patients: pd.DataFrame, counted: pd.Series, by: str | None = None) -> Estimates:
    """The proportions with a counted death in each period and at any time."""
    tables = []
    for period, (after, until) in (PERIODS | {AT_ANY_TIME: (0, float("inf"))}).items():
        day = patients["death_day"]
        inside = counted & (day <= until) & ((day > after) | (after == 0))
        data = patients_about(patients.assign(event=inside.astype(int)), About(DEATH, "Death", "all patients"))
        tables.append(proportions(data, by, overall=by is not None).assign(level=period))
    return stack(*tables)


def _unseen(patients: pd.DataFrame) -> Estimates:
    """How many patients were last seen alive before the end of each period that ends."""
    alive = patients["last_contact_day"].where(patients["death_day"].isna())
    fixed: dict[str, object] = {
        "endpoint": DEATH,
        "endpoint_label": "Death",
        "population": "all patients",
        "group": "All",
    }
    fixed |= {"measure": "missing", "method": "Count", "term": "Last seen alive before its end", "n": len(patients)}
    return estimates(
        fixed | {"level": period, "estimate": int((alive < until).sum())}
        for period, (_, until) in PERIODS.items()
        if until < float("inf")
    )
