"""Throw-away notebooks that show one of everything, as the display objects do."""

import time
from pathlib import Path

import nbformat
import pandas as pd

from helpers.frames import marked
from helpers.present import show, values
from helpers.stats.estimates import estimates as tidy
from helpers.stats.estimates import with_ids

SECONDS = 60  # the longest that a test waits for what must come
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="432pt" height="288pt" viewBox="0 0 432 288">'
    '<rect width="432" height="288" fill="#fff"/><path d="M20 20 H120 V120 H400" stroke="#0b4f8c" fill="none"/>'
    '<text x="30" y="270">Months since infusion</text></svg>'
)
PNG = (  # 2 x 1 pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGPk9u9hYGAAAAQLAOhamX+xAAAAAElFTkSuQmCC"
)
STUDY = show.Loaded("toy", "Toy study", True, "second infusion", 35, "35 patients.")
ESTIMATE = {
    "endpoint": "cr",
    "population": "all patients",
    "group": "Tandem",
    "measure": "proportion",
    "estimate": 12 / 14,
    "ci_low": 0.57187,
    "ci_high": 0.98221,
    "n": 14,
    "events": 12,
    "method": "Clopper-Pearson",
}
OTHER = ESTIMATE | {"group": "Single", "estimate": 0.5, "ci_low": 0.2, "ci_high": 0.8, "n": 8, "events": 4}
CURVE = pd.DataFrame({"group": "Tandem", "time_months": range(20), "survival": [1 - month / 50 for month in range(20)]})
CLAIMS = [
    {
        "key": "cr_tandem",
        "claim": "CR, tandem",
        "published": "85.7%",
        "ours": "85.7%",
        "method": "Clopper-Pearson",
        "verdict": "agrees (by construction)",
        "explanation": "Same counts.",
        "fold": "yes",
    },
    {
        "key": "cr_p",
        "claim": "P of the comparison",
        "published": "0.045",
        "ours": "0.070",
        "method": "Fisher exact, two-sided",
        "verdict": "differs",
        "explanation": "The one-sided test gives 0.045.",
        "fold": "",
    },
]


def bundle(thing, **extra):
    """The MIME bundle of a display object, without pixels but those given."""
    return {"text/plain": thing.kind, "text/html": marked(thing.kind, thing.html(), thing.facts())} | extra


def cell(thing, metadata=None, **extra):
    """Return the source of a cell line that shows one display object."""
    return f"display({bundle(thing, **extra)!r}, raw=True, metadata={{'second-cart': {metadata or {}!r}}})"


def text(role, words):
    return cell(show.Text(role, words))


def drawing(name="os", caption="Overall survival by arm", alt="Two falling step curves.", svg=SVG, data=CURVE, axis=""):
    return show.Figure(None, name, caption, alt, data, axis, svg)


def figure(**changes):
    shown = drawing(**changes)
    return cell(shown, {"svg": shown.svg}, **{"image/png": PNG})


def table(name="rates", caption="Complete remission by arm", rows=None, indent=None):
    columns = [("Arm", "left"), ("CR, n/N", "right"), ("95% CI", "right")]
    rows = rows or [["Single", "10/18", "30.8 to 78.5"], ["Tandem", "12/14", "57.2 to 98.2"]]
    return cell(show.Table(name, caption, columns, rows, ["Clopper-Pearson."], indent))


def published(*records, origins=("published", "invented")):
    """Estimates as `report.publish` returns them."""
    rows = with_ids(tidy(records or [ESTIMATE, OTHER]), "response")
    return rows.assign(origin=list(origins[: len(rows)]))


def marked_numbers():
    """Cells that print the two published estimates in a table, a figure and a sentence."""
    rows = published()
    tandem, single = (values.value_with_interval(row) for _, row in rows.iterrows())
    shown = [["Tandem", tandem], ["Single", single]]
    data = rows[["group", "estimate", "n", "id", "origin"]]
    listed = show.Table("marked", "Two numbers", [("Arm", "left"), ("CR", "right")], shown)
    return [
        markdown("## Marked numbers"),
        code(cell(listed)),
        code(figure(name="marked", caption="Two numbers drawn", data=data)),
        code(text("sentence", f"Tandem: {tandem}; single: {single}.") + "\n" + text("sentence", f"Single: {single}.")),
    ]


def estimates():
    shown = show.Estimates(published(), "response")
    return cell(shown, shown.metadata())


def code(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def markdown(source):
    return nbformat.v4.new_markdown_cell(source)


def anatomy(title, more=(), study=STUDY):
    """Return the cells of a small notebook with the anatomy that all have."""
    cards = [("Patients", "35", "three arms"), ("CR, tandem", "86%", "95% CI 57% to 98%")]
    answer = text("answer", f"{title}: 12 of 14 patients reached CR.")
    return [
        markdown(f"# {title}\n\nDoes it *work*? Population: all patients. See [the other](02_other.ipynb)."),
        code('study: str = "toy"  # cohort folder\nseed: int = 1  # random seed', tags=["parameters"]),
        code("import math"),
        code(cell(study)),
        markdown("## Headline"),
        code(f"{answer}\n{cell(show.Cards(cards))}"),
        markdown("## Response by arm\n\nS is the chance of surviving past a month."),
        code(table()),
        code(text("sentence", "Tandem exceeded single by 30 points.")),
        markdown("### Curves"),
        code(figure()),
        *more,
        markdown("## All estimates"),
        code(estimates()),
        markdown("## Provenance"),
        code(cell(show.Provenance([("Cohort", "toy (synthetic)"), ("Parameter seed", "1")]))),
    ]


def everything():
    """Return cells with what a notebook shows more rarely."""
    many = [[f"Term {number}", f"{number}/99", f"{number / 7:.1f} to {number / 3:.1f}"] for number in range(30)]
    frame = "import pandas as pd\npd.DataFrame({'a': [1, 2], '<script>alert(1)</script>': ['=cmd', 'x']})"
    return [
        markdown("## Long table"),
        code(table("terms", "Thirty terms with a caption so long that it wraps on a narrow screen", many)),
        code(text("warning", "4 events per variable.") + "\n" + text("absent", "CRS is not recorded in this cohort.")),
        code("import warnings; warnings.warn('Hessian is singular')"),
        code("print('a plain line')"),
        code(frame),
        *marked_numbers(),
        markdown("## Compared with the publication"),
        code(cell(show.Claims(CLAIMS))),
    ]


def write(folder: Path, name: str, cells) -> Path:
    """Write cells as a notebook file."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def executed(*cells):
    """Return cells as an executed notebook without running them: (source, outputs) pairs or Markdown texts."""
    made = [markdown(cell) if isinstance(cell, str) else _shown(*cell) for cell in cells]
    return nbformat.v4.new_notebook(cells=made)


def _shown(source, *outputs):
    """Return a code cell with outputs given as MIME bundles or (bundle, metadata)."""
    pairs = [output if isinstance(output, tuple) else (output, {}) for output in outputs]
    made = [nbformat.v4.new_output("display_data", data=data, metadata=extra) for data, extra in pairs]
    return nbformat.v4.new_code_cell(source, outputs=made)


def files(folder):
    """The bytes of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def wait_for(condition):
    """Wait for what must come."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
