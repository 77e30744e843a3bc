"""Rows for the terms of a model: effects as ratios, and a reason wherever there is none."""

import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.stats.estimates import estimates, not_estimable
from helpers.stats.models.design import Design

Z95 = norm.ppf(0.975)
LARGEST_LOG = 25.0  # log ratios beyond are failures of the fit, not effects
NO_ROWS = "no patients with complete values"
# statsmodels, lifelines and firthmodels derive theirs from these two; numpy warns of overflow in a diverging fit.
FIT_WARNINGS = (RuntimeWarning, UserWarning)


def ratio(coefficient: float, low: float, high: float, p: float, note: str = "") -> dict:
    """Return a log effect as a ratio with its limits; one that does not exist (NaN or beyond e25) is NaN and noted."""
    if not np.isfinite(coefficient) or abs(coefficient) > LARGEST_LOG:
        return not_estimable(note or "the ratio is beyond any that could be stated", p=p)
    limits = [float(np.exp(x)) if np.isfinite(x) and abs(x) <= LARGEST_LOG else np.nan for x in (low, high)]
    absent = [f"no {name} limit" for name, limit in zip(("lower", "upper"), limits, strict=True) if np.isnan(limit)]
    shown = {"estimate": float(np.exp(coefficient)), "ci_low": limits[0], "ci_high": limits[1], "p": p}
    return {**shown, "note": joined(note, *absent)}


def wald(coefficient: float, error: float, note: str = "") -> dict:
    """Return a log effect and its standard error as a ratio with Wald limits and P."""
    if not (np.isfinite(error) and error > 0):
        return not_estimable("the data hold next to no information on it")
    p = float(2 * norm.sf(abs(coefficient / error)))
    return ratio(coefficient, coefficient - Z95 * error, coefficient + Z95 * error, p, note)


def term_rows(design: Design, effects: Mapping[str, dict], reasons: Mapping[str, str], fixed: dict) -> pd.DataFrame:
    """Return one row per term of the design, then one per covariate that became no term.

    `effects` holds the terms that were estimated, `reasons` why others were not; `fixed` the columns all rows share.
    """
    missing = {term: reasons.get(term, "the model could not be fitted") for term in design.columns}
    records = [effects.get(term) or not_estimable(missing[term]) for term in design.columns]
    rows = [
        {**fixed, "term": term, **_noted(record, fixed)} for term, record in zip(design.columns, records, strict=True)
    ]
    rows += [{**fixed, "term": label, **not_estimable(reason)} for label, reason in design.left_out.items()]
    return estimates(rows)


def quietly(work: Callable[[], object]) -> tuple[object, str]:
    """Run a fit and return its result (None if it raised) with the warnings or the error as one line of text.

    Only what libraries say of a fit is kept from the reader; a deprecation is not, and fails the tests.
    """
    with warnings.catch_warnings(record=True) as caught:
        for category in FIT_WARNINGS:
            warnings.simplefilter("always", category)
        try:
            result, problem = work(), ""
        except (ArithmeticError, ValueError, RuntimeError, np.linalg.LinAlgError) as error:
            result, problem = None, _first_line(error)
    told = [_first_line(w.message) for w in caught if "onverge" in str(w.message) or "onverge" in w.category.__name__]
    return result, "; ".join(dict.fromkeys(text for text in (problem, *told) if text))


def missing_note(used: int, available: int) -> str:
    """Say how many patients a missing covariate cost, or nothing."""
    lost = available - used
    return f"complete cases: {lost} of {available} patients left out for a missing covariate" if lost else ""


def joined(*notes: str) -> str:
    """Return the notes that say something, as one."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _noted(record: dict, fixed: dict) -> dict:
    """Put a record's own note before the one all rows share."""
    return {**record, "note": joined(record.get("note", ""), fixed.get("note", ""))}


def _first_line(message: object) -> str:
    """Return the first line of a message, without its final stop."""
    return str(message).strip().split("\n")[0].rstrip(".")
