import csv
import io

import pytest

from helpers.report.safe_csv import csv_text, neutral


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd", "@SUM(A1)", "\t=1", "\r=1", "-cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", " =1"]
)
def test_formulas_become_text(value):
    assert neutral(value) == "'" + value


@pytest.mark.parametrize(
    "value", ["-1.2", "-3", "-0.5 (95% CI -1.2 to 0.3)", "-12%", "-", "1-2", "CD19/CD22", "<0.001", ""]
)
def test_numbers_and_words_stay(value):
    assert neutral(value) == value


def test_numbers_read_back_equal_and_missing_is_empty():
    assert [neutral(value) for value in (0.1 + 0.2, -1e-17, None, float("nan"), 14)] == [
        "0.30000000000000004",
        "-1e-17",
        "",
        "",
        "14",
    ]


def test_every_row_says_whether_it_is_synthetic():
    text = csv_text(["=a", "b,c"], [["x\ny", 1.5], ["@z", None]], synthetic=True)
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=a", "b,c", "data"],
        ["x\ny", "1.5", "synthetic"],
        ["'@z", "", "synthetic"],
    ]
    assert csv_text(["a"], [["1"]], synthetic=False) == "a,data\n1,patients\n"
