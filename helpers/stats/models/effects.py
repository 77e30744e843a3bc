"""Rows for the terms of a model: effects as ratios, and a reason wherever there is none."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import ndtr

from helpers.stats.estimates import FEW_EVENTS, estimates, not_estimable, scope
from helpers.stats.levels import FEW_EVENTS_PER_TERM, Z95
from helpers.stats.models.design import Design, Usable
from helpers.stats.ties import below

LARGEST_LOG = 25.0  # log ratios beyond are failures of the fit, not effects
ANOTHER = "another term is separated"
NOT_FITTED = "the model could not be fitted"
NO_INFORMATION = "the data hold next to no information on it"
# statsmodels derives its own from these two; numpy warns of overflow in a diverging fit.
FIT_WARNINGS = (RuntimeWarning, UserWarning)
Record = dict[str, Any]
Effects = Callable[[Any], Mapping[str, Record]]  # of the data of a model: the record of each term


@dataclass(frozen=True)
class ModelData(Usable):
    """The patients a model can use: their terms, who had the event or outcome (0/1), and a note on who is left out."""

    no_events: ClassVar[str] = "no events"
    event: np.ndarray
    note: str

    @property
    def limiting(self) -> int:
        """The events; of a yes-or-no outcome the patients with the rarer side."""
        return int(self.event.sum())

    @property
    def problem(self) -> str:
        """Why no term can be estimated, or nothing."""
        if len(self.event) == 0:
            return "no patients with complete values"
        return "" if self.limiting else self.no_events

    @property
    def counts(self) -> Record:
        """Patients, events, note and size of the model, as columns of estimates."""
        events = int(self.event.sum())
        return {"n": len(self.event), "events": events, "note": self.note, "model_terms": len(self.terms)}

    def wald(self, columns: list[int], values: np.ndarray, errors: np.ndarray, note: str = "") -> dict[str, Record]:
        """Return the Wald records of some terms from their coefficients per standard deviation."""
        values, errors = values / self.scales[columns], errors / self.scales[columns]
        parts = zip(columns, values, errors, strict=True)
        return {self.terms[j]: wald(value, error, note) for j, value, error in parts}


def ratio(coefficient: float, low: float, high: float, p: float, note: str = "") -> Record:
    """Return a log effect as a ratio with its limits; one that does not exist (NaN or beyond e25) is NaN and noted."""
    if not np.isfinite(coefficient) or abs(coefficient) > LARGEST_LOG:
        return not_estimable(note or "the ratio is beyond any that could be stated", p=p)
    limits = [float(np.exp(x)) if np.isfinite(x) and abs(x) <= LARGEST_LOG else np.nan for x in (low, high)]
    absent = [f"no {name} limit" for name, limit in zip(("lower", "upper"), limits, strict=True) if np.isnan(limit)]
    record = {"estimate": float(np.exp(coefficient)), "ci_low": limits[0], "ci_high": limits[1], "p": p}
    return {**record, "note": joined(note, *absent)}


def wald(coefficient: float, error: float, note: str = "") -> Record:
    """Return a log effect and its standard error as a ratio with Wald limits, the statistic z and its P."""
    if not (np.isfinite(error) and error > 0):
        return not_estimable(NO_INFORMATION)
    z = float(coefficient / error)
    record = ratio(coefficient, coefficient - Z95 * error, coefficient + Z95 * error, float(2 * ndtr(-abs(z))), note)
    return {**record, "std_error": float(error), "statistic": z}


def model_rows(
    source: pd.DataFrame | pd.Series, design: Design, data: ModelData, effects: Effects, *, measure: str, method: str
) -> pd.DataFrame:
    """Fit a model by `effects`, and return a row for every term of the design; `source` says of which endpoint."""
    fixed = {**table_scope(source), "group": "All", "measure": measure, "method": method, **data.counts}
    if data.problem:
        return term_rows(design, {}, dict.fromkeys(design.columns, data.problem), fixed, data.limiting)
    records, message = quietly(lambda: effects(data))
    reasons = dict.fromkeys(data.terms, message or NOT_FITTED) | data.reasons
    return term_rows(design, records or {}, reasons, fixed, data.limiting)


def term_rows(
    design: Design, effects: Mapping[str, Record], reasons: Mapping[str, str], fixed: Record, limiting: int
) -> pd.DataFrame:
    """Return one row per term of the design, then one per covariate that became no term.

    `effects` holds the terms that were estimated, `reasons` why others were not; `fixed` the columns all rows share,
    with model_terms; `limiting` the events, too few when there are fewer than ten per term.
    """
    terms, rows = fixed["model_terms"], []
    status = {"status": FEW_EVENTS} if terms > 0 and below(limiting / terms, FEW_EVENTS_PER_TERM) else {}
    for term in design.columns:
        record = effects.get(term) or not_estimable(reasons.get(term, NOT_FITTED))
        note = joined(record.get("note", ""), fixed["note"])
        rows.append({**fixed, **design.terms.get(term, {}), "term": term, **status, **record, "note": note})
    rows += [{**fixed, **design.about(name), **not_estimable(reason)} for name, reason in design.left_out.items()]
    return estimates(rows)


def table_scope(data: pd.DataFrame | pd.Series) -> dict[str, str]:
    """Return the columns that say what a table is about; nothing for a Series."""
    return scope(data) if isinstance(data, pd.DataFrame) else {}


def quietly(work: Callable[[], Any]) -> tuple[Any, str]:
    """Run a fit; return its result (None if it raised) and the error or what warnings say of convergence, on one line.

    Only what libraries say of a fit is kept from the reader; a deprecation is not, and fails the tests.
    """
    with warnings.catch_warnings(record=True) as caught:
        for category in FIT_WARNINGS:
            warnings.simplefilter("always", category)
        try:
            result, problem = work(), ""
        except (ArithmeticError, ValueError, RuntimeError, np.linalg.LinAlgError) as error:
            result, problem = None, _first_line(error)
    heard = [_first_line(w.message) for w in caught if "onverge" in str(w.message) or "onverge" in w.category.__name__]
    return result, "; ".join(dict.fromkeys(text for text in (problem, *heard) if text))


def missing_note(used: int, available: int) -> str:
    """Say how many patients a missing covariate cost, or nothing."""
    lost = available - used
    return f"complete cases: {lost} of {available} patients left out for a missing covariate" if lost else ""


def joined(*notes: str) -> str:
    """Return the notes that say something, as one."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _first_line(message: object) -> str:
    """Return the first line of a message, without its final stop."""
    return str(message).strip().partition("\n")[0].rstrip(".")
