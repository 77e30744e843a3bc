"""Patients of whom it is not known whether the disease came back count for overall survival only."""

import pytest

from helpers.cohort import load_cohort, views
from helpers.cohort.endpoints import CAUSES
from helpers.cohort.findings import CohortError
from helpers.faults import FaultError
from helpers.present.figures import plot_swimmer
from helpers.stats import safety

# A registry's table: months to relapse or last contact, relapse 0, 1 or 99; two deaths with relapse not known.
REGISTRY = """
pseudoid dead intxsurv rel intxrel lfs
1        1    12       1   6       1
2        0    30       0   30      0
3        1    5        99  .       1
4        1    9        99  9       .
5        1    14       0   14      1
6        0    20       1   11      1
7        0    25       -9  25      0
"""
STUDY = """
title = "Registry"
synthetic = true
[time]
unit = "months"
zero = "transplant"
[columns]
patient_id = "pseudoid"
last_contact_day = "intxsurv"
death_day = { time = "intxsurv", event = "dead" }
relapse_day = { time = "intxrel", event = "rel", unknown = [99, -9] }
[[arms]]
key = "all"
label = "Transplanted"
[endpoints.lfs]
population = "all"
"""
RECORDED = STUDY.replace('"rel", unknown = [99, -9] }', '"rel" }') + (
    'time = "intxrel"\nevent = "rel"\nunknown = ["99", "-9"]\n'
)


@pytest.fixture
def make(make_cohort):
    def make(study=STUDY, table=REGISTRY):
        lines = [" ".join(line.split()) for line in table.strip().splitlines()]
        return load_cohort(make_cohort("\n".join(lines).replace(" .", " ").replace(" ", ",") + "\n", study))

    return make


def test_who_is_left_out_of_what(make):
    cohort = make()
    assert cohort.patients["relapse_known"].tolist() == ["yes", "yes", "no", "no", "yes", "yes", "no"]
    for key in ("lfs", "relapse", "nrm"):
        data = cohort.endpoint(key)
        assert data["patient_id"].tolist() == ["1", "2", "5", "6"]
        assert data.attrs["without_relapse_status"] == 3
        assert "; 3 left out, relapse not known" in data.heading()
    assert cohort.endpoint("lfs")["cause"].tolist() == ["relapse", "censored", "death without relapse", "relapse"]
    assert len(cohort.endpoint("os")) == 7
    assert cohort.endpoint("os").attrs["without_relapse_status"] == 0
    assert "left out" not in cohort.endpoint("os").heading()


def test_it_is_noted(make):
    row = make().quality.set_index("check").loc["relapse not known; left out of all endpoints but overall survival"]
    assert (row["kind"], row["rows_checked"], row["rows_touched"]) == ("note", 7, 3)
    known = make(table=REGISTRY.replace("99", "0 ").replace("-9", "0 ").replace("0   .", "0   5"))
    assert "relapse not known; left out of all endpoints but overall survival" not in set(known.quality["check"])


def test_a_recorded_endpoint_may_have_it_too(make):
    recorded = RECORDED.replace('relapse_day = { time = "intxrel", event = "rel" }\n', "")
    cohort = make(recorded)
    assert cohort.endpoint("lfs")["patient_id"].tolist() == ["1", "2", "5", "6"]
    assert cohort.endpoint("lfs").attrs["without_relapse_status"] == 3
    assert cohort.patients["lfs_event"].isna().sum() == 3


def test_a_column_may_say_so(make_cohort, patients):
    known = ["yes", "", "yes", "no", "no", "", "yes", "yes"]
    cohort = load_cohort(make_cohort(patients.assign(relapse_known=known)))
    assert len(cohort.endpoint("efs")) == 6
    assert len(cohort.endpoint("os")) == 8
    assert {key: cohort.endpoint(key).attrs["without_relapse_status"] for key in CAUSES} == {
        "os": 0,
        "efs": 2,
        "lfs": 0,
        "relapse": 0,
        "nrm": 0,
        "dor": 0,
    }


def test_deaths_and_courses_do_not_take_it_for_no_relapse(make):
    cohort = make(STUDY + "[response]\nat_time_zero = true\n")
    deaths = safety.deaths_by_period(cohort)
    counted = deaths[(deaths["level"] == "at any time") & (deaths["variable"] == "state")].set_index("term")["events"]
    assert counted.to_dict() == {"After relapse": 1, "In remission": 1, "Not known whether after relapse": 2}
    figure = plot_swimmer(views.course(cohort), {}, id="swimmer", caption="Course")
    assert (
        "3 patients of whom it is not known whether the disease came back are drawn as if it had not." in figure.caption
    )


@pytest.mark.parametrize(
    ("study", "table", "said"),
    [
        (STUDY.replace("unknown = [99, -9]", "unknown = [99]"), REGISTRY, "row 8, relapse_day (event rel)"),
        (STUDY, REGISTRY.replace("1   6 ", "1   . "), "the event happened but its time is empty"),
        (STUDY.replace('"dead" }', '"dead", unknown = [9] }'), REGISTRY, "unknown is read for relapse_day only"),
        (STUDY.replace('"rel", unknown', '"rel", event_codes = [1], unkown'), REGISTRY, 'Did you mean "unknown"?'),
        (STUDY + "unknown = [99]\n", REGISTRY, "codes of an indicator that is not given"),
    ],
)
def test_what_cannot_be_is_a_fault(make, study, table, said):
    with pytest.raises(FaultError) as error:
        make(study, table)
    assert said in str(error.value)


def test_a_relapse_cannot_be_dated_and_unknown(make_cohort, patients):
    with pytest.raises(CohortError, match=r"rows 2.*a day of relapse although it is not known"):
        load_cohort(make_cohort(patients.assign(relapse_known="no")))
