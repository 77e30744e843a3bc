"""Landmark analyses: only who is still event-free on a day is analysed, grouped by what happened before it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

import pandas as pd

from helpers.stats.estimates import not_estimable
from helpers.stats.exposure.effects import Covariates, log_rank_record, ratio_records
from helpers.stats.exposure.exposed import BEFORE_ALL, AnExposure, exposure_fields, exposure_months, for_each_exposure
from helpers.stats.exposure.sides import sides_of
from helpers.stats.levels import FEWEST_PER_SIDE
from helpers.stats.models.effects import Record
from helpers.stats.survival.life_table import SAME_TIME, observed
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.study import DAYS_PER_MONTH

METHOD = "Cox from the landmark, Efron ties"
DROPPED = "Landmark rule"
NOT_EXPOSED, EXPOSED = "not exposed", "exposed"


def landmark_rows(data: pd.DataFrame, exposure: AnExposure, day: float) -> pd.DataFrame:
    """Return the rows (start, stop, event, exposed 0/1) of those still observed and event-free after the landmark day.

    Time is counted from it, and exposed are those exposed on or before it. Who has the event or is censored on or
    before the day is dropped. Days count from the origin of the data's clock.
    """
    (times, place, event), landmark = observed(data), day / DAYS_PER_MONTH
    stays = times[place] > landmark + SAME_TIME
    exposed = exposure_months(data, exposure).to_numpy()[stays] <= landmark + SAME_TIME
    rows = {"start": BEFORE_ALL, "stop": times[place][stays] - landmark, "event": event[stays].astype(int)}
    return pd.DataFrame({**rows, "exposed": exposed.astype(int)}, data.index[stays])


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
    named = partial(exposure_fields, data, exposures)
    for day in days:
        later = landmark_rows(data, exposures, day)
        fields = named(f"by day {day:g} vs not", f"by day {day:g}", "not")
        records = _effects(later, fields, covariates), _counts(later, named, day), _drops(data, later, named, day)
        yield from ({"n": len(data), **record, "time_months": day / DAYS_PER_MONTH} for record in chain(*records))


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


def _drops(data: pd.DataFrame, later: pd.DataFrame, named: Callable[..., Record], day: float) -> Iterator[Record]:
    """Count who is left out, by reason; `n` is everybody."""
    events = int(data["event"].sum() - later["event"].sum())
    for level, lost in (("event", events), ("censored", len(data) - len(later) - events)):
        fields = named(f"{level} by day {day:g}", level) | {"measure": "dropped", "method": DROPPED}
        yield fields | {"estimate": lost}
