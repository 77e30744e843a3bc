"""Display objects: data for the exporter, escaped in HTML, the same on every machine."""

import json
import re

import pandas as pd
import pytest
from lxml import html
from matplotlib.figure import Figure as MplFigure

from helpers.present import show
from helpers.stats.estimates import estimates

HOSTILE = '<script>alert("x")</script> $x_1$ *b*'


def figure(**changes):
    fields = {"canvas": MplFigure(), "id": "a", "caption": "c", "alt": "shows c", "data": pd.DataFrame({"x": [1 / 3]})}
    return show.Figure(**fields | changes)


EVERYTHING = [
    show.Text("sentence", HOSTILE),
    show.Cards([(HOSTILE, "1", HOSTILE)]),
    show.Table("t", HOSTILE, [(HOSTILE, "left")], [[HOSTILE]], [HOSTILE]),
    figure(caption=HOSTILE, alt=HOSTILE, data=pd.DataFrame({HOSTILE: [HOSTILE]})),
    show.Claims([dict.fromkeys(show.Claims.FIELDS, HOSTILE)]),
    show.Loaded("key", HOSTILE, True, "infusion", 3, HOSTILE),
    show.Provenance([(HOSTILE, HOSTILE)]),
]


@pytest.mark.parametrize("thing", EVERYTHING, ids=lambda thing: thing.kind)
def test_labels_are_literal_text_in_html(thing):
    data, _ = thing._repr_mimebundle_()
    assert "<script>" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]


@pytest.mark.parametrize("alt", ["", "  ", "No description has been provided for this image"])
def test_a_figure_without_a_description_is_refused(alt):
    with pytest.raises(ValueError, match="description"):
        figure(alt=alt)


def test_the_html_of_a_figure_is_its_picture_described_and_its_caption():
    data, _ = figure(alt='"x" falls')._repr_mimebundle_()
    shown = html.fromstring(data["text/html"])
    assert shown.find(".//img").get("alt") == '"x" falls'
    assert shown.find(".//img").get("src").startswith("data:image/svg+xml,<svg ")
    assert shown.find(".//figcaption").text == "c"
    assert [cell.text for cell in shown.iterfind("details//tbody//th")] == [
        "0.3333"
    ]  # folded, for nbval and for readers


def test_html_leaves_the_colours_to_the_theme():
    for thing in EVERYTHING:
        around = re.sub(r'src="[^"]*"', "", thing.html())
        assert not re.search(r"colou?r|background|#[0-9a-f]{3}", around)


def test_a_figure_is_drawn_alike_twice():
    first, second = (figure()._repr_mimebundle_() for _ in range(2))
    assert first == second
    assert first[1]["second-cart"]["svg"].startswith("<svg ")
    assert (first[1]["second-cart"]["svg_narrow"], first[1]["second-cart"]["axis_narrow"]) == ("", "")


def test_the_narrow_figure_travels_in_the_metadata_only():
    narrow = figure(canvas=MplFigure(figsize=(3, 2)), axis="0.1 0.02 24")
    data, metadata = figure(narrow=narrow)._repr_mimebundle_()
    exact = metadata["second-cart"]
    assert (exact["svg_narrow"], exact["axis_narrow"]) == (narrow.svg, "0.1 0.02 24")
    assert data == figure()._repr_mimebundle_()[0]


def test_an_uneven_table_is_refused():
    with pytest.raises(ValueError, match="2 cells"):
        show.Table("t", "c", [("a", "left"), ("b", "right")], [["1"]])


def test_estimates_are_printed_rounded_and_carried_exact():
    row = {"endpoint": "os", "measure": "survival", "method": "Kaplan-Meier", "estimate": 1 / 3, "group": "All"}
    data, metadata = show.Estimates(estimates([row]), "survival")._repr_mimebundle_()
    exact = metadata["second-cart"]["estimates"]
    record = dict(zip(exact["columns"], exact["rows"][0], strict=True))
    assert record["estimate"] == 1 / 3
    assert record["section"] == "survival"
    assert record["p"] is None
    assert "0.3333" in data["text/html"]
    assert repr(1 / 3) not in json.dumps(data)


def test_synthetic_data_say_so():
    assert "SYNTHETIC" in show.Loaded("k", "t", True, "infusion", 3, "").plain()
    assert "SYNTHETIC" not in show.Loaded("k", "t", False, "infusion", 3, "").plain()


def shown_by(things, monkeypatch):
    """What `each` displays."""
    seen = []
    monkeypatch.setattr(show, "display", seen.append)
    show.each(things)
    return seen


def test_a_cell_that_shows_several_things_is_never_empty(monkeypatch):
    first, last = show.Text("note", "a"), show.Text("note", "b")
    assert shown_by([first, None, last], monkeypatch) == [first, last]
    for nothing in ([], [None]):
        [line] = shown_by(nothing, monkeypatch)
        assert (line.role, line.text) == ("absent", "Not recorded in this cohort.")
