"""Text files as programs of many countries write them: the same cohort, what was seen said, what is unclear asked."""

import pytest

from helpers.cohort import load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.study import FileSource

ROWS = "id{0}sex{0}age\nA{0}männlich{0}30{1}5\nB{0}weiblich{0}41{1}2\nC{0}männlich{0}7{1}1\n"
GERMAN = ROWS.format(";", ",")
CHINESE = "编号,性别,年龄\n一,男,30\n二,女,41\n"


def opened(tmp_path, data, name="table.csv", **keys):
    """A file as it is opened, and the faults."""
    (tmp_path / name).write_bytes(data)
    findings = Findings()
    source = open_file(tmp_path / name, findings, FileSource(name, **keys))
    table = source.text([*source.header], findings) if source else None
    return source, table, [str(fault) for fault in findings.faults]


@pytest.mark.parametrize(
    ("data", "keys", "said"),
    [
        (GERMAN.encode(), {}, ("semicolons",)),
        (GERMAN.encode("utf-8-sig"), {}, ("semicolons",)),
        (GERMAN.encode("cp1252"), {}, ("Windows-1252", "semicolons")),
        (GERMAN.encode("utf-16"), {}, ("UTF-16", "semicolons")),
        (GERMAN.encode("utf-16-le"), {}, ("UTF-16-LE", "semicolons")),
        (GERMAN.encode("utf-16-be"), {}, ("UTF-16-BE", "semicolons")),
        (GERMAN.encode("mac_roman"), {"encoding": "mac_roman"}, ("MAC_ROMAN", "semicolons")),
        (GERMAN.replace("\n", "\r\n").encode(), {}, ("semicolons",)),
        (GERMAN.replace("\n", "\r").encode(), {}, ("semicolons",)),
        (("sep=;\n" + GERMAN).encode(), {}, ("semicolons",)),
        (ROWS.format("\t", ",").encode(), {}, ("tabs",)),
        (ROWS.format("|", ",").encode(), {}, ("vertical bars",)),
        (ROWS.format(",", ".").replace("sex", '"sex;m;w;d;x"').encode(), {}, ()),
        (("Studie;;\n\n" + GERMAN).encode(), {"header_row": 3}, ("semicolons",)),
        (("Study of, everything\n" + GERMAN).encode(), {"header_row": 2}, ("semicolons",)),
        ((GERMAN + "Summe;;78,8\nLegende\n").encode(), {"last_row": 4}, ("semicolons",)),
    ],
)
def test_letters_and_separators_are_seen_and_said(tmp_path, data, keys, said):
    source, table, faults = opened(tmp_path, data, **keys)
    assert (faults, source.raw.said) == ([], said)
    assert [*next(iter(table.columns.values())).values()] == ["A", "B", "C"]
    assert list(table.columns.values())[1].texts == ["männlich", "weiblich"]


def test_rows_are_numbered_as_in_the_file(tmp_path):
    data = ("Title;;\n\n" + GERMAN.replace("C;männlich", "C;")).encode()
    _, table, _ = opened(tmp_path, data, header_row=3)
    assert list(table.rows) == [4, 5, 6]
    assert (
        "row 3, column 3: the header is the same" in opened(tmp_path, data.replace(b"age", b"sex"), header_row=3)[2][0]
    )
    assert "row 5: not as many cells" in opened(tmp_path, data.replace(b"B;", b"B;;"), header_row=3)[2][0]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (CHINESE.encode("gb18030"), {}),
        ("id,sex\nA,男\nB,女\n".encode("gb18030"), {}),
        ("id,sex\nA,男性\nB,女性\n".encode("shift_jis"), {}),
        ("id,sex\nA,мужской\n".encode("cp1251"), {}),
        ("id,sex\nA,männlich\n".encode("mac_roman"), {}),
        ("id,sex\nA,männlich\n".encode("cp850"), {}),
        ("id,sex\nA,männlich\n".encode() + "B,männlich\n".encode("cp1252"), {}),
        (b"id,sex\nA,m\x81nnlich\n", {}),
        (GERMAN.encode("cp1252"), {"encoding": "utf-8"}),
        (GERMAN.encode(), {"encoding": "german"}),
        (GERMAN.encode(), {"encoding": "hex"}),
    ],
)
def test_letters_of_an_unknown_encoding_are_refused_with_the_key(tmp_path, data, keys):
    source, _, faults = opened(tmp_path, data, **keys)
    assert source is None
    assert len(faults) == 1
    assert 'encoding = "gb18030"' in faults[0]


def test_a_declared_encoding_is_read(tmp_path):
    source, table, faults = opened(tmp_path, CHINESE.encode("gb18030"), encoding="gb18030")
    assert (faults, source.header, source.raw.said) == ([], ("编号", "性别", "年龄"), ("GB18030",))
    assert [*table.columns["性别"].values()] == ["男", "女"]


@pytest.mark.parametrize(
    "text",
    ["café,âgée\ncréée,naïve\n", "AVALIAÇÃO,Größe\n25 °C,10 µg\n", "it\u2019s,\u201cquoted\u201d\n3 \u2013 4,5 €\n"],
)
def test_words_of_western_languages_are_windows_1252(tmp_path, text):
    source, _, faults = opened(tmp_path, text.encode("cp1252"))
    assert (faults, source.raw.said, source.header) == ([], ("Windows-1252",), tuple(text.split("\n")[0].split(",")))


@pytest.mark.parametrize("above", ["Study of cells\n", "Study;;\n", "\n", ";Baseline;\n", "a;b\nc\n"])
def test_titles_above_the_header_are_told_with_the_row_of_the_header(tmp_path, above):
    wide = GERMAN.replace(";sex;", ";sex;a;b;c;d;").replace("lich;", "lich;1;2;3;4;")
    source, _, faults = opened(tmp_path, (above + wide).encode())
    assert source is None
    assert [f"header_row = {above.count(chr(10)) + 1} under" in fault for fault in faults] == [True]


def test_a_header_with_fewer_names_than_columns_is_read_when_it_is_declared(tmp_path):
    data = b"id,sex,,,,\nA,f,1,2,3,4\nB,m,1,2,3,4\n"
    assert "header_row = 2" in opened(tmp_path, data)[2][0]
    assert opened(tmp_path, data, header_row=1)[0].header[:2] == ("id", "sex")


def test_a_header_row_beyond_the_table_is_no_traceback(tmp_path):
    source, table, faults = opened(tmp_path, GERMAN.encode(), header_row=30)
    assert (source.header, table) == ((), None)
    assert faults


@pytest.mark.parametrize(
    ("name", "key"), [("p.csv", 'sheet = "A"'), ("p.parquet", "header_row = 2"), ("p.xlsx", 'encoding = "utf-8"')]
)
def test_keys_that_do_nothing_for_a_kind_of_file_are_refused(make_cohort, patients, study_toml, name, key):
    study = f'{study_toml}[files.patients]\nfile = "{name}"\n{key}\n'
    with pytest.raises(Exception, match="does nothing for a file of this kind"):
        load_cohort(make_cohort(patients, study))


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"%PDF-1.7"])
def test_other_files_under_the_name_of_a_text_file_are_named(tmp_path, head):
    assert "no text file, though its name says so" in opened(tmp_path, head + bytes(50))[2][0]
