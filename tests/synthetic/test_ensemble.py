"""The stored ensemble is what the generator gives, and its quantities are what the public functions give."""

import signal
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children

import numpy as np
import pandas as pd
import pytest

from helpers.audit.ensemble import FILE, read_ensemble, read_quantities, values_of
from helpers.audit.quantities import ranges
from helpers.cohort import load_cohort
from helpers.stats import exposure
from helpers.stats.exposure.effects import hazard_ratios
from helpers.stats.exposure.landmarks import landmark_rows
from helpers.stats.models import cox, logistic
from helpers.stats.models.design import contrast_covariate, design_matrix
from helpers.stats.survival import logrank
from helpers.study import load_study
from helpers.synthetic.ensemble import ensemble, summary_bytes, write_cohorts
from helpers.synthetic.placement import HAZARD_RATIOS
from helpers.synthetic.reconstruct import LFS_AT_ONE_YEAR, OS_AT_ONE_YEAR, reconstruct
from helpers.synthetic.summary import summarise
from helpers.synthetic.write import SHIPPED

PARTS = (1, 77, 500, 998, 1000)


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return read_ensemble(load_study("data/second_cart"))


@pytest.mark.filterwarnings("error")  # an error in a thread of the pool is one
def test_workers_are_killed_when_the_rows_are_no_longer_wanted():
    rows = ensemble(range(1, 100), workers=2)
    assert next(rows)["seed"] == 1
    workers = active_children()
    rows.close()
    assert [worker.exitcode for worker in workers] == [-signal.SIGKILL] * 2


def test_a_killed_worker_is_an_error_and_no_endless_wait():
    rows = ensemble(range(1, 100), workers=2)
    next(rows)
    active_children()[0].kill()
    with pytest.raises(BrokenProcessPool):
        list(rows)
    assert active_children() == []


def test_stored_ensemble_is_rebuilt_in_part(stored):
    rebuilt = pd.DataFrame(ensemble(PARTS))
    kept = stored[stored["seed"].isin(PARTS)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rebuilt.astype(float), kept.astype(float), rtol=2e-5, check_names=False)


def test_stored_ensemble_has_a_thousand_seeds_and_stays_small(stored):
    assert stored["seed"].tolist() == list(range(1, 1001))
    assert (SHIPPED / FILE).stat().st_size < 1_000_000
    assert b"\r" not in (SHIPPED / FILE).read_bytes()


def test_published_cox_findings_hold_in_the_whole_ensemble(stored):
    for key in ("genetics_lfs", "lymphodepletion_lfs", "consolidation_lfs_fixed"):
        assert (stored[f"{key}_p"] < 0.05).all()
    assert (stored["genetics_lfs"] > 1).all()
    assert (stored[["lymphodepletion_lfs", "consolidation_lfs_fixed"]] < 1).all().all()


def test_summary_equals_the_functions_that_the_reports_use():
    cohort = load_cohort("data/second_cart")
    study, summary = cohort.study, summarise(reconstruct(299).patients)
    lfs, overall = (cohort.endpoint("lfs"), cohort.endpoint("os"))
    covariates = design_matrix(cohort.patients, study.covariates_for("survival")).matrix
    consolidation = study.exposures[0]
    rows = landmark_rows(lfs, consolidation, 90)  # the summary has a ratio also where fewer than three are exposed
    from_landmark = hazard_ratios(rows, {"term": "late", "method": "Cox"}, covariates)
    tandem = design_matrix(cohort.patients, [contrast_covariate(study.contrast)])
    response = design_matrix(cohort.patients, [contrast_covariate(study.contrast), *study.covariates_for("response")])
    expected = {
        "consolidation_lfs_fixed": exposure.ever_never(lfs, consolidation, covariates).iloc[0],
        "consolidation_lfs_time": exposure.time_dependent(lfs, consolidation, covariates).iloc[0],
        "consolidation_lfs_landmark": from_landmark.iloc[0],
        "tandem_os": cox(overall, tandem).iloc[0],
        "extramedullary_cr": logistic(cohort.outcome("cr"), response).iloc[2],
    }
    for key, row in expected.items():
        np.testing.assert_allclose([summary[key], summary[f"{key}_p"]], [row["estimate"], row["p"]], rtol=1e-6)
    test = logrank(overall, "arm")
    np.testing.assert_allclose(summary["os_arms_p"], test["p"].iloc[0], rtol=1e-9)


