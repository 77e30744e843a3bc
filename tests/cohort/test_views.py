"""A cohort as the notebooks ask for it."""

from types import SimpleNamespace

import pytest

from helpers.cohort import load_cohort, views
from helpers.study import DAYS_PER_MONTH, Contrast


def test_kinds_of_exposure_are_named_by_what_was_given():
    several, single = (load_cohort(f"data/{name}").study for name in ("second_cart", "klein_bmt"))
    assert list(views.exposure_marks(several)) == ["Transplant", "Decitabine consolidation"]
    assert list(views.exposure_kinds(several).values()) == ["transplant_day", "dac_consolidation_day"]
    assert views.exposure_marks(single)["Acute graft-versus-host disease"] == "acute_gvhd_day"


def test_labels_are_of_recorded_columns_and_carry_units(make_cohort, patients):
    cohort = load_cohort(make_cohort(patients))
    assert views.baseline_labels(cohort) == {
        "age_years": "Age, years",
        "sex": "Sex",
        "prior_lines": "Prior lines of therapy",
    }
    assert {"response", "crs_grade", "tocilizumab"} <= set(views.expected_labels(cohort))


def test_parts_of_the_response_divide_everybody(make_cohort, patients):
    cohort = load_cohort(make_cohort(patients.assign(response=patients["response"].mask(patients.index == 6))))
    parts = views.response_outcomes(cohort)[2:]
    assert sum(data["event"].sum() for data in parts) == len(cohort.patients)
    levels = views.response_levels(cohort)["best_response"]
    assert [(levels == data.about.label).sum() for data in parts] == [data["event"].sum() for data in parts]
    assert levels.iloc[6] == "Not evaluable or not recorded"


def test_crh_has_a_row_where_somebody_has_it(make_cohort, patients):
    for word, rows in (("cri", ["CR", "CRi"]), ("crh", ["CR", "CRh", "CRi"])):
        cohort = load_cohort(make_cohort(patients.assign(response=patients["response"].replace("cri", word))))
        labels = [data.about.label for data in views.response_outcomes(cohort)]
        assert labels[2:-2] == rows
        assert [*views.response_levels(cohort)["best_response"].cat.categories] == labels[2:]


def test_a_recorded_endpoint_gives_the_course_its_relapses(make_cohort, patients, study_toml):
    patients = patients.drop(columns="relapse_day").assign(
        pfs=patients["relapse_day"].mask(patients["relapse_day"] == "")
    )
    patients["pfs"] = patients["pfs"].fillna(patients["last_contact_day"])
    patients["pfs_event"] = ["1", "0", "1", "1", "1", "1", "0", "1"]
    recorded = '[endpoints.efs]\ntime = "pfs"\nevent = "pfs_event"\n'
    cohort = load_cohort(make_cohort(patients, study_toml + recorded))
    days = views.course(cohort)["relapse_day"]
    assert (days / DAYS_PER_MONTH * DAYS_PER_MONTH).round(6).dropna().tolist() == [200, 300, 400]
    assert "relapse_day" not in cohort.patients


def test_the_course_of_a_cohort_in_remission_at_time_zero_starts_so():
    klein = load_cohort("data/klein_bmt")
    course = views.course(klein)
    assert course.about.clock == "months since allogeneic transplant"
    assert set(course["remission_day"]) == {0}
    assert course["relapse_day"].equals(klein.patients["relapse_day"])


@pytest.mark.parametrize(
    ("arms", "contrast", "compared", "drawn"),
    [
        ("a", None, [], "arm"),
        ("ab", (("b",), ("a",)), ["contrast"], "contrast"),
        ("abc", (("b",), ("a",)), ["contrast", "arm"], "arm"),
        ("abc", (("b",), ("a", "c")), ["contrast", "arm"], "contrast"),
        ("abc", None, ["arm"], "arm"),
    ],
)
def test_what_is_compared_and_what_is_drawn_follow_from_the_arms(arms, contrast, compared, drawn):
    sides = contrast and Contrast(*contrast, "x", "B", "A", post_hoc=False)
    study = SimpleNamespace(arms=[SimpleNamespace(key=key) for key in arms], contrast=sides)
    assert views.comparisons(study) == compared
    assert views.drawn_by(study) == drawn
