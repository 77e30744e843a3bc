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

from helpers.study import PROJECT_ROOT

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
VENDOR = "application/vnd.second-cart."
TABLES = ("cards", "table", "claims", "estimates", "provenance")
STOCK = "No description has been provided for this image"


def read(path):
    return nbformat.read(path, as_version=4)


def shown(notebook):
    """The data of every output, in order."""
    return [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]


def count_of(notebook):
    """How many of each kind of display object a notebook shows."""
    mimes = Counter(mime for data in shown(notebook) for mime in data if mime.startswith(VENDOR))
    return {mime.removeprefix(VENDOR).removesuffix("+json"): count for mime, count in mimes.items()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_plain_nbconvert_shows_every_figure_described_and_every_table(path):
    notebook = read(path)
    counts = count_of(notebook)
    page = html.fromstring(HTMLExporter().from_notebook_node(notebook)[0])
    described = [alt for alt in page.xpath("//img[starts-with(@src, 'data:image/')]/@alt") if alt.strip() != STOCK]
    alts = [data[f"{VENDOR}figure+json"]["alt"] for data in shown(notebook) if f"{VENDOR}figure+json" in data]
    assert len(alts) > 2
    assert described == alts
    assert len(page.xpath("//img")) == counts["figure"]
    assert len(page.xpath("//table")) == sum(counts.get(kind, 0) for kind in TABLES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_picture_stands_once_and_outlives_the_cleaning_of_html(path):
    for data in shown(read(path)):
        if f"{VENDOR}figure+json" in data:
            assert [mime for mime in data if mime.startswith("image/")] == []
            cleaned = html.fromstring(nh3.clean(data["text/html"], url_schemes={"data"}))
            assert [image.get("src")[:26] for image in cleaned.iter("img")] == ["data:image/svg+xml;base64,"]
            assert cleaned.find(".//img").get("alt") == data[f"{VENDOR}figure+json"]["alt"]


DRAWN = '<img alt="{}" src="data:image/svg+xml;base64,{}">'


def drawn_cell(words, drawing):
    """A cell that was stored with the words "same" and the drawing AAAA, and shows others when it is run."""
    html_object = {"text/plain": "<IPython.core.display.HTML object>", "text/html": DRAWN.format("same", "AAAA")}
    stored = nbformat.v4.new_output("execute_result", html_object, execution_count=1)
    source = f"from IPython.display import HTML\nHTML('{DRAWN.format(words, drawing)}')"
    return nbformat.v4.new_code_cell(source, outputs=[stored], execution_count=1)


def test_nbval_compares_words_but_no_drawing(tmp_path):
    shutil.copy(PROJECT_ROOT / "notebooks" / "conftest.py", tmp_path)
    cells = [drawn_cell("same", "AAAA"), drawn_cell("same", "BBBB"), drawn_cell("other", "AAAA")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "x.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    done = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 2 passed" in done.stdout, done.stdout
    assert "Cell 2" in done.stdout
