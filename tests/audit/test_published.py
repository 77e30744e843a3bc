"""The published figures of a cohort folder: what the file may hold, and every fault of it at once."""

import shutil

import pytest
from click.testing import CliRunner

from helpers.audit.compare import RULES
from helpers.audit.published import PUBLISHED_COLUMNS, PublishedError, check_cohort, read_published
from helpers.cli import main
from helpers.cohort import CohortError
from helpers.study import PROJECT_ROOT, load_study

KLEIN = PROJECT_ROOT / "data" / "klein_bmt"
HEAD = "key,section,claim,endpoint,measure,value,time_months,rule,p,comparison\n"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(KLEIN, tmp_path / "klein")


def written(folder, text):
    (folder / "published.csv").write_text(text, encoding="utf-8")
    return load_study(folder)


def test_without_the_file_nothing_was_published(folder):
    figures = read_published(load_study(folder))
    assert figures.empty
    assert list(figures.columns) == list(PUBLISHED_COLUMNS)


def test_columns_left_out_have_their_defaults(folder):
    row = read_published(written(folder, HEAD + "a,survival,OS,os,survival,35.25,24,,,\n")).iloc[0]
    assert (row["group"], row["rule"], row["precision"], row["unit"]) == ("All", "value", "2", "")


def test_every_fault_of_the_file_is_said_at_once(folder):
    text = HEAD + "a,survival,OS,os,survivle,x,later,guess,often,with\na,survival,,os,survival,1,24,direction,,\n"
    with pytest.raises(PublishedError) as error:
        read_published(written(folder, text))
    expected = [
        "published.csv row 3, claim: empty",
        "published.csv row 3, key: there is another row of this key",
        'published.csv row 2, measure: unknown word. Use one of "count"',
        "published.csv row 2, comparison: unknown word",
        "published.csv row 2, rule: unknown word",
        "published.csv row 2, time_months: no number",
        "published.csv row 2, p: no P value. Write 0.045 or <0.05.",
        "published.csv row 3, value: no direction. Write above 1 or below 1.",
    ]
    assert [words for words in expected if words not in str(error.value)] == []
    assert f"{len(expected)} faults found" in str(error.value)


def test_unknown_and_missing_columns_are_said(folder):
    with pytest.raises(PublishedError) as error:
        read_published(written(folder, "key,section,claim,endpoint,mesure\na,b,c,d,e\n"))
    assert 'published.csv, mesure: unknown column. Did you mean "measure"?' in str(error.value)
    assert "published.csv, measure: column missing" in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "cannot be read as a table"),
        (b"", "column missing"),
        (b"key,section\n1,2\n1,2,3,4\n", "row 3: more or fewer cells than the header"),
    ],
)
def test_a_file_that_is_no_table_is_a_fault(folder, content, words):
    (folder / "published.csv").write_bytes(content)
    with pytest.raises(PublishedError, match=words):
        read_published(load_study(folder))


def test_check_says_faults_of_the_data_and_of_the_figures_together(folder):
    written(folder, HEAD + "a,survival,OS,os,survival,x,24,,,\n")
    result = CliRunner().invoke(main, ["check", str(folder)])
    assert result.exit_code == 1
    assert "published.csv row 2, value: no number" in result.output
    patients = folder / "patients.csv"
    lines = patients.read_text().splitlines()
    patients.write_text("\n".join([*lines[:-1], lines[-1].replace(lines[-1].split(",")[1], "9", 1)]) + "\n")
    with pytest.raises(CohortError) as error:
        check_cohort(folder)
    assert "patients.csv row" in str(error.value)
    assert "published.csv row 2, value: no number" in str(error.value)


def test_every_rule_may_be_named(folder):
    assert set(read_published(load_study("data/second_cart"))["rule"]) == set(RULES)
