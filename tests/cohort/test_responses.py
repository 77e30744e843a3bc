"""Studies of other diseases: which responses count as remission is declared, and said in the study's words."""

import pytest

from helpers.cohort import load_cohort, views
from helpers.cohort.definitions import definitions
from helpers.cohort.dictionary import dictionary
from helpers.cohort.findings import CohortError
from helpers.present import header
from helpers.present.figures.states import plot_states
from helpers.present.figures.swimmer import plot_swimmer
from helpers.report import markup
from helpers.report.parse_notebook import read_page
from helpers.stats import safety
from helpers.stats.cohort import flow
from helpers.study import StudyError, load_study
from helpers.study.response import COMPLETE, FAILED, PARTIAL
from helpers.study.wording import reworded

ANY = '[response]\nremission = ["cr", "pr"]\n'
DEEP = '[response]\nremission = ["sCR", "CR", "VGPR"]\n'


@pytest.fixture
def make(make_cohort, patients, study_toml):
    """A cohort of eight patients with these best responses, the days of response and relapse those of the fixture."""

    def make(words, declared="", **columns):
        table = patients.assign(response=words.split(), relapse_day="", **columns)
        return load_cohort(make_cohort(table, study_toml + declared))

    return make


def rows_of(cohort):
    return {data.about.label: int(data["event"].sum()) for data in views.response_outcomes(cohort) if data.shape[1]}


def test_the_words_are_those_of_the_dictionary():
    column = next(column for column in dictionary() if column.name == "response")
    assert column.readable == {**COMPLETE, **PARTIAL, **FAILED, "not_evaluable": "Not evaluable"}


@pytest.mark.parametrize(
    ("words", "declared", "expected"),
    [
        (
            "cr cr cri nr nr not_evaluable cr cr",
            "",
            {"Complete remission (CR, CRh or CRi)": 5, "CR": 4, "CRi": 1, "No response": 2},
        ),
        (
            "sCR CR PR SD PD not_evaluable cr cr",
            "",
            {
                "Complete remission (sCR, CR, CRh or CRi)": 4,
                "sCR": 1,
                "CR": 3,
                "CRi": 0,
                "PR": 1,
                "Stable disease": 1,
                "Progressive disease": 1,
            },
        ),
        (
            "cr pr PR SD PD not_evaluable cr cr",
            ANY,
            {"Response (CR or PR)": 5, "CR": 3, "PR": 2, "Stable disease": 1, "Progressive disease": 1},
        ),
        (
            "scr cr vgpr pr pr not_evaluable nr cr",
            DEEP,
            {"VGPR or better (sCR, CR or VGPR)": 4, "sCR": 1, "CR": 2, "VGPR": 1, "PR": 2, "No response": 1},
        ),
        (
            "cr pr pr nr nr not_evaluable cr cr",
            ANY + 'label = "Overall response"\n',
            {"Overall response": 5, "CR": 3, "PR": 2, "No response": 2},
        ),
    ],
)
def test_the_table_has_a_row_for_each_response_and_its_parts_are_everybody(make, words, declared, expected):
    cohort = make(words, declared)
    assert rows_of(cohort) == expected | {"Not evaluable or not recorded": 1}
    parts = list(rows_of(cohort).items())[1:]
    assert sum(count for _, count in parts) == len(cohort.patients)
    levels = views.response_levels(cohort)["best_response"]
    assert levels.value_counts().to_dict() == dict(parts)


def test_an_mrd_negative_remission_needs_no_column_of_its_own(make):
    cohort = make("mrd_negative mrd_negative cr nr nr not_evaluable cri cr")
    assert list(rows_of(cohort).items())[:3] == [
        ("Complete remission (MRD-negative CR, CR, CRh or CRi)", 5),
        ("MRD-negative complete remission", 2),
        ("MRD-negative CR", 2),
    ]
    both = make("mrd_negative cr cr nr nr not_evaluable cri cr", mrd=["", "negative", *[""] * 6])
    assert rows_of(both)["MRD-negative complete remission"] == 2


@pytest.mark.parametrize(("declared", "reached", "failed"), [("", 3, 5), (ANY, 5, 3)])
def test_what_counts_decides_the_endpoints(make, declared, reached, failed):
    cohort = make("cr pr pr sd not_evaluable cr pd cr", declared)
    assert len(cohort.endpoint("dor")) == len(cohort.endpoint("lfs")) == reached
    assert (cohort.endpoint("efs")["cause"] == "non-response").sum() == failed - 1  # one died before an assessment
    steps = flow.flow_steps(cohort.patients, cohort.study)
    assert steps.loc[(steps["group"] == "All") & (steps["level"] == "in_remission"), "estimate"].tolist() == [reached]


@pytest.mark.parametrize(
    ("declared", "state", "population"),
    [
        ("", "remission", "patients in CR"),
        (ANY, "response", "patients in response"),
        (DEEP, "VGPR or better", "patients with VGPR or better"),
    ],
)
def test_pages_speak_in_the_words_of_the_study(make, declared, state, population):
    cohort = make(
        "scr vgpr cr nr nr not_evaluable cr cr" if declared == DEEP else "cr " * 5 + "nr not_evaluable cr", declared
    )
    duration = cohort.endpoint("dor").about
    assert (duration.label, duration.clock) == (f"Duration of {state}", f"months since {state}")
    assert cohort.endpoint("lfs").about.population == population
    deaths = safety.deaths_by_period(cohort)
    assert {f"In {state}", f"Without {state}"} <= set(deaths["term"])
    assert f"no {state}" in set(flow.flow_reasons(cohort.patients, cohort.study)["term"])
    assert f"counts as without {state}." in dict(definitions(cohort, "response"))["Who counts"]


