"""Workbooks as hospitals keep them: what a cell shows is read, and what cannot be read is said or refused."""

import datetime as dt
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import PatternFill

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.readers import excel
from helpers.cohort.reading import open_file
from helpers.study import FileSource, load_study
from helpers.study.sources import TABLES

EVENTS = pd.DataFrame({"patient_id": ["P01"], "term": ["Fever"], "grade": [1]})
TABLE = [
    ["id", "age", "seen", "blasts"],
    ["A", 31, dt.datetime(2020, 1, 31), 12.5],
    ["B", 44.5, dt.datetime(2021, 6, 1, 8, 30), 0.1],
    ["C", None, None, 7],
]


@pytest.fixture
def book(tmp_path):
    """Writes a workbook from sheets of rows, bent by a function, and opens it."""

    def make(sheets, bend=lambda workbook: None, name="book.xlsx", **keys):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        bend(workbook)
        workbook.save(tmp_path / name)
        findings = Findings()
        source = open_file(tmp_path / name, findings, FileSource(name, **keys))
        table = source.text([name for name in source.header if name], findings) if source else None
        cells = (
            {name: ["" if cell != cell else cell for cell in texts.values()] for name, texts in table.columns.items()}
            if table
            else {}
        )
        return source, cells, findings

    return make


def said(findings):
    return [str(fault) for fault in findings.faults]


def test_numbers_dates_and_text_of_a_sheet_are_read(book):
    source, cells, findings = book({"Data": TABLE})
    assert cells == {
        "id": ["A", "B", "C"],
        "age": ["31", "44.5", ""],
        "seen": ["2020-01-31", "2021-06-01", ""],
        "blasts": ["12.5", "0.1", "7"],
    }
    assert (source.raw.said, source.raw.left_out, findings.faults) == ((), (), [])


def test_the_sheet_of_the_study_is_read_and_the_others_are_said(book):
    other = [["id", "x", "y"], ["Z", 1, 2]]
    source, cells, _ = book({"First": other, "Data": TABLE, "Empty": []}, sheet="data ")
    assert (cells["id"], source.raw.said) == (["A", "B", "C"], ('sheet "Data"',))
    assert [(item.kind, item.name) for item in source.raw.left_out] == [("sheet", "First")]


@pytest.mark.parametrize("first", [[["READ ME"], ["Version 3"]], [["Made by", "Unit 5"], ["Version", 3]], []])
def test_a_first_sheet_without_a_table_is_refused_with_the_names_of_the_others(book, first):
    source, _, findings = book({"READ ME": first, "Data": TABLE})
    assert source is None
    assert ['"Data"' in fault and "sheet =" in fault for fault in said(findings)] == [True]


def test_a_sheet_that_is_not_there_is_refused_with_the_names_of_all(book):
    _, _, findings = book({"Notes": [["x"]], "Patients": TABLE}, sheet="Pateints")
    assert 'Did you mean "Patients"? Its sheets: "Notes", "Patients".' in said(findings)[0]


def test_a_merged_row_above_the_header_is_told_and_passed_with_its_key(book):
    band = [["Patient", None, None, "Marrow"], *TABLE]

    def merge(workbook):
        workbook.active.merge_cells("A1:C1")

    assert "header_row = 2" in said(book({"Data": band}, merge)[2])[0]
    source, cells, findings = book({"Data": band}, merge, header_row=2)
    assert (source.header, cells["id"], findings.faults) == (("id", "age", "seen", "blasts"), ["A", "B", "C"], [])
    assert [*source.raw.rows] == [3, 4, 5]


def test_merged_cells_of_rows_have_the_value_that_they_show(book):
    _, cells, findings = book({"Data": TABLE}, lambda workbook: workbook.active.merge_cells("D2:D4"))
    assert cells["blasts"] == ["12.5"] * 3
    assert [(row.column, row.what, row.cells) for row in findings.normalised] == [
        ("blasts", "merged cells filled with their value", 2)
    ]


def test_merged_cells_in_the_header_are_a_fault(book):
    _, _, findings = book({"Data": TABLE}, lambda workbook: workbook.active.merge_cells("C1:D1"))
    assert "column 4: the header is the same as that of column 3" in said(findings)[0]


