"""A reader opens each stored notebook in JupyterLab, and runs all cells of two."""

import ast
import json
import shutil

import pytest
from lab import jupyterlab

from helpers.study import PROJECT_ROOT

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
QUICK = [path for path in NOTEBOOKS if path.stem in ("01_cohort", "04_survival")]
MINUTE = 60_000  # milliseconds

SHOWN = """() => {
  const outputs = [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-output')];
  const all = (what) => outputs.flatMap((output) => [...output.querySelectorAll(what)]);
  const seen = (image) => image.complete && image.naturalWidth > 100 && image.offsetWidth > 100;
  return {
    pictures: all('img').filter((image) => seen(image) && image.alt.trim()).length,
    tables: all('table').filter((table) => table.offsetWidth > 100 || table.closest('details')).length,
    empty: outputs.filter((output) => !output.innerText.trim() && !output.querySelector('img')).length,
  };
}"""
FAINT = """() => {
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return /, 0\\)$/.test(colour) && element.parentElement ? ground(element.parentElement) : colour;
  };
  return [...document.querySelectorAll('.jp-OutputArea-output :is(figcaption, td, th, p, summary)')]
    .filter((element) => {
      const [dark, bright] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05) < 4.5;
    }).map((element) => element.textContent.slice(0, 40));
}"""
CELLS = "() => jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
LOADED = "count => document.querySelectorAll('.jp-Notebook .jp-Cell').length === count && globalThis.jupyterapp"
READY = "() => jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
DRAWN = "() => [...document.querySelectorAll('.jp-OutputArea-output img')].every((image) => image.complete)"


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    """Opens a copy of a notebook in JupyterLab; returns the page. Nothing outside this machine is asked."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    for path in NOTEBOOKS:
        shutil.copy(path, home / "notebooks")
    with jupyterlab(home) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(2 * MINUTE)
        context.route(lambda url: not url.startswith(address.partition("lab/")[0]), lambda route: route.abort())

        def open_notebook(path):
            for page in context.pages:
                page.close()
            page = context.new_page()
            page.goto(address.format(path.name))
            page.wait_for_function(LOADED, arg=len(stored(path)))
            page.wait_for_function(DRAWN)
            return page

        yield open_notebook
        context.close()


def stored(path):
    """The cells of a stored notebook."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def outputs(cells):
    """All outputs of cells, in order."""
    return [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]


def shown_by(cells):
    """How many pictures and tables the outputs are to show."""
    shown = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs(cells)]
    return {
        "pictures": sum("<img" in html for html in shown),
        "tables": sum("<table" in html for html in shown),
        "empty": 0,
    }


def silent(cells):
    """Sources of the cells that end in something to show and show nothing, unless they may have nothing to say."""
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code" and not cell["outputs"]]
    last = {source: ast.parse(source).body[-1] for source in sources}
    return [source for source, end in last.items() if isinstance(end, ast.Expr) and not may_be_silent(end.value)]


def may_be_silent(expression):
    """Whether an expression publishes, says a sentence that may be empty, or lists optional columns."""
    silent = ("report.publish", "sentences.say", "tables.optional")
    return isinstance(expression, ast.Call) and ast.unparse(expression.func) in silent


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_of_a_stored_notebook_is_seen_and_described(lab, path):
    page = lab(path)
    expected = shown_by(stored(path))
    assert expected["pictures"] > 1
    assert page.evaluate(SHOWN) == expected
    assert page.evaluate(FAINT) == []
    assert silent(stored(path)) == []


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_running_all_cells_shows_them_again_without_an_error(lab, path):
    page = lab(path)
    page.wait_for_function(READY)
    page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert page.evaluate(SHOWN) == {"pictures": 0, "tables": 0, "empty": 0}
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(DRAWN)
    cells = page.evaluate(CELLS)
    assert [output for output in outputs(cells) if output["output_type"] in ("error", "stream")] == []
    assert silent(cells) == []
    assert shown_by(cells) == shown_by(stored(path))
    assert page.evaluate(SHOWN) == shown_by(stored(path))
