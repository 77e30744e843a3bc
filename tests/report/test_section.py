"""A report as its notebook sees it: what is published, what was only shown, and the template that shows how."""

from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from toys import write

from helpers.report import section
from helpers.report.parse_notebook import read_page
from helpers.report.run import Run, run_notebooks
from helpers.report.section import PublishError, Report
from helpers.stats import survival
from helpers.stats.estimates import estimates, filter_rows
from helpers.study import PROJECT_ROOT

TEMPLATE = PROJECT_ROOT / "notebooks" / "template" / "07_section.ipynb"


@pytest.fixture
def report():
    """A report that has published nothing."""
    return Report("survival", study="data/second_cart")


def at(report, months=(12, 24)):
    """Survival of everybody and of each arm."""
    return survival.survival_at(report.cohort.endpoint("os"), list(months), by="arm", overall=True)


def test_a_report_shows_which_cohort_it_reads(report):
    assert report._repr_mimebundle_() == report._loaded._repr_mimebundle_()
    assert "<span>35 patients.</span>" in report._repr_mimebundle_()[0]["text/html"]


def test_before_anything_is_published_the_report_says_what_to_call(report):
    for close in (report.estimates, report.claims):
        with pytest.raises(PublishError, match=r"nothing is published yet; call report\.publish\(\.\.\.\)"):
            close()


def test_a_section_of_which_the_cohort_records_nothing_can_be_closed(report):
    report.publish(estimates([]))
    assert report.estimates().plain() == "0 estimates published in section survival"
    assert report.estimates().warning == ""


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("words", "table 2: a str is no table of estimates"),
        (pd.DataFrame({"a": [1]}), r"table 2: a DataFrame without the columns of estimates \(id, section, endpoint"),
        (estimates([])[["group", "estimate"]], "table 2: a Estimates without the columns of estimates"),
    ],
)
def test_what_is_no_table_of_estimates_is_refused_and_nothing_is_published(report, rows, message):
    with pytest.raises(PublishError, match=message):
        report.publish(at(report), rows)
    with pytest.raises(PublishError, match="nothing is published"):
        report.published  # noqa: B018


def test_a_curve_is_not_published_by_mistake(report):
    with pytest.raises(PublishError, match="a Curve without the columns of estimates"):
        report.publish(survival.kaplan_meier(report.cohort.endpoint("os"), by="arm"))


def test_a_cell_that_is_run_twice_publishes_once(report):
    report.publish(at(report))
    report.publish(at(report))
    assert len(report.published) == len(at(report))
    assert set(report.published["section"]) == {"survival"}


def test_what_cells_have_shown_and_not_published_is_told(report, monkeypatch):
    everything = at(report)
    shell = SimpleNamespace(user_ns={"Out": {}}, execution_count=3)
    monkeypatch.setattr(section, "get_ipython", lambda: shell)
    monkeypatch.setattr(report, "_began", 3)
    report.publish(filter_rows(everything, time_months=12))
    shell.user_ns["Out"] = {2: at(report, [6]), 4: filter_rows(everything, time_months=12, group="All"), 5: "text"}
    assert report.estimates().warning == ""  # a part of what was published; cell 2 is of an earlier report
    shell.user_ns["Out"] |= {6: everything, 7: everything[["group", "estimate"]]}
    left = report.unpublished()
    assert (len(left), set(left["time_months"])) == (4, {24})
    assert report.estimates().warning == "Shown above but not published: 4 estimates (survival of os)."


def run(path, folder):
    """A notebook, executed as a collection executes it, as a page."""
    [done] = run_notebooks([Run(path, {}, folder)], progress=False)
    return read_page(done.value, path.stem)


def test_the_template_is_a_section_that_runs(tmp_path):
    page = run(TEMPLATE, PROJECT_ROOT)
    assert page.answer.startswith("Overall survival at 24 months was ")
    assert [len(page.of(kind)) for kind in ("figure", "frame")] == [1, 4]
    assert [heading.text for heading in page.of("heading")] == ["Survival in the two groups", "Limits"]
    assert page.of("text")[-1].role != "warning"
    assert {record["measure"] for record in page.records} == {"survival", "p_value"}


def test_a_table_that_a_section_shows_and_forgets_to_publish_is_told_on_its_page(tmp_path):
    notebook = nbformat.read(TEMPLATE, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("os_tests = report.publish(survival.logrank", "os_tests = (survival.logrank")
    page = run(write(tmp_path, "07_x", notebook.cells), PROJECT_ROOT)
    [warning] = [text.text for text in page.of("text") if text.role == "warning"]
    assert warning == "Shown above but not published: 1 estimate (p_value of os)."


def test_the_template_is_small_and_stores_no_output():
    code = [cell for cell in nbformat.read(TEMPLATE, as_version=4).cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in code)
    assert sum(len(cell.source.splitlines()) for cell in code) < 30
