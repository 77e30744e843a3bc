"""The studies that `second-cart init --example` writes: each reads a table of its kind and says true things of it."""

import pytest
from click.testing import CliRunner

from helpers import cli
from helpers.cohort import load_cohort, views
from helpers.cohort.examples import EXAMPLES, example_header, example_study
from helpers.present.figures import plot_curves
from helpers.stats import proportions, survival
from helpers.study import load_study
from tests.cohort.example_tables import example_table

# The endpoints that each example shows, with their labels and whose they are.
SHOWN = {
    "transplant": {
        "os": ("Overall survival", "all patients"),
        "lfs": ("Leukaemia-free survival", "all patients"),
        "relapse": ("Cumulative incidence of relapse", "all patients"),
        "nrm": ("Non-relapse mortality", "all patients"),
    },
    "myeloma": {
        "os": ("Overall survival", "all patients"),
        "lfs": ("Progression-free survival", "all patients"),
        "relapse": ("Cumulative incidence of progression", "all patients"),
        "nrm": ("Death without progression", "all patients"),
        "dor": ("Duration of response", "patients in response"),
    },
    "lymphoma": {
        "os": ("Overall survival", "all patients"),
        "lfs": ("Progression-free survival", "all patients"),
        "relapse": ("Cumulative incidence of progression", "all patients"),
        "nrm": ("Non-relapse mortality", "all patients"),
        "dor": ("Duration of response", "patients in response"),
    },
}
ROWS = {
    "transplant": [],
    "myeloma": ["Response (sCR, CR, VGPR or PR)", "MRD-negative response", "sCR", "CR", "VGPR", "PR"],
    "lymphoma": ["Response (CR or PR)", "CR", "PR", "Stable disease", "Progressive disease"],
}


@pytest.fixture(params=EXAMPLES)
def cohort(request, make_cohort):
    return load_cohort(make_cohort(example_table(request.param), example_study(request.param))), request.param


def test_an_example_reads_its_table_and_shows_its_endpoints(cohort):
    cohort, name = cohort
    data = {key: cohort.endpoint(key) for key in cohort.study.endpoints}
    shown = {key: (rows.about.label, rows.about.population) for key, rows in data.items() if rows.shape[1]}
    assert shown == SHOWN[name]
    for key in shown:
        assert data[key]["event"].any()
    assert data["dor"].shape[1] or name == "transplant"
    line = plot_curves(survival.kaplan_meier(data["lfs"], by=views.drawn_by(cohort.study)))
    assert line.caption.startswith(SHOWN[name]["lfs"][0])


def test_the_response_is_told_in_the_words_of_the_disease(cohort):
    cohort, name = cohort
    rows = proportions.outcome_proportions(views.response_outcomes(cohort), by="arm")
    labels = list(dict.fromkeys(rows["endpoint_label"]))
    assert labels[: len(ROWS[name])] == ROWS[name]
    assert "CRi" not in labels


def test_whatever_an_example_declares_its_table_has(cohort):
    cohort, name = cohort
    assert all(cohort.recorded(covariate.column) for covariate in cohort.study.covariates)
    assert cohort.exposures == cohort.study.exposures
    assert [*example_table(name)] == example_header(name)
    assert cohort.recorded("crs_grade") == (name != "transplant")


@pytest.mark.parametrize("name", EXAMPLES)
def test_init_writes_an_example_and_an_empty_table_over_nothing(tmp_path, name):
    folder = tmp_path / "new" / name
    command = ["init", "--example", name, "--out", str(folder)]
    assert CliRunner().invoke(cli.main, command).exit_code == 0
    assert load_study(folder).key == name
    assert (folder / "patients.csv").read_text(encoding="utf-8").strip().split(",") == example_header(name)
    (folder / "patients.csv").write_text("mine", encoding="utf-8")
    again = CliRunner().invoke(cli.main, command)
    assert (again.exit_code, "there is a study.toml and a patients.csv already" in again.output) == (2, True)
    assert (folder / "patients.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("wrong", [[], ["--example", "leukaemia"], ["--out", "x"]])
def test_init_wants_a_file_or_an_example(wrong):
    assert CliRunner().invoke(cli.main, ["init", *wrong]).exit_code == 2


def test_the_command_offers_the_examples_there_are():
    assert cli.EXAMPLES == EXAMPLES
