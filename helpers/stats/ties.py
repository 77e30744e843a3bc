"""What counts as equal: the last bits of a float differ between processors, and nothing may hang on them.

Matrix products, exponentials and sums end in other bits on another processor (a part in 10^15; after an iteration a
part in 10^12). Whatever is ranked, counted, chosen or held against a limit is therefore compared here: numbers less
than a part in 10^10 apart are one number; of a difference held against zero, a part of the size of its numbers.
"""

import numpy as np
from numpy.typing import ArrayLike

SAME = 1e-10
PRINTED_DIGITS = 9  # significant digits that a number keeps before it is rounded for print


def tied(values: ArrayLike, within: float | None = None) -> np.ndarray:
    """Return the values, each run of neighbours that lie closer than `within` as its smallest value, so that they tie.

    Without `within` neighbours tie that are less than a part in 10^10 apart. Unlike rounding, this has no edges that
    two equal numbers could lie on either side of. Missing and infinite values stay as they are.
    """
    result = np.array(values, dtype=float)
    known = np.isfinite(result)
    distinct, position = np.unique(result[known], return_inverse=True)
    gap = SAME * np.abs(distinct[1:]) if within is None else within
    first = np.concatenate([[True], np.diff(distinct) > gap])[: len(distinct)]
    result[known] = distinct[first][np.cumsum(first) - 1][position]
    return result


def below(values: ArrayLike, limit: float) -> np.ndarray:
    """Tell which values are below a limit by more than rounding error; a missing one is not."""
    return np.less(values, limit - SAME * max(abs(limit), 1.0))


def above(values: ArrayLike, limit: float) -> np.ndarray:
    """Tell which values are above a limit by more than rounding error; a missing one is not."""
    return np.greater(values, limit + SAME * max(abs(limit), 1.0))


def cleared(difference: ArrayLike, size: float = 1.0) -> np.ndarray:
    """Return differences of numbers of a given size, 0 where rounding error is all that is left."""
    return np.where(np.abs(difference) <= SAME * size, 0.0, difference)


def rank_of(covariance: np.ndarray) -> int:
    """Return the rank of a symmetric matrix; what rounding leaves of a zero eigenvalue does not count."""
    sizes = np.abs(np.linalg.eigvalsh(covariance))
    return int((sizes > SAME * sizes.max(initial=0.0)).sum())


def written(value: float, form: str) -> str:
    """Return a number as text in a format such as ".1f", cut to nine significant digits before it is rounded."""
    return format(float(f"{value:.{PRINTED_DIGITS}g}"), form)
