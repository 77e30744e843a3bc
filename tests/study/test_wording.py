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
from helpers.study.wording import ONE_ARM, reworded

LINES = (Text("sentence", "Text."), absent("Comparisons of survival"))


@pytest.fixture(scope="module")
def texts():
    """What notebooks and code say, in one line."""
    notebooks = [nbformat.read(path, as_version=4) for path in (PROJECT_ROOT / "notebooks").glob("*.ipynb")]
    cells = [cell.source for notebook in notebooks for cell in notebook.cells]
    code = [path.read_text("utf-8") for path in (PROJECT_ROOT / "helpers").rglob("*.py") if path.stem != "wording"]
    return re.sub(r"\s+", " ", " ".join([*cells, *code]).replace('"\n', "").replace('"', ""))


@pytest.mark.parametrize("phrase", [*ONE_ARM, USUAL_ENDPOINT])
def test_every_phrase_is_said_somewhere(texts, phrase):
    assert phrase.removeprefix(f"{NOT_RECORDED}: ").removesuffix(".") in texts


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


def test_white_space_of_a_phrase_does_not_matter():
    assert reworded("each by\narm here", {" by arm": ""}) == "each here"
