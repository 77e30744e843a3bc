"""What shows a stored notebook without our exporter: plain nbconvert, viewers that clean HTML, and nbval."""

import shutil
import subprocess
import sys
from collections import Counter

import nbformat
import nh3
import pytest
from lxml import html
from nbconvert import HTMLExporter

from helpers.report.from_html import kind_of
from helpers.report.parse_notebook import read_page
from helpers.study import PROJECT_ROOT

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
TABLES = ("cards", "table", "claims", "provenance", "figure")  # a figure has a table of its data
MOST = 2_000_000  # bytes of all notebooks: a change of them can still be read
STOCK = "No description has been provided for this image"


def read(path):
    return nbformat.read(path, as_version=4)


def shown(notebook):
    """The data of every output, in order."""
    return [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]


def figures(notebook):
    """The HTML of every figure."""
    return [data["text/html"] for data in shown(notebook) if kind_of(data.get("text/html", "")) == "figure"]


def alt_in(figure):
    """The description in a figure's HTML."""
    return html.fromstring(figure).find(".//img").get("alt")


def tables_in(notebook):
    """How many tables a notebook is to show."""
    texts = [data.get("text/html", "") for data in shown(notebook)]
    return sum("<table" in text for text in texts if kind_of(text) in (*TABLES, "definitions", "frame", ""))


def test_stored_notebooks_are_small():
    assert sum(path.stat().st_size for path in NOTEBOOKS) < MOST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_stored_in_two_forms(path):
    assert [sorted(data) for data in shown(read(path)) if "text/html" in data and len(data) > 1] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_becomes_the_page_that_says_all_of_it(path):
    notebook = read(path)
    page = read_page(notebook, path.stem)
    assert page.synthetic
    assert [figure.alt for figure in page.of("figure")] == list(map(alt_in, figures(notebook)))
    assert all(figure.svg for figure in page.of("figure"))
    kinds = Counter(kind_of(data.get("text/html", "")) for data in shown(notebook))
    assert len(page.of("claims")) == kinds["claims"]
    assert len([table for table in page.of("table") if not table.folded]) == kinds["table"]
    assert page.answer
    assert len([block for block in page.lead if block.kind == "cards"]) <= 1
    assert len(page.records) > 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_plain_nbconvert_shows_every_figure_described_and_every_table(path):
    notebook = read(path)
    page = html.fromstring(HTMLExporter().from_notebook_node(notebook)[0])
    described = [alt for alt in page.xpath("//img[starts-with(@src, 'data:image/')]/@alt") if alt.strip() != STOCK]
    alts = list(map(alt_in, figures(notebook)))
    assert len(alts) > 1
    assert described == alts
    assert len(page.xpath("//img")) == len(alts)
    assert len(page.xpath("//table")) == tables_in(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_picture_outlives_the_cleaning_of_html(path):
    for figure in figures(read(path)):
        cleaned = html.fromstring(nh3.clean(figure, url_schemes={"data"}))
        assert [image.get("src")[:26] for image in cleaned.iter("img")] == ["data:image/svg+xml,<svg xm"]
        assert cleaned.find(".//img").get("alt") == alt_in(figure)


DRAWN = '<img alt="{}" src="data:image/svg+xml,{}">'


def drawn_cell(words, drawing):
    """A cell that was stored with the words "same" and the drawing AAAA, and shows others when it is run."""
    html_object = {"text/plain": "<IPython.core.display.HTML object>", "text/html": DRAWN.format("same", "AAAA")}
    stored = nbformat.v4.new_output("execute_result", html_object, execution_count=1)
    source = f"from IPython.display import HTML\nHTML('{DRAWN.format(words, drawing)}')"
    return nbformat.v4.new_code_cell(source, outputs=[stored], execution_count=1)


def test_nbval_compares_words_but_no_drawing(tmp_path):
    shutil.copy(PROJECT_ROOT / "notebooks" / "conftest.py", tmp_path)
    cells = [drawn_cell("same", "AAAA"), drawn_cell("same", "BBBB"), drawn_cell("other", "AAAA")]
    frame = nbformat.v4.new_output("execute_result", {"text/html": "a table of other numbers"}, execution_count=4)
    cells.append(nbformat.v4.new_code_cell("import pandas as pd\npd.DataFrame({'a': [1]})", outputs=[frame]))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "x.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    done = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True)
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    assert all(f"Cell {number}" in done.stdout for number in (2, 3))
    assert "output fields" not in done.stdout  # none is missing, none unexpected
