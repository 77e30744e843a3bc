"""Throw-away notebooks that show one of everything, as the display objects do."""

from pathlib import Path

import nbformat

VENDOR = "application/vnd.second-cart."
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="432pt" height="288pt" viewBox="0 0 432 288">'
    '<rect width="432" height="288" fill="#fff"/><path d="M20 20 H120 V120 H400" stroke="#0b4f8c" fill="none"/>'
    '<text x="30" y="270">Months since infusion</text></svg>'
)
PNG = (  # 2 x 1 pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGPk9u9hYGAAAAQLAOhamX+xAAAAAElFTkSuQmCC"
)
STUDY = {
    "key": "toy",
    "title": "Toy study",
    "synthetic": True,
    "time_zero": "second infusion",
    "rows": 35,
    "note": "35 rows read, 35 patients kept.",
}
NUMBERS = {"time_months": None, "estimate": 12 / 14, "ci_low": 0.57187, "ci_high": 0.98221, "p": None}
ESTIMATE = {
    "section": "response",
    "endpoint": "cr",
    "population": "all patients",
    "group": "Tandem",
    "term": "",
    "measure": "proportion",
    **NUMBERS,
    "n": 14.0,
    "events": 12.0,
    "method": "Clopper-Pearson",
    "note": "",
}
CLAIMS = [
    {
        "claim": "CR, tandem",
        "published": "85.7%",
        "ours": "85.7%",
        "method": "Clopper-Pearson",
        "verdict": "reproduced",
        "explanation": "Same counts.",
    },
    {
        "claim": "P of the comparison",
        "published": "0.045",
        "ours": "0.070",
        "method": "Fisher exact, two-sided",
        "verdict": "differs",
        "explanation": "The one-sided test gives 0.045.",
    },
]


def show(kind, payload, *, metadata=None, extra=None):
    """Return the source of a cell line that shows one display object."""
    shown = {f"{VENDOR}{kind}+json": payload, "text/plain": kind} | (extra or {})
    return f"display({shown!r}, raw=True, metadata={{'second-cart': {metadata or {}!r}}})"


def text(kind, words):
    return show("text", {"kind": kind, "text": words})


def figure(name="os", caption="Overall survival by arm", alt="Two falling step curves.", svg=SVG):
    rows = [["Tandem", str(month), f"{1 - month / 50:.2f}"] for month in range(20)]
    data = {"columns": ["group", "time_months", "survival"], "rows": rows}
    payload = {"id": name, "caption": caption, "alt": alt, "data": data}
    return show("figure", payload, metadata={"svg": svg} if svg else {}, extra={"image/png": PNG})


def table(name="rates", caption="Complete remission by arm", rows=None, indent=None):
    labels = (("Arm", "left"), ("CR, n/N", "right"), ("95% CI", "right"))
    columns = [{"label": label, "align": align} for label, align in labels]
    rows = rows or [["Single", "10/18", "30.8 to 78.5"], ["Tandem", "12/14", "57.2 to 98.2"]]
    payload = {"id": name, "caption": caption, "columns": columns, "rows": rows, "notes": ["Clopper-Pearson."]}
    return show("table", payload | {"indent": indent or [0] * len(rows)})


def estimates():
    printed = [
        "" if value is None else f"{value:.4g}" if isinstance(value, float) else value for value in ESTIMATE.values()
    ]
    payload = {"section": "response", "columns": list(ESTIMATE), "rows": [printed]}
    exact = {"columns": list(ESTIMATE), "rows": [list(ESTIMATE.values())]}
    return show("estimates", payload, metadata={"estimates": exact})


def code(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def markdown(source):
    return nbformat.v4.new_markdown_cell(source)


def anatomy(title, more=(), study=STUDY):
    """Return the cells of a small notebook with the anatomy that all have."""
    cards = [("Patients", "35", "three arms"), ("CR, tandem", "86%", "95% CI 57% to 98%")]
    listed = [dict(zip(("label", "value", "detail"), card, strict=True)) for card in cards]
    answer = text("answer", f"{title}: 12 of 14 patients reached CR.")
    return [
        markdown(f"# {title}\n\nDoes it *work*? Population: all patients. See [the other](02_other.ipynb)."),
        code('study: str = "toy"  # cohort folder\nseed: int = 1  # random seed', tags=["parameters"]),
        code("import math"),
        code(show("study", study)),
        markdown("## Headline"),
        code(f"{answer}\n{show('cards', {'cards': listed})}"),
        markdown("## Response by arm\n\nLet $S(t) = P(T > t)$ be the chance of surviving past month $t$."),
        code(table()),
        code(text("sentence", "Tandem exceeded single by 30 points.")),
        markdown("### Curves"),
        code(figure()),
        *more,
        markdown("## All estimates"),
        code(estimates()),
        markdown("## Provenance"),
        code(show("provenance", {"items": [["Cohort", "toy (synthetic)"], ["Parameter seed", "1"]]})),
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
        markdown("## Against the publication"),
        code(show("claims", {"claims": CLAIMS})),
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
