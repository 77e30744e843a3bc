"""The real cohort against its own published columns."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import NotRecorded, load_cohort, survival_data
from helpers.study import DAYS_PER_MONTH, PROJECT_ROOT

FILE = PROJECT_ROOT / "data" / "klein_bmt" / "patients.csv"


@pytest.fixture(scope="module")
def source():
    return pd.read_csv(FILE)


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/klein_bmt")


def test_file_is_kept_as_published(cohort):
    digest = "858547a39d7a31091c1c90fca05ecda73c0d9317a543ffe6b47a40f666a729b8"
    assert cohort.provenance == {"patients": {"file": "patients.csv", "sha256": digest, "rows": 137}}


def test_disease_free_event_is_death_or_relapse_as_published(source):
    assert (source["d3"] == source[["d1", "d2"]].max(axis=1)).all()


def test_endpoints_equal_the_published_times_and_indicators(cohort, source):
    overall, lfs, relapse, nrm = (cohort.endpoint(key) for key in ("os", "lfs", "relapse", "nrm"))
    assert np.allclose(overall["time_months"] * DAYS_PER_MONTH, source["t1"], rtol=0, atol=1e-9)
    assert (overall["event"] == source["d1"]).all()
    for data in (lfs, relapse, nrm):
        assert np.allclose(data["time_months"] * DAYS_PER_MONTH, source["t2"], rtol=0, atol=1e-9)
    assert (lfs["event"] == source["d3"]).all()
    assert (relapse["event"] == source["d2"]).all()
    assert (nrm["event"] == source["d3"] - source["d2"]).all()


def test_groups_are_the_published_ones(cohort):
    sizes = cohort.patients["arm"].value_counts(sort=False).to_dict()
    assert sizes == {"Acute lymphoblastic": 38, "AML low risk": 54, "AML high risk": 45}
    assert cohort.patients["contrast"].notna().sum() == 99


def test_known_errors_of_the_publication_are_noted(cohort, source):
    assert cohort.patients["chronic_gvhd_day"].notna().sum() == source["dc"].sum() - 1
    notes = cohort.quality[cohort.quality["kind"] == "note"].set_index("columns")["rows_touched"]
    assert notes["chronic_gvhd_day"] == 1
    assert notes["lfs_day"] == 1


def test_response_and_toxicity_are_not_recorded(cohort):
    assert not cohort.recorded("response")
    assert not cohort.recorded("crs_grade")
    for key in ("efs", "dor"):
        with pytest.raises(NotRecorded):
            survival_data(cohort.patients, cohort.study, key)
