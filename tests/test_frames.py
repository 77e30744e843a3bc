"""Data frames that show themselves, and the HTML in which everything is shown."""

import numpy as np
import pandas as pd
import pytest
from lxml import html

from helpers.frames import ROWS_SHOWN, About, Frame, cell, html_table
from helpers.stats.estimates import estimates


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (12345.678, "12346"),
        (0.00001234567, "0.00001235"),
        (-0.0, "0"),
        (np.nan, ""),
        (None, ""),
        (pd.NaT, ""),
        (pd.NA, ""),
        (7, "7"),
        ("<b>", "<b>"),
        (np.float32(0.5), "0.5000"),
    ],
)
def test_values_are_printed_to_four_digits_and_never_as_exponents(value, text):
    assert cell(value) == text


@pytest.mark.parametrize("value", [3.0, 1e15, 0.1 + 0.2, 1234.5, 0.00099995])
def test_the_last_bits_do_not_reach_the_print(value):
    assert len({cell(number) for number in (value, np.nextafter(value, 0), np.nextafter(value, 1e99))}) == 1


def test_a_table_without_end_tags_reads_back_cell_by_cell():
    rows = [["a <b>", "", " x "], ["", "line\nbreak", "&amp;"]]
    table = html.fragment_fromstring(html_table(["<i>", 2, ""], rows, indent=[0, 2]))
    assert [head.text_content() for head in table.iterfind("thead//th")] == ["<i>", "2", ""]
    read = [[value.text_content() for value in row] for row in table.iterfind("tbody/tr")]
    assert read == [rows[0], ["\u2003\u2003", *rows[1][1:]]]


def test_a_frame_shows_a_line_and_its_first_rows_without_empty_columns():
    frame = Frame({"group": "<A>", "value": np.arange(20) / 3, "empty": np.nan, "blank": ""})
    frame.about = About(label="Overall survival & more")
    bundle = frame._repr_mimebundle_()
    root = html.fragment_fromstring(bundle["text/html"])
    assert root.findtext("p/b") == bundle["text/plain"] == "Overall survival & more"
    assert [head.text for head in root.iterfind(".//thead//th")] == ["group", "value"]
    assert [cell.text for cell in root.iterfind(".//tbody//td")][:3] == ["0", "0.3333", "0.6667"]
    assert len(root.findall(".//tbody/tr")) == ROWS_SHOWN
    assert root.findall("p")[-1].text == "15 more rows"


def test_what_a_frame_is_about_survives_selecting():
    frame = Frame({"a": [1, 2]})
    frame.about = About(key="os")
    assert frame[frame["a"] > 1].copy().about.key == "os"


def test_estimates_are_looked_at_without_columns_that_repeat_others():
    row = {"endpoint": "os", "endpoint_label": "Overall survival", "measure": "survival", "method": "Kaplan-Meier"}
    table = estimates([row | {"estimate": 1 / 3}])
    assert list(table.first_rows()) == ["endpoint", "measure", "estimate", "method"]
    mixed = estimates([row | {"estimate": 1 / 3}, row | {"note": "not estimable: nobody"}])
    assert list(mixed.first_rows()) == ["endpoint", "measure", "estimate", "method", "note", "status"]
    assert list(mixed[["group", "estimate"]].first_rows()) == ["estimate"]
