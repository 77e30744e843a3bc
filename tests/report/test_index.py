from dataclasses import replace

import pytest
from lxml import html
from toys import CLAIMS, bundle, executed

from helpers.present import show
from helpers.report import index
from helpers.report.parse_notebook import read_page
from helpers.study import load_study


@pytest.fixture(scope="module")
def front(toy_collection):
    return html.parse(str(toy_collection / "index.html")).getroot()


def texts(root, path):
    return [" ".join(element.text_content().split()) for element in root.xpath(path)]


def test_the_study_is_told_in_one_paragraph(toy_folder):
    study = load_study(toy_folder)
    told = index.study_paragraph(study)
    assert told.startswith("Patients in 2 arms (Single and Tandem & more). Tandem & more vs Single is the comparison.")
    assert "Overall survival (all patients)" in told
    assert told.endswith("Time runs from second infusion; rates are read at 24 months.")
    post_hoc = replace(study, contrast=replace(study.contrast, post_hoc=True))
    assert "is the comparison, chosen after the data were seen." in index.study_paragraph(post_hoc)
    single = replace(study, arms=study.arms[:1], contrast=None)
    assert index.study_paragraph(single).startswith("Patients (Single). There is no comparison.")


def test_titles_of_a_cohort_are_literal(front):
    assert texts(front, "//h1") == ["Toy <b>study</b>"]
    assert not front.xpath("//h1/b")


def test_each_report_is_linked_with_its_finding(front, toy_collection):
    assert texts(front, "//ul[@class='findings']/li") == [
        "Response Response: 12 of 14 patients reached CR.",
        "Other Other: 12 of 14 patients reached CR.",
    ]
    targets = front.xpath("//main//a/@href")
    assert all((toy_collection / target.partition("#")[0]).exists() for target in targets)


def test_claims_lead_to_their_rows(front, toy_collection):
    [summary] = texts(front, "//p[@id='claims-list']")
    assert summary.endswith("2 claims: differs (1) and agrees (by construction) (1).")
    [first, second] = front.xpath("//table[@class='claims']//a/@href")
    assert (first, second) == ("01_response.html#claims-2", "01_response.html#claims-1")
    page = html.parse(str(toy_collection / "01_response.html")).getroot()
    assert "P of the comparison" in page.get_element_by_id("claims-2").text_content()


def test_claims_are_counted_by_verdict():
    verdicts = ["wrong label", "agrees", "agrees"]
    assert index.claims_sentence([{"verdict": verdict} for verdict in verdicts]) == (
        "3 claims: wrong label (1) and agrees (2)."
    )


def test_a_claim_shown_twice_counts_once_and_open_ones_come_first():
    shown = bundle(show.Claims(CLAIMS))
    pages = [read_page(executed("# T", ("x", shown)), name) for name in ("01_a", "02_b")]
    claims = index.all_claims(pages)
    assert [claim["href"] for claim in claims] == ["01_a.html#claims-2", "01_a.html#claims-1"]


def test_downloads_exist(front, toy_collection):
    names = front.xpath("//ul[@class='files']//a/@href")
    assert {"search.html", "report.docx", "report-full.docx", "estimates.csv", "tables", "figures", "run.json"} == set(
        names
    )
    assert all((toy_collection / name).exists() for name in names)


def test_key_cards_are_the_first_of_each_report(front):
    assert texts(front, "//ul[@class='cards']/li/strong") == ["35", "35"]
