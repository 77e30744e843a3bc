"""The page of a check: whole in itself, its tables headed, written over none but its own kind."""

import pytest
from lxml import html

from helpers.cohort.account import account_of
from helpers.report.check_page import check_page, write_check_page
from helpers.report.target import OutputError

SECRET = "Xyzzy"


@pytest.fixture
def account(make_cohort, patients):
    """A cohort with one fault, one doubt, one column and one file that are not read."""
    patients.loc[2, ["crs_grade", "patient_id"]] = ["9", SECRET]
    folder = make_cohort(patients.rename(columns={"sex": "sx", "prior_lines": "a\x1bb"}))
    (folder / "labs.csv").write_text("x\n")
    return account_of(folder)


def cells(page, caption):
    """The rows of the table with a caption that says so, as texts."""
    (table,) = page.xpath(f"//*[contains(figcaption, '{caption}') or contains(summary, '{caption}')]//table")
    return [[cell.text_content() for cell in row] for row in table.xpath(".//tr")]


def test_the_page_tells_faults_checks_columns_and_what_is_not_read(account):
    page = html.fromstring(check_page(account))
    assert (
        page.xpath("//p[@class='answer']")[0].text
        == "1 fault: no report is made before all are mended. 1 doubt to look at."
    )
    assert cells(page, "Faults.")[1][:2] == ["patients.csv row 4, crs_grade", "above 5"]
    assert cells(page, "Doubts.")[1][0] == "patients.csv row 1, sx"
    first = cells(page, "What was asked")[1]
    assert first == ["Is not above the allowed range", "failed", "crs_grade", "8", "7", "1", ""]
    assert ["age_years", "age_years", "number", "7", "1", "7", "35 years"] in cells(
        page, "patients: patients.csv, 8 rows"
    )
    assert ["mrd", "Measurable residual disease"] in cells(page, "of the codebook")
    assert cells(page, "Not read of patients.csv")[1][:3] == ["sx", "column", "sex"]
    assert cells(page, "Files of the folder")[1][:2] == ["labs.csv", "blood_counts"]
    assert ["Overall survival", "yes", "04_survival", ""] in cells(page, "Sections.")


def test_the_page_is_whole_in_itself_and_every_table_has_heads_and_a_caption(account):
    text = check_page(account)
    page = html.fromstring(text)
    assert SECRET not in text
    assert "\x1b" not in text
    assert not page.xpath("//*[@src or @style][not(starts-with(@src, 'data:'))] | //link")
    assert not page.xpath("//th[not(@scope)]")
    captions = [caption.get("id") for caption in page.xpath("//figcaption | //details[@class='data']/summary")]
    assert [table.get("aria-labelledby") for table in page.xpath("//table")] == captions
    shares = page.xpath("//td/*[local-name()='svg'][@aria-hidden='true']")
    assert shares  # beside them stand the numbers
    assert len(page.xpath("//h1")) == 1


def test_a_page_is_written_over_a_former_one_and_over_no_other_file(account, tmp_path):
    place = tmp_path / "check.html"
    write_check_page(place, account)
    first = place.read_text()
    write_check_page(place, account)
    assert place.read_text() == first
    place.write_text("<p>mine</p>")
    with pytest.raises(OutputError, match=r"check\.html is there and is no page of a check"):
        write_check_page(place, account)
    assert place.read_text() == "<p>mine</p>"


@pytest.mark.parametrize("there", ["folder", "link"])
def test_a_page_is_written_over_no_folder_and_through_no_link(account, tmp_path, there):
    place = tmp_path / "check.html"
    place.mkdir() if there == "folder" else place.symlink_to("elsewhere.html")
    with pytest.raises(OutputError):
        write_check_page(place, account)
    assert not (tmp_path / "elsewhere.html").exists()