def test_the_criteria_of_acute_leukaemia_stand_under_its_responses_only(make):
    leukaemia = dict(definitions(make("cr cr cri nr nr not_evaluable cr cr"), "response"))
    lymphoma = dict(definitions(make("cr cr pr sd pd not_evaluable cr cr", ANY), "response"))
    assert {"Complete remission (CR)", "CRh and CRi"} <= {*leukaemia} - {*lymphoma}
    assert lymphoma["What counts"].startswith("CR or PR, as the study declares.")
    assert "What counts" not in leukaemia


@pytest.mark.parametrize(
    ("words", "declared"),
    [
        ("cr cr vgpr pr pr not_evaluable cr cr", ANY),
        ("scr cr cr nr nr not_evaluable cr cr", '[response]\nremission = "cr"\n'),
        ("cr cri crh nr nr not_evaluable cr cr", '[response]\nremission = ["cr", "cri"]\n'),
    ],
)
def test_a_response_better_than_one_that_counts_cannot_be_left_out(make, words, declared):
    with pytest.raises(CohortError, match=r"row 4.*|row 2.*a better response than one that counts"):
        make(words, declared)


def test_words_that_are_no_response_are_refused(tmp_path, study_toml):
    (tmp_path / "study.toml").write_text(
        study_toml + '[response]\nremission = ["cr", "sd", "vgrp"]\n', encoding="utf-8"
    )
    with pytest.raises(StudyError) as error:
        load_study(tmp_path)
    assert '[response] remission: "sd" cannot count as remission' in str(error.value)
    assert 'Did you mean "vgpr"?' in str(error.value)


def test_something_counts(tmp_path, study_toml):
    (tmp_path / "study.toml").write_text(study_toml + "[response]\nremission = []\n", encoding="utf-8")
    with pytest.raises(StudyError, match="nothing counts"):
        load_study(tmp_path)


def test_responses_may_be_spelt_out(make_cohort, patients, study_toml):
    spelt = ["Complete Response", "complete remission", "CR", "Partial response", "NE", "VGPR", "stable disease", "cr"]
    cohort = load_cohort(make_cohort(patients.assign(response=spelt, relapse_day=""), study_toml))
    assert cohort.patients["response"].tolist() == ["cr", "cr", "cr", "pr", "not_evaluable", "vgpr", "sd", "cr"]


def test_texts_of_notebooks_are_said_in_the_words_of_the_study(make):
    text = (
        "# Response\n\n**Endpoint.** Complete remission, with full, partial or incomplete recovery of the blood counts "
        "(CR, CRh or CRi). How many reached complete remission, how long did remission last?\n\n## Complete remission"
    )
    cohort = make("cr pr pr sd pd not_evaluable cr cr", ANY)
    assert reworded(text, cohort.study.response.words({"cr", "pr"})) == (
        "# Response\n\n**Endpoint.** Response (CR or PR). How many had a response, how long did response last?"
        "\n\n## Response"
    )
    page = read_page(
        {"cells": [{"cell_type": "markdown", "source": text, "metadata": {}}]}, "x", study=header.loaded(cohort)
    )
    assert "remission" not in str(page.blocks).lower() + str(page.lead).lower()
    usual = make("cr cr cri nr nr not_evaluable cr cr")
    assert usual.study.response.words(views.responses(usual)) == {}


def test_a_label_is_shown_as_it_is_written(make):
    label = "*Best* <b>[response](x)</b> {0} \\1"
    cohort = make("cr pr pr sd pd not_evaluable cr cr", f"{ANY}label = '{label}'\n")
    assert dict(definitions(cohort, "response"))["What counts"].startswith("CR or PR, as")
    cell = {"cell_type": "markdown", "source": "# T\n\nComplete remission.", "metadata": {}}
    page = read_page({"cells": [cell]}, "x", study=header.loaded(cohort))
    prose = next(block for block in [*page.lead, *page.blocks] if block.kind == "prose")
    assert markup.plain(prose.tokens[-1]) == f"{label}."


def test_what_ends_a_response_may_be_a_progression(make):
    cohort = make("cr pr pr sd not_evaluable cr pd cr", ANY + 'ends = "progression"\n')
    text = "Relapse, having relapsed, can no longer relapse; Non-relapse mortality, time to relapse."
    assert reworded(text, cohort.study.response.words()) == (
        "Progression, having progressed, can no longer progress; Non-relapse mortality, time to progression."
    )
    meanings = dict(definitions(cohort, "survival"))
    assert meanings["Leukaemia-free survival"].startswith("Time to progression or to death without progression")
    assert meanings["Non-relapse mortality"].startswith("Death without an earlier progression")
    course = views.course(cohort).assign(relapse_day=30.0)
    assert "progressed" in plot_swimmer(course, {}, id="swimmer", caption="Course").alt
    assert "Progressed" in set(plot_states(lanes_of(course), course.about, id="s", caption="C", alt="A").data["term"])
    assert "After progression" in set(safety.deaths_by_period(cohort)["term"])


def lanes_of(course):
    """Everybody is in response from the first month, progresses in the second and is last seen in the third."""
    months = {"remission_from": 1.0, "remission_to": 2.0, "relapse_month": 2.0, "death_month": float("nan")}
    return course.assign(**months, ongoing_month=3.0, end_month=3.0, arm=course["arm"].astype(str))
