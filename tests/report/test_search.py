import json

import pytest
from lxml import html
from toys import bundle, executed, published

from helpers import marks
from helpers.present import show, values
from helpers.report import search
from helpers.report.parse_notebook import read_page

MOST = 400_000  # bytes of the page


@pytest.fixture(scope="module")
def root(toy_collection):
    return html.parse(str(toy_collection / "search.html")).getroot()


@pytest.fixture(scope="module")
def index(root):
    return json.loads(root.get_element_by_id("index").text)


def test_every_estimate_is_found_once(index, toy_collection):
    rows = {row[0]: row for row in index["rows"]}
    assert len(rows) == len(index["rows"]) == 2
    text = (toy_collection / "estimates.csv").read_text()
    assert all(row in text for row in rows)
    report, *words = next(iter(rows.values()))[1 : 2 + len(search.WORDS)]
    assert index["reports"][report] == ["01_response.html", "Response"]
    assert [index["texts"][place] for place in words] == [
        "cr",
        "all patients",
        "Tandem",
        "",
        "proportion",
        "Clopper-Pearson",
        "published",
    ]
    assert next(iter(rows.values()))[-7:] == ["", 0.857142857143, 0.57187, 0.98221, "", 14, 12]


def test_places_lead_to_what_shows_a_number(index, toy_collection):
    shown = [(href, kind) for href, kind, _, ids in index["places"] if 0 in ids]
    assert shown == [
        ("01_response.html#table-marked", "Table 3"),
        ("01_response.html#figure-marked", "Figure 2"),
        ("01_response.html#marked-numbers", "Text"),
    ]
    for href, *_ in index["places"]:
        file, _, anchor = href.partition("#")
        assert html.parse(str(toy_collection / file)).getroot().xpath("//*[@id=$anchor]", anchor=anchor), href
    assert not [text for _, _, text, _ in index["places"] if text != marks.plain(text)]


def test_what_is_missing_or_infinite_is_empty():
    assert [search._number(value) for value in (None, float("nan"), float("inf"), 3.0, 0.1 + 0.2, -0.0)] == [
        "",
        "",
        "",
        3,
        0.3,
        0,
    ]


def test_labels_cannot_leave_the_index():
    evil = "</script><script>alert(1)</script>"
    rows = published().assign(group=evil)
    told = show.Text("sentence", f"{evil} {values.value(rows.iloc[0])}")
    page = read_page(executed(f"# {evil}", ("x", bundle(told), bundle(show.Estimates(rows, "s")))), "01_x")
    text = search.as_json(search.index([page]))
    assert "<" not in text
    assert any(evil in place[2] for place in json.loads(text)["places"])


def test_without_script_the_file_is_named(root):
    assert root.xpath("//noscript//a/@href") == ["estimates.csv"]
    assert len(root.xpath("//script")) == 3  # those of all pages, the index, the search


def test_the_page_is_small(toy_collection):
    assert (toy_collection / "search.html").stat().st_size < MOST // 8
