import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import survdiff

from helpers.stats.exposure.sides import sides_of
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.stats.survival.log_rank import log_rank_of


def moving(seed, size=120):
    """Start-stop rows of patients of whom some move to the other side; days tie, also with the days of moving."""
    rng = np.random.default_rng(seed)
    time, event = rng.integers(1, 25, size).astype(float), rng.integers(0, 2, size)
    day = np.where(rng.random(size) < 0.6, rng.integers(0, 25, size), 99)
    moves = day < time
    first = pd.DataFrame({"start": -1.0, "stop": np.where(moves, day, time), "event": np.where(moves, 0, event)})
    second = pd.DataFrame({"start": day[moves], "stop": time[moves], "event": event[moves]})
    return pd.concat([first.assign(exposed=0), second.assign(exposed=1)], ignore_index=True)


@pytest.mark.parametrize("seed", range(8))
def test_the_fit_from_counts_is_the_cox_fit_of_the_rows(seed):
    rows = moving(seed)
    ours = sides_of(rows).fit
    start, stop, event = (rows[name].to_numpy(float) for name in ("start", "stop", "event"))
    theirs = fit_cox(start, stop, event, rows[["exposed"]].to_numpy(float))
    assert ours.converged
    assert theirs.converged
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.errors, theirs.errors, rtol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_mantel_byars_test_is_the_log_rank_test_of_statsmodels_with_entries(seed):
    rows = moving(seed)
    theirs = survdiff(*(rows[name].to_numpy() for name in ("stop", "event", "exposed")), entry=rows["start"].to_numpy())
    sides = sides_of(rows)
    assert log_rank_of(sides.at_risk, sides.events) == (pytest.approx(theirs[0], rel=1e-9), 1)


@pytest.mark.parametrize("seed", range(3))
def test_at_risk_equals_a_recount(seed):
    rows = moving(seed, 30)
    sides = sides_of(rows)
    times = sorted({*rows.loc[rows["event"] == 1, "stop"]})
    for at, at_risk, events in zip(times, sides.at_risk, sides.events, strict=True):
        for code in (0, 1):
            side = rows[rows["exposed"] == code]
            assert at_risk[code] == ((side["start"] < at) & (side["stop"] >= at)).sum()
            assert events[code] == ((side["stop"] == at) & (side["event"] == 1)).sum()


def test_a_side_without_events_has_no_fit():
    rows = pd.DataFrame({"start": -1.0, "stop": [1.0, 2, 3, 4], "event": [1, 0, 1, 0], "exposed": [1, 0, 1, 0]})
    sides = sides_of(rows)
    assert (sides.decided_by(1), sides.decided_by(0), sides.fit.converged) == (True, False, False)