def test_line_breaks_in_headers_become_blanks_and_columns_without_a_header_are_said(book):
    rows = [["id", "age\n(years)", None, "x", None], ["A", 1, 2, 3, None], ["B", 1, 2, 3, None]]
    source, cells, _ = book({"Data": rows})
    assert source.header == ("id", "age (years)", "", "x")
    assert [(item.kind, item.name) for item in source.raw.left_out] == [("column", "column 3")]
    assert cells["age (years)"] == ["1", "1"]


def test_formulas_without_a_value_are_faults_of_the_columns_that_are_read(book):
    rows = [[*row[:3], f"=B{number}*2" if number > 1 else "twice"] for number, row in enumerate(TABLE, start=1)]
    _, _, findings = book({"Data": rows})
    assert said(findings) == [
        "book.xlsx rows 2, 3, 4, twice: a formula whose value was never stored. "
        "Open the workbook in Excel, save it, and use the saved file."
    ]


def rewritten(path, pattern, new):
    """A workbook with a piece of the XML of its first sheet written anew."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet], count = re.subn(pattern, new, parts[sheet])
    assert count
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_stored_values_of_formulas_are_read_also_when_they_are_an_empty_text(tmp_path, book):
    rows = [["id", "sum", "text"], ["A", "=1+1", '=""']]
    book({"Data": rows})
    rewritten(
        tmp_path / "book.xlsx", rb'<c r="B2"[^>]*><f>[^<]*</f><v ?/?>(</v>)?</c>', b'<c r="B2"><f>1+1</f><v>2</v></c>'
    )
    rewritten(
        tmp_path / "book.xlsx",
        rb'<c r="C2"[^>]*><f>[^<]*</f><v ?/?>(</v>)?</c>',
        b'<c r="C2" t="str"><f>""</f><v></v></c>',
    )
    findings = Findings()
    table = open_file(tmp_path / "book.xlsx", findings).text(["sum", "text"], findings)
    assert (findings.faults, [*table.columns["sum"].values()], table.columns["text"].given.any()) == ([], ["2"], False)


def test_days_of_both_calendars_are_the_same_dates(book):
    def bend(workbook):
        workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    source, cells, _ = book({"Data": TABLE}, bend)
    assert (cells["seen"][:2], source.raw.said) == (["2020-01-31", "2021-06-01"], ("days counted from 1904",))
    assert (
        "numbers for dates in a workbook that counts from 1904"
        in said(book({"Data": TABLE}, bend, dates="excel")[2])[0]
    )


def test_errors_are_faults_but_for_the_one_that_says_missing(book):
    rows = [["id", "a", "b"], ["A", "#DIV/0!", "#N/A"], ["B", "#REF!", "x"]]
    _, cells, findings = book({"Data": rows})
    assert [fault.split(".")[1] for fault in said(findings)] == [
        "xlsx row 2, a: an error of Excel in place of a value",
        "xlsx row 3, a: an error of Excel in place of a value",
    ]
    assert cells["b"] == ["", "x"]
    assert [(row.column, row.what) for row in findings.normalised] == [("b", '"#N/A" read as missing')]


def test_percentages_are_what_the_cell_shows(book):
    def bend(workbook):
        for row, number_format in enumerate(["0%", "0.0%", "General"], start=2):
            workbook.active.cell(row, 4).number_format = number_format

    rows = [[*row[:3], blasts] for row, blasts in zip(TABLE, ["blasts", 0.45, 0.071, 12], strict=True)]
    _, cells, findings = book({"Data": rows}, bend)
    assert cells["blasts"] == ["45%", "7.1%", "12"]
    assert [(row.what, row.cells) for row in findings.normalised] == [("percentages as the cell shows them", 2)]


def test_numbers_kept_as_text_are_said(book):
    rows = [["id", "age", "dose"], ["1", 31, "1,5"], ["2", "44.5", 2], ["3", "", "n.d."]]
    _, cells, findings = book({"Data": rows})
    assert (cells["age"], cells["dose"]) == (["31", "44.5", ""], ["1,5", "2", "n.d."])
    assert {(row.column, row.what, row.cells) for row in findings.normalised} == {
        ("age", excel.AS_TEXT, 1),
        ("dose", excel.AS_TEXT, 1),
    }


def test_what_is_hidden_filtered_or_coloured_is_said(book):
    def bend(workbook):
        sheet = workbook.active
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.auto_filter.ref = "A1:D4"
        sheet.auto_filter.add_filter_column(0, ["A"])
        for cell, colour in (("A2", "FFFF0000"), ("A3", "FF00FF00")):
            sheet[cell].fill = PatternFill("solid", fgColor=colour)

    source, cells, _ = book({"Data": TABLE}, bend)
    assert cells["id"] == ["A", "B", "C"]
    assert source.raw.said == (
        "hidden rows, which are read",
        "hidden columns, which are read",
        "a filter; the rows that it hides are read",
        "colours of cells, which are not read",
    )


def test_hidden_sheets_are_not_taken_for_the_first(book):
    def bend(workbook):
        workbook["Old"].sheet_state = "hidden"

    source, cells, _ = book({"Old": [["id", "x", "y"], ["Z", 1, 2]], "Data": TABLE}, bend)
    assert (cells["id"], [item.name for item in source.raw.left_out]) == (["A", "B", "C"], ["Old"])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Excel file of before 2007 under another name"),
        (b"\n<html><table><tr><td>1</td></tr></table></html>", "a web page or XML under the name of a workbook"),
        (b"PK\x03\x04" + bytes(100), "cannot be read as a table"),
        (b"id,sex\nA,f\n", "no workbook, though its name says so"),
    ],
)
def test_files_that_are_no_workbook_are_named_for_what_they_are(make_cohort, patients, data, problem):
    folder = make_cohort(patients)
    (folder / "patients.csv").unlink()
    (folder / "patients.xlsx").write_bytes(data)
    with pytest.raises(CohortError, match=problem):
        load_cohort(folder)


@pytest.mark.parametrize(
    "number_format",
    ["General", "0.00", "yyyy-mm-dd", "dd.mm.yyyy", "[$-407]d. mmmm yyyy", "mm/dd/yy hh:mm", "[h]:mm", '0" days"', "@"],
)
def test_both_libraries_give_the_same_texts(tmp_path, number_format):
    workbook = openpyxl.Workbook()
    values = [61, 62.5, 43335, 43335.25, 60000, True, " x ", "0012", "a\nb", None, "\u00e9", "1.0"]
    values += [0.1 + 0.2, 1e-7, 123456789012, -3] if number_format in ("General", "0.00") else []
    for row, value in enumerate(values, start=2):
        workbook.active.cell(row, 2, value).number_format = number_format
    workbook.save(tmp_path / "book.xlsx")
    grid = excel._grid(tmp_path / "book.xlsx", "Sheet")
    quick = excel._texts([row[1] for row in grid.rows]).values()
    excel._add_formats(grid, tmp_path / "book.xlsx", "Sheet")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx", data_only=True).active
    slow = excel._texts([cell.value for cell in sheet["B"]]).values()
    assert [str(cell) for cell in quick] == [str(cell) for cell in slow]


def test_a_workbook_of_open_document_says_that_formats_are_not_seen(tmp_path):
    kinds = {"office", "table", "text"}
    names = " ".join(f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for kind in sorted(kinds))
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = ["".join(map(cell.format, row)) for row in (["id", "sex", "age"], ["A", "f", "31"])]
    rows = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    body = f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    package = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>",
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{package}"/>',
    }
    with zipfile.ZipFile(tmp_path / "book.ods", "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    findings = Findings()
    source = open_file(tmp_path / "book.ods", findings)
    assert (source.header, findings.faults) == (("id", "sex", "age"), [])
    assert source.raw.said == ("formats of cells, which are not seen: a percentage is read as its fraction",)


def test_one_workbook_may_hold_every_table_and_only_other_sheets_are_left_out(make_cohort, patients, study_toml):
    files = '{t} = {{ file = "all.xlsx", sheet = "{s}" }}\n'
    study = study_toml + "[files]\n" + files.format(t="patients", s="People")
    folder = make_cohort(patients, study + files.format(t="adverse_events", s="toxicity"))
    with pd.ExcelWriter(folder / "all.xlsx") as book:
        for name, table in {"People": patients, "Toxicity": EVENTS, "Notes": EVENTS}.items():
            table.to_excel(book, sheet_name=name, index=False)
    study = load_study(folder)
    assert len(load_cohort(folder).adverse_events) == 1
    left = [open_file(folder / "all.xlsx", Findings(), study.files[table]).raw.left_out for table in TABLES[:2]]
    assert [[item.name for item in items] for items in left] == [["Notes"], ["Notes"]]


def test_a_workbook_of_today_under_the_name_of_an_old_one_is_read(tmp_path, book):
    book({"Data": TABLE})
    (tmp_path / "book.xlsx").rename(tmp_path / "book.xls")
    assert open_file(tmp_path / "book.xls", Findings()).header == ("id", "age", "seen", "blasts")
