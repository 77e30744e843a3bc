"""The ensemble's values and ranges against a recount of the stored summary with pandas alone."""

import dataclasses
import shutil

import numpy as np
import pytest

from helpers.audit.ensemble import COLUMNS, ensemble_values, read_ensemble, read_quantities
from helpers.audit.quantities import range_estimates, ranges
from helpers.cohort import load_cohort
from helpers.study import PROJECT_ROOT, load_study
from helpers.synthetic.reconstruct import reconstruct
from helpers.synthetic.write import write_cohort


@pytest.fixture(scope="module")
def summary():
    return read_ensemble(load_study("data/second_cart"))


@pytest.fixture(scope="module")
def values():
    return ensemble_values(load_cohort("data/second_cart"))


def test_values_are_those_of_the_summary(values, summary):
    assert list(values.columns) == COLUMNS
    assert len(values) == values["key"].nunique() * len(summary)
    own = values[values["key"] == "consolidation_lfs_landmark"]
    assert own["value"].tolist() == pytest.approx(summary["consolidation_lfs_landmark"].tolist(), nan_ok=True)
    assert own["significant"].sum() == (summary["consolidation_lfs_landmark_p"] < 0.05).sum()
    assert values.loc[values["key"] == "severe_crs", "value"].eq(summary["severe_crs_p"].to_numpy()).all()


def test_the_cohort_of_the_reports_is_found_among_the_compatible_ones(values, tmp_path):
    assert values.loc[values["shown"], "seed"].unique().tolist() == [299]
    assert values.groupby("key")["shown"].sum().eq(1).all()
    another = load_cohort(write_cohort(reconstruct(7), tmp_path / "seven"))
    found = ensemble_values(another)
    assert found.loc[found["shown"], "seed"].unique().tolist() == [7]


def test_a_cohort_that_is_none_of_the_compatible_ones_is_not_found(tmp_path):
    folder = shutil.copytree(PROJECT_ROOT / "data" / "second_cart", tmp_path / "other")
    rows = (folder / "ensemble.csv").read_text().splitlines(keepends=True)
    (folder / "ensemble.csv").write_text("".join(row for row in rows if not row.startswith("299,")))
    found = ensemble_values(load_cohort(folder))
    assert len(found)
    assert not found["shown"].any()


def test_range_estimates_equal_a_recount_with_pandas(values, summary):
    found = range_estimates(ranges(values))
    for quantity in read_quantities(load_study("data/second_cart")).to_dict("records"):
        key = quantity["key"]
        known = summary[f"{key}_p" if quantity["measure"] == "p_value" else key].dropna()
        own = found[found["term"] == quantity["label"]].set_index("measure")
        assert own.loc["compatible_lowest", "estimate"] == pytest.approx(known.min())
        assert own.loc["compatible_low", "estimate"] == pytest.approx(known.quantile(0.05))
        assert own.loc["compatible_median", "estimate"] == pytest.approx(known.median())
        assert own.loc["compatible_high", "estimate"] == pytest.approx(known.quantile(0.95))
        assert own.loc["compatible_highest", "estimate"] == pytest.approx(known.max())
        assert own["n"].eq(len(summary)).all()
        assert own["events"].eq(len(known)).all()
        if f"{key}_p" in summary:
            share = (summary.loc[known.index, f"{key}_p"] < 0.05).sum() / len(known)
            assert own.loc["compatible_significant", "estimate"] == pytest.approx(share)
    assert found[["ci_low", "ci_high", "p"]].isna().all().all()


def test_ranges_say_where_they_touch_a_bound_of_the_generator(values):
    found = ranges(values).set_index("key")
    touched = {key: text for key, text in found["touched"].items() if text}
    assert touched == {
        "genetics_lfs": "10",
        "lymphodepletion_lfs": "0.1",
        "consolidation_lfs_fixed": "0.1",
        "consolidation_lfs_time": "0.1",
        "os_12": "35% and 70%",
        "lfs_12": "35% and 65%",
    }
    assert found.loc["tandem_os", "bound_low"] < found.loc["tandem_os", "lowest"]  # 0.1 and 0.136: not touched


def test_ensemble_belongs_to_the_whole_published_study_alone():
    for cohort in (load_cohort("data/klein_bmt"), load_cohort("data/second_cart", "sex=female")):
        nothing = ensemble_values(cohort)
        assert list(nothing.columns) == COLUMNS
        assert range_estimates(ranges(nothing)).empty


def test_an_ensemble_without_a_description_of_its_columns_has_no_values(tmp_path):
    shutil.copy(PROJECT_ROOT / "data" / "second_cart" / "ensemble.csv", tmp_path)
    cohort = load_cohort("data/second_cart")
    elsewhere = dataclasses.replace(cohort, study=dataclasses.replace(cohort.study, folder=tmp_path))
    assert ensemble_values(elsewhere).empty


def test_a_ratio_of_one_and_a_p_at_the_level_count_for_nothing(tmp_path):
    folder = shutil.copytree(PROJECT_ROOT / "data" / "second_cart", tmp_path / "edge")
    summary = read_ensemble(load_study(folder)).head(3)
    summary["tandem_os"], summary["tandem_os_p"] = [np.nextafter(1, 0), 1.0, 1.0], [np.nextafter(0.05, 0), 0.05, 0.05]
    summary.to_csv(folder / "ensemble.csv", index=False)
    found = ranges(ensemble_values(load_cohort(folder))).set_index("key").loc["tandem_os"]
    assert (found["favourable"], found["significant"]) == (0.0, 0.0)
