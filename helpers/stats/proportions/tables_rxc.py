"""Tests of a table with more than two groups or more than two outcomes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special, stats

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.ties import below, written

FREEMAN_HALTON, PEARSON = "Freeman-Halton exact", "Pearson chi-square"
TABLE_LIMIT = 300_000
DRAWS = 100_000
SEED = 20180801
TIE = 1e-7  # R's fisher.test counts tables whose probability exceeds the observed one by less than this


@if_recorded
def compare_arms(data: pd.DataFrame, by: str = "arm") -> Estimates:
    """Return the tests of a yes/no outcome across all categories of `by`, without collapsing any.

    data: one row per patient with `event` (1, 0 or missing). Rows: those of `table_tests`. n counts patients, events
    those with the outcome. Empty with fewer than two categories: there is no question.
    """
    groups = data[by]
    if isinstance(groups.dtype, pd.CategoricalDtype) and len(groups.cat.categories) < 2:
        return estimates([])
    events = int(data.loc[groups.notna(), "event"].sum())
    fixed = {**scope(data), **compared(data, by), "measure": "p_value", "events": events}
    return estimates(fixed | record for record in table_tests(data["event"], groups))


def table_tests(values: pd.Series, groups: pd.Series) -> list[dict]:
    """Return the tests that values (yes/no or words) are spread alike over all groups, as records of estimates.

    "Freeman-Halton exact" and "Pearson chi-square" (its note says when expected counts are small). n counts the
    patients with value and group; the others are left out, and counted in the note.
    """
    known = values.notna() & groups.notna()
    counts = pd.crosstab(groups[known], values[known].astype(object)).to_numpy()
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    left_out = f"{int((~known).sum())} without a value left out" if (~known).any() else ""
    if min(counts.shape) < 2:
        reason = "fewer than two groups or two outcomes"
        records = [not_estimable(reason, method=method) for method in (FREEMAN_HALTON, PEARSON)]
    else:
        records = [_exact(counts), _chi_square(counts)]
    notes = ("; ".join(filter(None, (record["note"], left_out))) for record in records)
    return [{**record, "n": int(known.sum()), "note": note} for record, note in zip(records, notes, strict=True)]


def freeman_halton(counts: np.ndarray) -> float:
    """Return the exact P of an r x c table: tables with the same margins that are as likely or less likely.

    Enumerates every table, so the value is exact and repeatable. Raises OverflowError beyond TABLE_LIMIT tables; use
    `freeman_halton_sampled` there. An empty row or column does not matter.
    """
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    free = np.minimum(np.delete(rows, rows.argmax())[:, None], np.delete(columns, columns.argmax())[None, :])
    if np.prod(free + 1.0) > TABLE_LIMIT:  # there are not more tables than that
        raise OverflowError(f"more than {TABLE_LIMIT} tables")
    counts = counts.T if counts.shape[0] > counts.shape[1] else counts
    logs = np.concatenate(list(_log_weights(counts.sum(axis=1), counts.sum(axis=0))))
    observed = -special.gammaln(counts + 1).sum()
    weights = np.exp(logs - logs.max())
    return float(weights[logs <= observed + TIE].sum() / weights.sum())


def freeman_halton_sampled(counts: np.ndarray) -> float:
    """Return the same P from seeded random tables, the observed one counted among them (so never 0)."""
    tables = stats.random_table(counts.sum(axis=1), counts.sum(axis=0), seed=SEED).rvs(DRAWS)
    logs = -special.gammaln(tables + 1).sum(axis=(1, 2))
    observed = -special.gammaln(counts + 1).sum()
    return float(((logs <= observed + TIE).sum() + 1) / (DRAWS + 1))


def _exact(counts: np.ndarray) -> dict:
    """Return the Freeman-Halton row, sampled when the table is too large to enumerate."""
    try:
        return {"method": FREEMAN_HALTON, "p": freeman_halton(counts), "note": ""}
    except OverflowError:
        note = f"too many tables to list; {DRAWS} random ones, seed {SEED}"
        return {"method": "Freeman-Halton, random tables", "p": freeman_halton_sampled(counts), "note": note}


def _chi_square(counts: np.ndarray) -> dict:
    """Return the Pearson row, with a note on small expected counts."""
    result = stats.chi2_contingency(counts, correction=False)
    low = result.expected_freq.min()
    note = f"smallest expected count {written(low, '.1f')}" if below(low, 5) else ""
    test = {"p": float(result.pvalue), "statistic": float(result.statistic), "df": result.dof}
    return {"method": PEARSON, **test, "note": note}


def _log_weights(rows: np.ndarray, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield minus the summed log factorials of every table with these margins, in blocks."""
    if len(rows) == 1:
        yield np.array([-special.gammaln(columns + 1).sum()])
        return
    for first in _compositions(int(rows[0]), columns):
        weight = -special.gammaln(first + 1).sum()
        for block in _log_weights(rows[1:], columns - first):
            yield block + weight


def _compositions(total: int, limits: np.ndarray) -> Iterator[np.ndarray]:
    """Yield every way to spread `total` over cells that hold at most `limits`."""
    if len(limits) == 1:
        if total <= limits[0]:
            yield np.array([total])
        return
    for value in range(max(0, total - int(limits[1:].sum())), min(total, int(limits[0])) + 1):
        for rest in _compositions(total - value, limits[1:]):
            yield np.concatenate([[value], rest])
