"""Endpoints that study.toml switches off: as if not recorded, and said to be switched off."""

import shutil

import pytest

from helpers.audit import ensemble_values
from helpers.audit.compare import compare
from helpers.audit.published import read_published
from helpers.cohort import load_cohort
from helpers.cohort.definitions import definitions
from helpers.cohort.endpoints import NotRecorded, survival_data
from helpers.present import header
from helpers.present.figures import plot_curves
from helpers.report.index import study_paragraph
from helpers.report.parse_notebook import read_page
from helpers.stats import survival
from helpers.stats.estimates import stack
from helpers.study import PROJECT_ROOT, StudyError, load_study


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """The shipped cohort without survival without relapse, without mortality and without the duration of remission."""
    folder = tmp_path_factory.mktemp("off") / "second_cart"
    shutil.copytree(PROJECT_ROOT / "data" / "second_cart", folder)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    off = 'min_at_risk = 3\noff = ["lfs", "nrm", "dor"]'
    (folder / "study.toml").write_text(text.replace("min_at_risk = 3", off), encoding="utf-8")
    return load_cohort(folder)


def test_it_has_no_data_and_says_why(cohort):
    assert cohort.endpoint("lfs").heading() == "Leukaemia-free survival: switched off in study.toml"
    assert survival.survival_at(cohort.endpoint("nrm"), [12]).empty
    with pytest.raises(NotRecorded, match="is switched off in study"):
        survival_data(cohort.patients, cohort.study, "dor")


def test_what_follows_another_endpoint_stays(cohort):
    relapse = cohort.endpoint("relapse")
    assert (len(relapse), relapse.about.population) == (23, "patients in CR")
    assert len(cohort.endpoint("efs")) == 35
    assert survival.identity_departure(cohort.endpoint("lfs"), relapse).empty
    whole = load_cohort("data/second_cart")
    assert survival.identity_departure(whole.endpoint("lfs"), cohort.endpoint("nrm")).empty


def test_the_pages_say_so_and_speak_of_the_others_only(cohort):
    note = "35 patients. Switched off in study.toml: leukaemia-free survival, non-relapse mortality, duration of"
    assert header.loaded(cohort).note.startswith(note)
    opening = study_paragraph(cohort.study)
    assert "Cumulative incidence of relapse" in opening
    assert "Leukaemia-free" not in opening
    assert {"Overall survival", "Event-free survival"} <= {term for term, _ in definitions(cohort, "survival")}
    assert "Duration of remission" not in {term for term, _ in definitions(cohort, "survival")}


def test_a_figure_becomes_a_line_and_its_section_is_named(cohort):
    line = plot_curves(survival.kaplan_meier(cohort.endpoint("lfs"), by="arm"))
    assert line.text == "Switched off in study.toml: Leukaemia-free survival."
    cells = [{"cell_type": "markdown", "source": text, "metadata": {}} for text in ("# T\n\nText.", "## LFS\n\nText.")]
    output = {"output_type": "display_data", "data": line._repr_mimebundle_()[0], "metadata": {}}
    cells.append({"cell_type": "code", "source": "x", "metadata": {}, "outputs": [output]})
    page = read_page({"cells": cells}, "x")
    assert [block.text for block in page.blocks if block.kind == "text"] == ["LFS (switched off in study.toml)."]


def test_a_published_figure_of_it_is_not_recomputed(cohort):
    rows = stack(survival.survival_at(cohort.endpoint("os"), [24], overall=True))
    compared = compare(read_published(cohort.study), rows, cohort.study, section="survival")
    lfs = compared[compared["endpoint"] == "lfs"] if "endpoint" in compared else compared
    said = set(lfs.loc[lfs["verdict"] == "not recomputed", "explanation"])
    assert "Leukaemia-free survival is switched off in study.toml." in said


def test_compatible_cohorts_have_no_values_of_it(cohort):
    values = ensemble_values(cohort)
    assert "lfs" not in set(values["endpoint"])
    assert values["shown"].any()  # still recognised, by overall survival


@pytest.mark.parametrize(
    ("word", "said"), [("dro", 'unknown name "dro". Did you mean "dor"?'), ("os", 'unknown name "os"')]
)
def test_only_endpoints_beside_overall_survival_can_be_switched_off(tmp_path, study_toml, word, said):
    (tmp_path / "study.toml").write_text(f'{study_toml}[endpoints]\noff = ["{word}"]\n', encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(tmp_path)
    assert f"[endpoints] off: {said}" in str(error.value)
