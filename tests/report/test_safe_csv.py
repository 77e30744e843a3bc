import csv
import io
import itertools
import re

import pytest

from helpers.report.safe_csv import csv_text, neutral

FORMULAS = ["=1+1", "+cmd", "@SUM(A1)", "-cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "-1+1", "="]
FORMULAS += ["\uff1d1+1", "\uff0b1", "\uff20x", "\uff0d1+x"]
BLANKS = ["", " ", "\u00a0", "\u3000", "\u2003 ", '"', "\t", "\r", "\n"]
UNSEEN = ["\u200b", "\ufeff", "\u202e", "\x1b", "\0", "\x85", "\u2028"]
INSIDE = ["", "a;", "a\t", "a\n", "a\r\n", "-1.2;", ";"]
CELL = re.compile("[;\t\r\n]")  # where some spreadsheet begins one


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_become_text_wherever_a_cell_begins(formula):
    for inside, blank, unseen in itertools.product(INSIDE, BLANKS, ["", *UNSEEN]):
        text = neutral(inside + unseen + blank + formula)
        starts = [cell.lstrip(' "\u00a0\u3000\u2003')[:1] for cell in CELL.split(text) if cell != "-1.2"]
        assert not set("=+@-\uff1d\uff0b\uff20\uff0d").intersection(starts), repr(text)
        assert not text.startswith(("\t", "\r"))
        assert text.replace("'", "") == (inside + blank + formula).replace("'", "")  # only apostrophes are added


@pytest.mark.parametrize(
    "value",
    [
        "-1.2",
        "-3",
        "-0.5 (95% CI -1.2 to 0.3)",
        "-12%",
        "-",
        "1-2",
        "CD19/CD22",
        "<0.001",
        "",
        "-1.2; -3",
        "x = 1; y = 2",
    ],
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
