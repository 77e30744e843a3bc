"""Cox models of the same few patients counted anew many times, fitted side by side: samples, or one patient left out.

Newton steps for all of them at once take a part of the time of as many single fits, whose results they equal.
"""

import numpy as np

STEPS, SETTLED = 15, 1e-9  # Newton's last step doubles the digits of the one before
FIRM = 1e-3  # information per event, far from that of separated or collinear data


class CountedSets:
    """The risk sets of patients who may be there several times: a row of `counts` for every model."""

    def __init__(self, time: np.ndarray, event: np.ndarray, matrix: np.ndarray, counts: np.ndarray) -> None:
        order = np.argsort(time, kind="stable")
        time, self.fails = time[order], np.flatnonzero(event[order] == 1)
        self.x, self.counts = matrix[order].T, counts[:, order].astype(float)
        times, self.begin = np.unique(time[self.fails], return_index=True)
        self.first = np.searchsorted(time, times)  # the first row at risk at each event time
        self.last = np.searchsorted(times, time, side="right")  # the event times each row was at risk at
        self.deaths = self._failing(self.counts)
        self.events = self.deaths.sum(axis=1)
        self.failed = (self.counts[:, self.fails] @ self.x[:, self.fails].T)[:, :, None]

    def _at_risk(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over those at risk at each event time."""
        return values[..., ::-1].cumsum(axis=-1)[..., ::-1][..., self.first]

    def _failing(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over those who fail at each event time."""
        return np.add.reduceat(values[..., self.fails], self.begin, axis=-1)

    def slopes(self, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each model's score (as a column) and information at its row of coefficients."""
        risk = self.counts * np.exp(beta @ self.x)
        moved = risk[:, None] * self.x
        at_risk, failing = self._at_risk(moved), self._failing(moved)
        (alone, tied), (alone2, once2, twice2) = self._efron(self._at_risk(risk), self._failing(risk))
        score = self.failed - at_risk @ alone[..., None] + failing @ tied[..., None]
        lived = np.concatenate([np.zeros((len(beta), 1)), alone.cumsum(axis=1)], axis=1)[:, self.last]
        lived[:, self.fails] -= np.take(tied, self.last[self.fails] - 1, axis=1)
        mixed = (at_risk * once2[:, None]) @ failing.mT
        squares = (at_risk * alone2[:, None]) @ at_risk.mT - mixed - mixed.mT
        squares += (failing * twice2[:, None]) @ failing.mT
        return score, (moved * lived[:, None]) @ self.x.T - squares

    def _efron(self, total: np.ndarray, tied: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the events' 1 / weight, and its square, added up by time: each times powers of the tied's share."""
        sums = np.zeros((5, *total.shape))
        for place in range(int(self.deaths.max(initial=0))):
            here = place < self.deaths
            share = np.divide(place, self.deaths, where=here, out=np.zeros_like(total))
            each = np.divide(1, total - share * tied, where=here, out=np.zeros_like(total))
            sums += np.array([each, share * each, each**2, share * each**2, (share * each) ** 2])
        return list(sums[:2]), list(sums[2:])


def refit(sets: CountedSets, near: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients and covariance of each model, from Newton's steps that begin at `near`, and if they ended.

    Where they did not, because the data are separated or nearly so, the numbers mean nothing.
    """
    beta, eye = np.tile(near, (len(sets.counts), 1)), np.eye(len(near))
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            score, information = sets.slopes(beta)
        firm = np.isfinite(score).all(axis=(1, 2)) & np.isfinite(information).all(axis=(1, 2))
        information = np.where(firm[:, None, None], information, eye)
        firm &= np.linalg.eigvalsh(information).min(axis=1) > FIRM * sets.events
        information = np.where(firm[:, None, None], information, eye)
        step = np.where(firm[:, None], np.linalg.solve(information, score)[..., 0], 0.0)
        beta, settled = beta + step, firm & (np.abs(step).max(axis=1) < SETTLED)
        if (settled | ~firm).all():
            break
    return beta, np.linalg.inv(information), settled
