"""Run every notebook on cohorts and write down what it prints and estimates: tests.portable.execute OUT COHORT..."""

import json
import re
import sys
from html import unescape
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from lxml import etree

from helpers.present.canvas import ADDRESS, svg_in
from helpers.report.from_html import stored

ROOT = Path(__file__).parents[2]
DRAWING = re.compile(rf'{re.escape(ADDRESS)}[^"]*')
EXACT = "second-cart"


def main(out: str, *cohorts: str) -> None:
    """Write {cohort: {notebook: {"texts": what each cell showed, "estimates": unrounded rows}}} as JSON."""
    shell = InteractiveShell.instance()
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = {cohort: {path.stem: executed(shell, path, cohort) for path in notebooks} for cohort in cohorts}
    Path(out).write_text(json.dumps(found))


def executed(shell: InteractiveShell, path: Path, cohort: str) -> dict:
    """Run one notebook's cells in a fresh name space, on a cohort."""
    shell.reset(new_session=True)
    texts, estimates = [], []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        shown = run(shell, cell.source)
        texts.append([readable(output.data) for output in shown])
        estimates += [row for output in shown for row in exact_rows(output)]
        if "parameters" in cell.metadata.get("tags", []):
            run(shell, f"# Parameters\nstudy = {cohort!r}")
    return {"texts": texts, "estimates": estimates}


def run(shell: InteractiveShell, source: str) -> list:
    """What a cell shows; its error, if it has one."""
    with capture_output() as captured:
        shell.display_trap.hook = sys.displayhook  # the capturing one: a cell's last value is caught as well
        result = shell.run_cell(source, store_history=True)
    result.raise_error()
    return captured.outputs


def readable(data: dict) -> dict:
    """What a stored notebook keeps of an output, with the words drawn in its figure; no line and no pixel."""
    kept = dict(stored(data))
    drawing = DRAWING.search(kept.get("text/html", ""))
    if drawing:
        drawn = svg_in(unescape(drawing.group()))
        kept["text/html"] = DRAWING.sub("", kept["text/html"])
        kept["words drawn"] = sorted("".join(text.itertext()) for text in etree.fromstring(drawn).iter("{*}text"))
    return kept


def exact_rows(output: object) -> list[dict]:
    """The unrounded estimates that travel in an output's metadata."""
    table = (output.metadata or {}).get(EXACT, {}).get("estimates")
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] if table else []


if __name__ == "__main__":
    main(*sys.argv[1:])
