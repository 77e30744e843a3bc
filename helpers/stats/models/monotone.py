"""Find the terms whose Cox estimate is infinite (monotone likelihood), as separation is found in logistic models."""

import numpy as np
from scipy import optimize, sparse

TOLERANCE = 1e-6


def separating_direction(
    matrix: np.ndarray, time: np.ndarray, event: np.ndarray, strata: np.ndarray | None = None
) -> np.ndarray:
    """Return the direction in which the partial likelihood rises without end, one number from -1 to 1 per column.

    All 0 when the likelihood has a maximum; 0 for a column with no part in it.

    The likelihood has no maximum when some combination of terms is, at every event, at its largest value of the
    whole risk set. The linear programme is that of Konis (2007) for the comparisons of each failing patient with
    everybody at risk; risk sets are nested, so their maxima need one extra variable per event time.
    """
    size = matrix.shape[1]
    codes = np.zeros(len(time), int) if strata is None else np.unique(strata, return_inverse=True)[1]
    chains = [_chain(matrix[codes == c], time[codes == c], event[codes == c]) for c in np.unique(codes)]
    chains = [chain for chain in chains if chain is not None]
    if size == 0 or not chains:
        return np.zeros(size)
    gain = sum(chain[0] for chain in chains)
    upper = sparse.vstack([_widen(chain, k, chains) for k, chain in enumerate(chains)])
    extra = sum(chain[1].shape[1] for chain in chains)
    bounds = [(-1.0, 1.0)] * size + [(None, None)] * extra
    objective = np.concatenate([-gain, np.zeros(extra)])
    result = optimize.linprog(objective, A_ub=upper, b_ub=np.zeros(upper.shape[0]), bounds=bounds, method="highs")
    if not result.success or -result.fun <= TOLERANCE * np.abs(gain).sum():
        return np.zeros(size)
    return np.where(np.abs(result.x[:size]) > TOLERANCE, result.x[:size], 0.0)


def _chain(x: np.ndarray, time: np.ndarray, event: np.ndarray) -> tuple | None:
    """Return the objective and the constraint blocks (terms, maxima) of one stratum, or None without events."""
    times = np.unique(time[event == 1])
    if len(times) == 0:
        return None
    last = np.searchsorted(times, time, side="right") - 1  # the last event time each patient is at risk at
    at_risk = np.flatnonzero(last >= 0)
    failing = np.flatnonzero(event == 1)
    steps = np.arange(len(times) - 1)
    # x_j b <= m[last_j];  m[k + 1] <= m[k];  m[k] <= x_i b for i failing at times[k]
    members = sparse.vstack(
        [
            _pick(-np.ones(len(at_risk)), last[at_risk], len(times)),
            _pick(np.ones(len(steps)), steps + 1, len(times)) - _pick(np.ones(len(steps)), steps, len(times)),
            _pick(np.ones(len(failing)), last[failing], len(times)),
        ]
    )
    terms = sparse.vstack(
        [sparse.csr_array(x[at_risk]), sparse.csr_array((len(steps), x.shape[1])), sparse.csr_array(-x[failing])]
    )
    counts = np.bincount(last[failing], minlength=len(times))
    weight = np.cumsum(counts)[last[at_risk]]  # how many events each patient is compared at
    sizes = len(at_risk) - np.searchsorted(np.sort(time[at_risk]), times, side="left")
    gain = (sizes[last[failing]][:, None] * x[failing]).sum(axis=0) - (weight[:, None] * x[at_risk]).sum(axis=0)
    return gain, members, terms


def _pick(values: np.ndarray, columns: np.ndarray, width: int) -> sparse.csr_array:
    """Return a matrix with one value per row."""
    return sparse.csr_array((values, (np.arange(len(values)), columns)), shape=(len(values), width))


def _widen(chain: tuple, place: int, chains: list[tuple]) -> sparse.csr_array:
    """Put one stratum's constraints beside empty blocks for the maxima of the others."""
    _, members, terms = chain
    blocks = [
        members if k == place else sparse.csr_array((members.shape[0], other[1].shape[1]))
        for k, other in enumerate(chains)
    ]
    return sparse.hstack([terms, *blocks])
