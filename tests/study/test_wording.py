"""The texts of the notebooks, said of one study: of one arm, and of responses that are no complete remissions."""

import re

import nbformat
import pytest

from helpers.cohort import load_cohort
from helpers.cohort.definitions import definitions
from helpers.present import header
from helpers.present.show import NOT_RECORDED, Text, absent
from helpers.report import markup
from helpers.report.parse_notebook import read_page
from helpers.stats import survival
from helpers.study import PROJECT_ROOT
from helpers.study.response import USUAL_ENDPOINT
from helpers.study.wording import COMPARED, ONE_ARM, SWITCHED_OFF, notebook_words, reworded

LINES = (Text("sentence", "Text."), absent("Comparisons of survival"))


@pytest.fixture(scope="module")
def texts():
    """What notebooks and code say, in one line."""
    notebooks = [nbformat.read(path, as_version=4) for path in (PROJECT_ROOT / "notebooks").glob("*.ipynb")]
    cells = [cell.source for notebook in notebooks for cell in notebook.cells]
    code = [path.read_text("utf-8") for path in (PROJECT_ROOT / "helpers").rglob("*.py") if path.stem != "wording"]
    return re.sub(r"\s+", " ", " ".join([*cells, *code]).replace('"\n', "").replace('"', ""))


PHRASES = [*ONE_ARM, *SWITCHED_OFF["efs"], *SWITCHED_OFF["dor"], *COMPARED[:-1], USUAL_ENDPOINT]


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_is_said_somewhere(texts, phrase):
    said = phrase.replace("{noun}", "{remission}").removeprefix(f"{NOT_RECORDED}: ")
    assert said.strip().removesuffix(".") in texts


@pytest.fixture
def alone(make_cohort, patients, study_toml):
    study = study_toml.replace('[[arms]]\nkey = "two"\nlabel = "Arm two"\n', "")
    return load_cohort(make_cohort(patients.drop(columns="arm"), study))


def test_a_study_of_one_arm_compares_nothing(alone):
    question = "# T\n\nWho was treated, how alike were the arms\nbefore treatment, and how long?"
    outputs = [{"output_type": "display_data", "data": line._repr_mimebundle_()[0], "metadata": {}} for line in LINES]
    cells = [{"cell_type": "markdown", "source": text, "metadata": {}} for text in (question, "## Response by arm")]
    cells.append({"cell_type": "code", "source": "x", "metadata": {}, "outputs": outputs})
    page = read_page({"cells": cells}, "x", study=header.loaded(alone))
    blocks = [*page.lead, *page.blocks]
    assert "Who was treated, and how long?" in [markup.plain(t) for b in blocks if b.kind == "prose" for t in b.tokens]
    assert [block.text for block in blocks if block.kind == "heading"] == ["Best response"]
    assert [block.text for block in blocks if block.kind == "text"] == ["Text.", "One arm: nothing to compare."]
    assert "Standardised difference (SMD)" not in dict(definitions(alone, "cohort"))


def test_its_estimates_stand_once(alone):
    data = alone.endpoint("os")
    assert set(survival.survival_at(data, [6], by="arm", overall=True)["group"]) == {"All"}
    assert set(survival.survival_at(data, [6], by="arm")["group"]) == {"Arm one"}
    assert set(survival.follow_up(data, by="arm", overall=True)["group"]) == {"All"}


def test_a_study_of_two_arms_is_told_as_written(make_cohort, patients):
    assert header.loaded(load_cohort(make_cohort(patients))).words == {}


@pytest.fixture
def undecided(make_cohort, patients, study_toml):
    third = '[[arms]]\nkey = "three"\nlabel = "Arm three"\n[response]\nremission = ["cr", "cri", "crh", "pr"]\n'
    patients.loc[0, "arm"] = "three"
    return load_cohort(make_cohort(patients, study_toml + third))


def test_three_arms_without_a_comparison_are_told_that_none_is_declared(undecided):
    answer = [Text("answer", f"{NOT_RECORDED}."), absent("Odds ratio of response and of no response")]
    outputs = [{"output_type": "display_data", "data": line._repr_mimebundle_()[0], "metadata": {}} for line in answer]
    for title, first in (("Robustness", "No comparison is declared."), ("Response", f"{NOT_RECORDED}.")):
        cells = [{"cell_type": "markdown", "source": f"# {title}", "metadata": {}}]
        cells.append({"cell_type": "code", "source": "x", "metadata": {}, "outputs": outputs})
        page = read_page({"cells": cells}, "x", study=header.loaded(undecided))
        said = [block.text for block in [*page.lead, *page.blocks] if block.kind == "text"]
        assert said == [first, "No comparison is declared."]


def test_nothing_is_said_of_endpoints_that_are_switched_off(make_cohort, patients, study_toml):
    study = study_toml + '[endpoints]\noff = ["efs", "dor"]\n'
    words = notebook_words(load_cohort(make_cohort(patients, study)).study)
    told = "Everybody for overall and event-free survival. Death; non-response, relapse or death; relapse or death."
    assert reworded(told, words) == "Everybody for overall survival. Death; relapse or death."
    assert (
        reworded("On average. The duration of remission counts from the day of the response.", words) == "On average."
    )


def test_patients_have_a_response_and_reach_a_remission(undecided):
    words = notebook_words(undecided.study)
    assert reworded("How many patients reached complete\nremission?", words) == "How many patients had a response?"


def test_white_space_of_a_phrase_does_not_matter():
    assert reworded("each by\narm here", {" by arm": ""}) == "each here"
