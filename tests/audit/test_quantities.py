"""The ensemble's ranges against a recount of the stored summary with pandas alone."""

import numpy as np
import pytest

from helpers.audit.ensemble import ensemble_of, read_ensemble
from helpers.audit.quantities import QUANTITIES, range_estimates, ranges
from helpers.cohort import load_cohort
from helpers.present.tables.robustness import range_table
from helpers.study import load_study


@pytest.fixture(scope="module")
def summary():
    return read_ensemble(load_study("data/second_cart"))


def test_range_estimates_equal_a_recount_with_pandas(summary):
    found = range_estimates(ranges(summary))
    for quantity in QUANTITIES:
        values = summary[f"{quantity.key}_p" if quantity.kind == "p" else quantity.key].dropna()
        own = found[found["term"] == quantity.label].set_index("measure")
        assert own.loc["compatible_lowest", "estimate"] == pytest.approx(values.min())
        assert own.loc["compatible_low", "estimate"] == pytest.approx(values.quantile(0.05))
        assert own.loc["compatible_median", "estimate"] == pytest.approx(values.median())
        assert own.loc["compatible_high", "estimate"] == pytest.approx(values.quantile(0.95))
        assert own.loc["compatible_highest", "estimate"] == pytest.approx(values.max())
        assert own["n"].eq(len(summary)).all()
        assert own["events"].eq(len(values)).all()
        if quantity.kind in ("ratio", "p"):
            p = summary[f"{quantity.key}_p"]
            share = (p[values.index] < 0.05).sum() / len(values)
            assert own.loc["compatible_significant", "estimate"] == pytest.approx(share)
    assert found[["ci_low", "ci_high", "p"]].isna().all().all()


def test_table_prints_the_recounted_shares(summary):
    table = range_table(ranges(summary), id="t", caption="Ranges")
    cells = {row[0]: row for row in table.rows}
    share = (summary["consolidation_lfs_time_p"] < 0.05).mean()
    assert cells["Consolidation, HR for LFS: time-dependent"][4] == f"{100 * share:.1f}%"
    assert len(table.rows) == len(QUANTITIES)
    assert [row[6].startswith("determined") for row in table.rows] == sorted(
        (row[6].startswith("determined") for row in table.rows), reverse=True
    )


def test_words_of_the_ensemble_never_claim_a_probability(summary):
    table = range_table(ranges(summary), id="t", caption="Ranges")
    assert "no probabilities" in table.notes[0]
    assert not any("probab" in cell for row in table.rows for cell in row)


def test_ensemble_belongs_to_the_whole_published_study_alone():
    assert len(ensemble_of(load_cohort("data/second_cart"))) == 1000
    for cohort in (load_cohort("data/klein_bmt"), load_cohort("data/second_cart", "sex=female")):
        nothing = ensemble_of(cohort)
        assert range_estimates(ranges(nothing)).empty
        assert "has none, so nothing is said" in range_table(ranges(nothing), id="t", caption="Ranges").text


def test_a_ratio_of_one_and_a_p_at_the_level_count_for_nothing(summary):
    edge = summary.head(3).copy()
    edge["tandem_os"], edge["tandem_os_p"] = [np.nextafter(1, 0), 1.0, 1.0], [np.nextafter(0.05, 0), 0.05, 0.05]
    found = ranges(edge).set_index("key").loc["tandem_os"]
    assert (found["favourable"], found["significant"]) == (0.0, 0.0)
