import os

import pytest
from toys import code, write

from helpers.report.runs_table import RunsTableError, for_notebooks, read_runs

PARAMETERS = 'study: str = "x"\nsubgroup: str = ""\nhorizon_months: float = 0\np_values: bool = False'
WHOLE = 'study: str = ""\nhorizon_months: int = 0'


@pytest.fixture
def notebooks(tmp_path):
    (tmp_path / "notebooks").mkdir()
    return [write(tmp_path / "notebooks", "01_x", [code(PARAMETERS, tags=["parameters"])])]


@pytest.fixture
def read(tmp_path, notebooks, toy_folder):
    """Read a table whose word STUDY stands for a cohort folder; the runs, or the lines of its faults."""

    def read_text(text, encoding="utf-8"):
        path = tmp_path / "runs.csv"
        path.write_bytes(text.replace("STUDY", str(toy_folder)).encode(encoding))
        try:
            return read_runs(path, notebooks)
        except RunsTableError as error:
            return [str(fault) for fault in error.faults]

    return read_text


def test_an_empty_cell_leaves_the_default(read, toy_folder):
    first, second = read("name,study,subgroup,horizon_months\nall,STUDY,,\nwomen,STUDY,sex=female,12\n")
    assert (first.name, first.study, first.parameters) == ("all", toy_folder.resolve(), {})
    assert second.parameters == {"subgroup": "sex=female", "horizon_months": "12"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name,study,horizon_months\r\nall,STUDY,1.5\r\n", "utf-8-sig"),
        ("name;study;horizon_months\r\nall;STUDY;1,5\r\n;;\r\n", "utf-8-sig"),
        ("name\tstudy\thorizon_months\nall\tSTUDY\t1.5", "utf-8"),
        ("name,study,horizon_months,,\n\nall,STUDY,1.5,,\n,,,,\n", "utf-8"),
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(read, text, encoding):
    (run,) = read(text, encoding)
    assert (run.name, run.parameters) == ("all", {"horizon_months": "1.5"})


def test_every_fault_is_said_at_once_with_place_and_remedy(read):
    text = "name,study,subgrop,horizon_months,p_values\n"
    text += "A,STUDY,,long,\na,STUDY,,-1,perhaps\n../up,,,,TRUE\n"
    assert read(text) == [
        'runs.csv row 1, subgrop: no notebook declares this parameter. Did you mean "subgroup"?',
        "runs.csv row 2, horizon_months: not of type float. Give a number, 0 or more.",
        "runs.csv rows 2, 3, name: several runs have this name. Give each run a name of its own; capitals make no "
        "difference.",
        "runs.csv row 3, horizon_months: not of type float. Give a number, 0 or more.",
        "runs.csv row 3, p_values: not of type bool. Give True or False.",
        "runs.csv row 4, name: the name cannot be that of a folder. Use letters, digits, _ . and -, 100 at most, "
        "the first a letter or digit; no system's word.",
        "runs.csv row 4, study: no study. Name a cohort folder.",
    ]


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "x.", "CON", "nul.txt", "Index.html", "é", "a" * 101, "-f"])
def test_a_name_that_is_no_folder_everywhere_is_refused(read, name):
    (fault,) = read(f"name,study\n{name},STUDY\n")
    assert fault.startswith("runs.csv row 2, name: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study\nSTUDY\n", "runs.csv row 1, name: the column is missing"),
        ("name,study,name\na,STUDY,b\n", "runs.csv row 1, name: the column is there twice"),
        ("name,study\na,STUDY,3\n", "runs.csv row 2: not as many cells as the header has"),
        ("name,study,,\na,STUDY,,3\n", "runs.csv row 1, no name: no notebook declares this parameter"),
        ("name,study\n", "runs.csv: the table has no rows"),
        ("", "runs.csv row 1, name: the column is missing"),
        ('name,study\n"a,STUDY\n', "runs.csv: the file cannot be read as a table"),
    ],
)
def test_a_broken_table_is_refused(read, text, said):
    assert read(text)[0].startswith(said)


def test_a_table_in_another_encoding_is_refused(read):
    assert "CSV in UTF-8" in read("name,study\né,STUDY\n", "latin-1")[0]


def test_a_study_is_looked_up_beside_the_table_then_here_then_in_the_project(tmp_path, notebooks, toy_folder):
    (tmp_path / "toy").symlink_to(toy_folder)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "klein_bmt").symlink_to(toy_folder)
    path = tmp_path / "runs.csv"
    path.write_text("name,study\na,toy\nb,data/klein_bmt\nc,data/second_cart\n")
    beside, first, of_project = read_runs(path, notebooks)
    assert beside.study == first.study == toy_folder.resolve()
    assert of_project.study.name == "second_cart"


def test_the_type_is_that_of_every_notebook(tmp_path, notebooks, toy_folder):
    other = write(tmp_path / "notebooks", "02_x", [code(WHOLE, tags=["parameters"])])
    path = tmp_path / "runs.csv"
    path.write_text(f"name,study,horizon_months\na,{toy_folder},1.5\n".replace(os.sep, "/"))
    assert len(read_runs(path, notebooks)) == 1
    with pytest.raises(RunsTableError, match=r"^runs\.csv row 2, horizon_months: not of type int") as caught:
        read_runs(path, [*notebooks, other])
    assert len(caught.value.faults) == 1


def test_a_part_of_the_notebooks_is_given_what_it_declares(tmp_path, notebooks, toy_folder):
    other = write(tmp_path / "notebooks", "02_x", [code(WHOLE, tags=["parameters"])])
    path = tmp_path / "runs.csv"
    path.write_text(f"name,study,horizon_months,subgroup\na,{toy_folder},1,sex=female\n")
    (run,) = for_notebooks(read_runs(path, [*notebooks, other]), [other])
    assert (run.name, run.parameters) == ("a", {"horizon_months": "1"})
