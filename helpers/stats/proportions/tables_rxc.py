"""Tests of a table with more than two groups or more than two outcomes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special, stats

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.ties import below, written

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
    left_out = f"{int((~known).sum())} without a value left out" if (~known).any() else ""
    records = [_exact(counts), _chi_square(counts)]
    for record in records:
        record["n"] = int(known.sum())
        record["note"] = "; ".join(text for text in (record.get("note", ""), left_out) if text)
    return records


def freeman_halton(counts: np.ndarray) -> float:
    """Return the exact P of an r x c table: tables with the same margins that are as likely or less likely.

    Enumerates every table, so the value is exact and repeatable. Raises OverflowError beyond TABLE_LIMIT tables; use
    `freeman_halton_sampled` there. An empty row or column does not matter.
    """
    counts = _trimmed(counts)
    if min(counts.shape) < 2:
        return 1.0
    if _tables_at_most(counts) > TABLE_LIMIT:
        raise OverflowError(f"more than {TABLE_LIMIT} tables")
    counts = counts.T if counts.shape[0] > counts.shape[1] else counts
    logs = np.concatenate(list(_log_weights(counts.sum(axis=1), counts.sum(axis=0))))
    observed = -special.gammaln(counts + 1).sum()
    weights = np.exp(logs - logs.max())
    return float(weights[logs <= observed + TIE].sum() / weights.sum())


def freeman_halton_sampled(counts: np.ndarray, draws: int = DRAWS, seed: int = SEED) -> float:
    """Return the same P from seeded random tables, the observed one counted among them (so never 0)."""
    counts = _trimmed(counts)
    tables = stats.random_table(counts.sum(axis=1), counts.sum(axis=0), seed=seed).rvs(draws)
    logs = -special.gammaln(tables + 1).sum(axis=(1, 2))
    observed = -special.gammaln(counts + 1).sum()
    return float(((logs <= observed + TIE).sum() + 1) / (draws + 1))


def _exact(counts: np.ndarray) -> dict:
    """Return the Freeman-Halton row, sampled when the table is too large to enumerate."""
    method = "Freeman-Halton exact"
    if min(_trimmed(counts).shape, default=0) < 2:
        return not_estimable("fewer than two groups or two outcomes", method=method)
    try:
        return {"method": method, "p": freeman_halton(counts)}
    except OverflowError:
        return {
            "method": "Freeman-Halton, random tables",
            "p": freeman_halton_sampled(counts),
            "note": f"too many tables to list; {DRAWS} random ones, seed {SEED}",
        }


def _chi_square(counts: np.ndarray) -> dict:
    """Return the Pearson row, with a note on small expected counts."""
    method = "Pearson chi-square"
    counts = _trimmed(counts)
    if min(counts.shape, default=0) < 2:
        return not_estimable("fewer than two groups or two outcomes", method=method)
    result = stats.chi2_contingency(counts, correction=False)
    low = result.expected_freq.min()
    note = f"smallest expected count {written(low, '.1f')}" if below(low, 5) else ""
    return {
        "method": method,
        "p": float(result.pvalue),
        "statistic": float(result.statistic),
        "df": result.dof,
        "note": note,
    }


def _trimmed(counts: np.ndarray) -> np.ndarray:
    """Return the table without empty rows and columns."""
    counts = np.asarray(counts, dtype=int)
    return counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]


def _tables_at_most(counts: np.ndarray) -> float:
    """Return an upper bound of the number of tables with these margins."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    free = np.minimum(np.delete(rows, rows.argmax())[:, None], np.delete(columns, columns.argmax())[None, :])
    return float(np.prod(free + 1.0))


def _log_weights(rows: np.ndarray, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield minus the summed log factorials of every table with these margins, in blocks."""
    if len(rows) == 1:
        yield np.array([-special.gammaln(columns + 1).sum()])
        return
    for first in _compositions(int(rows[0]), columns):
        own = -special.gammaln(first + 1).sum()
        for block in _log_weights(rows[1:], columns - first):
            yield block + own


def _compositions(total: int, limits: np.ndarray) -> Iterator[np.ndarray]:
    """Yield every way to spread `total` over cells that hold at most `limits`."""
    if len(limits) == 1:
        if total <= limits[0]:
            yield np.array([total])
        return
    for value in range(max(0, total - int(limits[1:].sum())), min(total, int(limits[0])) + 1):
        for rest in _compositions(total - value, limits[1:]):
            yield np.concatenate([[value], rest])
