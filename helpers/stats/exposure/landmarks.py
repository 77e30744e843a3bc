"""Landmark analyses: only who is still event-free on a day is analysed, grouped by what happened before it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd

from helpers.stats.estimates import not_estimable
from helpers.stats.exposure.effects import Covariates, log_rank_record, ratio_records
from helpers.stats.exposure.exposed import BEFORE_ALL, AnExposure, exposure_fields, exposure_months, for_each_exposure
from helpers.stats.exposure.sides import sides_of
from helpers.stats.levels import FEWEST_PER_SIDE
from helpers.stats.models.effects import Record
from helpers.stats.survival.life_table import SAME_TIME, checked, observed
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.study import DAYS_PER_MONTH

METHOD = "Cox from the landmark, Efron ties"
DROPPED = "Landmark rule"
NOT_EXPOSED, EXPOSED = "not exposed", "exposed"


def landmark_data(data: pd.DataFrame, exposure: AnExposure, day: float) -> pd.DataFrame:
    """Return the patients still observed and event-free after the landmark day, with time counted from it.

    Column `exposed` is an ordered categorical ("not exposed", "exposed"): exposed on or before the day, or not. Who
    has the event or is censored on or before the day is dropped. Days count from the origin of the data's clock.
    """
    data = checked(data)
    landmark = day / DAYS_PER_MONTH
    exposed = exposure_months(data, exposure).le(landmark + SAME_TIME).map({False: NOT_EXPOSED, True: EXPOSED})
    data = data.assign(exposed=pd.Categorical(exposed, categories=[NOT_EXPOSED, EXPOSED], ordered=True))
    later = data[data["time_months"] > landmark + SAME_TIME]
    return later.assign(time_months=later["time_months"] - landmark)


@for_each_exposure
def landmark(
    data: pd.DataFrame, exposures: AnExposure, days: Sequence[float], covariates: Covariates = None
) -> Iterator[Record]:
    """Return, per landmark day, the hazard ratio and log-rank P from the landmark, and how many patients it drops.

    `time_months` is the landmark. Rows: hazard_ratio (the exposure, level "by day 90", then covariates), p_value
    (log-rank), count (level "exposed" and "not exposed") of patients analysed with their events, and dropped (level
    "event" and "censored"). With fewer than three exposed, or three others, hazard ratio and P are not estimable.
    `exposures` is one or several, covariates are a design or a numeric matrix by patient.
    """
    times, place, event = observed(data)
    time, months = times[place], exposure_months(data, exposures).to_numpy()
    named = partial(exposure_fields, data, exposures)
    for day in days:
        landmark = day / DAYS_PER_MONTH
        stays, exposed = time > landmark + SAME_TIME, (months <= landmark + SAME_TIME).astype(int)
        columns = {"stop": time[stays] - landmark, "event": event[stays], "exposed": exposed[stays]}
        later = pd.DataFrame({"start": BEFORE_ALL, **columns}, data.index[stays])
        fields = named(f"by day {day:g} vs not", f"by day {day:g}", "not")
        records = _effects(later, fields, covariates), _counts(later, named, day), _drops(event[~stays], named, day)
        yield from ({"n": len(data), **record, "time_months": landmark} for record in chain(*records))


def _effects(later: pd.DataFrame, fields: Record, covariates: Covariates) -> list[Record]:
    """Return the hazard ratios and the log-rank P of one landmark, or why so few patients have none."""
    exposed, size = int(later["exposed"].to_numpy().sum()), len(later)
    fewest = min(exposed, size - exposed)
    if fewest < FEWEST_PER_SIDE:
        had = "had" if exposed == fewest else "did not have"
        patients = "patient" if fewest == 1 else "patients"
        reason = f"{fewest or 'no'} {patients} free of the event {had} it by then, and {FEWEST_PER_SIDE} are needed"
        lost = not_estimable(reason, n=size, events=later["event"].sum())
        kinds = {"hazard_ratio": METHOD, "p_value": LOG_RANK}
        return [{**fields, **lost, "measure": name, "method": method} for name, method in kinds.items()]
    test = log_rank_record(sides_of(later), "no event tells the groups apart")
    ratios = ratio_records(later, {**fields, "method": METHOD}, covariates)
    return [*ratios, {**fields, "measure": "p_value", "method": LOG_RANK, "n": size, **test}]


def _counts(later: pd.DataFrame, named: Callable[..., Record], day: float) -> Iterator[Record]:
    """Count patients and events on either side of the comparison."""
    exposed, event = later["exposed"].to_numpy(), later["event"].to_numpy()
    for code, level in enumerate((NOT_EXPOSED, EXPOSED)):
        side = event[exposed == code]
        fields = named(f"{'' if code else 'not '}by day {day:g}", level) | {"measure": "count", "method": DROPPED}
        yield fields | {"estimate": len(side), "n": len(later), "events": side.sum()}


def _drops(early: np.ndarray, named: Callable[..., Record], day: float) -> Iterator[Record]:
    """Count who is left out, by reason; `n` is everybody."""
    for level, code in (("event", 1), ("censored", 0)):
        fields = named(f"{level} by day {day:g}", level) | {"measure": "dropped", "method": DROPPED}
        yield fields | {"estimate": (early == code).sum()}
