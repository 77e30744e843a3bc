"""Find the terms whose estimate is infinite: monotone likelihood of Cox models, separation of logistic ones."""

import numpy as np
from scipy import optimize, sparse

TOLERANCE = 1e-6
VISIBLE = 1e-4  # part of a separating direction that is no rounding error


def separating_chances(matrix: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Return the direction in which the likelihood of a logistic model (an intercept beside the columns) never falls.

    One number from -1 to 1 per column, all 0 when the likelihood has a maximum (Konis 2007). The columns are not
    collinear. Raises RuntimeError when the linear programme fails.
    """
    towards = np.column_stack([matrix, np.ones(len(matrix))]) * np.where(outcome == 1, 1.0, -1.0)[:, None]
    level, bounds = np.zeros(len(matrix)), [(-1.0, 1.0)] * towards.shape[1]
    result = optimize.linprog(-towards.sum(axis=0), A_ub=-towards, b_ub=level, bounds=bounds, method="highs")
    if not result.success:
        raise RuntimeError(f"no linear programme for separation: {result.message}")
    return np.where(np.abs(result.x) > VISIBLE, result.x, 0.0)[:-1]


def separating_direction(
    matrix: np.ndarray, time: np.ndarray, event: np.ndarray, strata: np.ndarray | None = None
) -> np.ndarray:
    """Return the direction in which the partial likelihood rises without end, one number from -1 to 1 per column.

    All 0 when the likelihood has a maximum; 0 for a column with no part in it. It has none when some combination of
    terms is, at every event, at its largest value of the whole risk set. The linear programme is that of Konis (2007)
    for the comparisons of each failing patient with everybody at risk; risk sets are nested, so their maxima need one
    extra variable per event time.
    """
    rows, size = matrix.shape
    codes = np.zeros(rows, int) if strata is None else np.unique(strata, return_inverse=True)[1]
    clock = codes * rows + np.unique(time, return_inverse=True)[1]  # each stratum's times after those of the last
    failing = np.flatnonzero(event == 1)
    times = np.unique(clock[failing])
    if size == 0 or len(times) == 0:
        return np.zeros(size)
    gain, upper = _programme(matrix, clock, codes, failing, times)
    bounds = [(-1.0, 1.0)] * size + [(None, None)] * len(times)
    objective = np.concatenate([-gain, np.zeros(len(times))])
    result = optimize.linprog(objective, A_ub=upper, b_ub=np.zeros(upper.shape[0]), bounds=bounds, method="highs")
    if not result.success or -result.fun <= TOLERANCE * np.abs(gain).sum():
        return np.zeros(size)
    return np.where(np.abs(result.x[:size]) > TOLERANCE, result.x[:size], 0.0)


def _programme(
    x: np.ndarray, clock: np.ndarray, codes: np.ndarray, failing: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, sparse.csr_array]:
    """Return what the terms b gain, and the constraints on b and the largest value m of each risk set."""
    rows, stratum = len(clock), times // len(clock)
    last = np.searchsorted(times, clock, side="right") - 1  # the last event time each patient is at risk at
    at_risk = np.flatnonzero((last >= 0) & (stratum[last] == codes))
    steps = np.flatnonzero(np.diff(stratum) == 0)
    # x_j b <= m[last_j];  m[k + 1] <= m[k];  m[k] <= x_i b for i failing at times[k]
    members = sparse.vstack(
        [
            _pick(-np.ones(len(at_risk)), last[at_risk], len(times)),
            _pick(np.ones(len(steps)), steps + 1, len(times)) - _pick(np.ones(len(steps)), steps, len(times)),
            _pick(np.ones(len(failing)), last[failing], len(times)),
        ]
    )
    terms = sparse.vstack([x[at_risk], sparse.csr_array((len(steps), x.shape[1])), -x[failing]])
    ends, fails = np.sort(clock), np.sort(clock[failing])
    sizes = np.searchsorted(ends, (stratum + 1) * rows) - np.searchsorted(ends, times)
    compared = np.searchsorted(fails, clock, side="right") - np.searchsorted(fails, codes * rows)  # at so many events
    gain = (sizes[last[failing]][:, None] * x[failing]).sum(axis=0)
    gain = gain - (compared[at_risk][:, None] * x[at_risk]).sum(axis=0)
    return gain, sparse.hstack([terms, members], format="csr")


def _pick(values: np.ndarray, columns: np.ndarray, width: int) -> sparse.csr_array:
    """Return a matrix with one value per row."""
    return sparse.csr_array((values, (np.arange(len(values)), columns)), shape=(len(values), width))