def test_one_cohort_is_the_folder_itself_and_several_are_numbered(tmp_path):
    assert list(write_cohorts(7, 1, tmp_path / "one")) == [1]
    assert {path.name for path in (tmp_path / "one").iterdir()} == {path.name for path in SHIPPED.iterdir()}
    assert list(write_cohorts(7, 2, tmp_path / "two", workers=2)) == [1, 2]
    assert {path.name for path in (tmp_path / "two").iterdir()} == {"seed_0007", "seed_0008", "summary.csv"}
    one, two = tmp_path / "one" / "patients.csv", tmp_path / "two" / "seed_0007" / "patients.csv"
    assert one.read_bytes() == two.read_bytes()
    assert load_cohort(tmp_path / "two" / "seed_0008").study.synthetic


def test_summary_alone_writes_no_patients(tmp_path):
    assert list(write_cohorts(7, 1, tmp_path, workers=1, summary_only=True)) == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["summary.csv"]


def test_every_column_of_the_summary_is_a_quantity(stored):
    quantities = read_quantities(load_study("data/second_cart"))
    tested = quantities["measure"].isin(["hazard_ratio", "odds_ratio", "p_value"])
    keys = set(quantities.loc[quantities["measure"] != "p_value", "key"]) | set(quantities.loc[tested, "key"] + "_p")
    assert set(stored.columns) == keys | {"seed"}


def test_bounds_of_the_quantities_are_those_of_the_generator(stored):
    quantities = read_quantities(load_study("data/second_cart")).set_index("key")
    set_by = {"os_12": OS_AT_ONE_YEAR, "lfs_12": LFS_AT_ONE_YEAR, "tandem_os": HAZARD_RATIOS}
    set_by |= dict.fromkeys(("genetics_lfs", "lymphodepletion_lfs", "consolidation_lfs_fixed"), HAZARD_RATIOS)
    set_by |= {"consolidation_lfs_time": HAZARD_RATIOS}
    bounded = quantities[quantities["bound_low"].notna()]
    assert {key: tuple(row) for key, row in bounded[["bound_low", "bound_high"]].T.items()} == set_by
    for key, (low, high) in set_by.items():
        assert stored[key].between(low, high).all(), key


def test_ranges_separate_what_is_determined():
    table = ranges(values_of(load_study("data/second_cart"))).set_index("key")
    assert table.loc[["severe_crs", "os_24_low", "os_24_high"], "determined"].all()
    assert not table.loc[["consolidation_lfs_time", "tandem_os", "os_median", "genetics_lfs"], "determined"].any()
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    assert table.loc["consolidation_lfs_landmark", "estimable"] < 1


def test_ranges_recounted_by_hand():
    values = values_of(load_study("data/second_cart"))
    three = values[values["key"] == "tandem_os"].head(3)
    row = ranges(three.assign(value=[0.5, 0.8, 1.5], significant=[True, False, False])).iloc[0]
    assert (row["lowest"], row["median"], row["highest"]) == (0.5, 0.8, 1.5)
    assert row["significant"] == pytest.approx(1 / 3)
    assert row["favourable"] == pytest.approx(2 / 3)
    assert not row["determined"]


def test_summary_bytes_round_to_six_digits():
    frame = pd.DataFrame({"seed": [1], "os_12": [0.123456789], "os_median": [np.nan]})
    assert summary_bytes(frame) == b"seed,os_12,os_median\n1,0.123457,\n"
