"""What study.toml calls an endpoint, and where its clock starts, is what the survival report prints."""

import ast
from pathlib import Path

import nbformat
import pytest
from matplotlib.text import Text

from helpers import marks
from helpers.present.show import Figure

ROOT = Path(__file__).parents[2]


def run(notebook, study, monkeypatch):
    """Everything that the cells of a notebook show, run in this process on another study."""
    shown, names = [], {}
    monkeypatch.setattr("helpers.present.show.display", shown.append)
    for cell in nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook, "exec"), names)
        if "parameters" in cell.metadata.tags:
            names["study"] = str(study)
        if last:
            shown.append(eval(compile(ast.Expression(last.value), notebook, "eval"), names))
    return [thing for thing in shown if thing is not None]


def texts(thing):
    """What a reader sees of it, in the drawing as well."""
    if isinstance(thing, Figure):
        yield from (text.get_text() for text in thing.canvas.findobj(Text))
    bundle = thing._repr_mimebundle_()
    yield (bundle if isinstance(bundle, dict) else bundle[0])["text/html"]


LABELS = """
zero = "conditioning"
[endpoints]
horizon_months = 10
milestones_months = [6]
landmark_days = [30]
min_at_risk = 1
[endpoints.lfs]
label = "Progression-free survival"
[endpoints.relapse]
label = "Progression"
[[exposures]]
key = "sct"
label = "Transplant"
columns = ["transplant_day"]
"""


@pytest.fixture
def shown(make_cohort, patients, study_toml, monkeypatch):
    before, arms = study_toml.split("[[arms]]", 1)
    return run("04_survival.ipynb", make_cohort(patients, f"{before}{LABELS}[[arms]]{arms}"), monkeypatch)


def test_the_studys_labels_and_clock_reach_captions_drawings_tables_and_sentences(shown):
    everything = [text for thing in shown for text in texts(thing)]
    assert not [text for text in everything if "leukaemia-free" in text.lower() or "incidence of relapse" in text]
    assert not [text for text in everything if "infusion" in text.lower()]
    captions = [marks.plain(thing.caption) for thing in shown if hasattr(thing, "caption")]
    for begin in ("Progression-free survival by comparison group (Kaplan-Meier).", "Progression by comparison group ("):
        assert any(caption.startswith(begin) for caption in captions)
    assert "Progression-free survival from landmarks, unadjusted" in captions
    sentences = " ".join(marks.plain(thing.text) for thing in shown if hasattr(thing, "text"))
    assert "progression-free survival of patients in CR" in sentences
    assert "Progression differs for Arm two vs Arm one (Gray's test P = 0.044)." in sentences
    curves = [list(texts(thing)) for thing in shown if isinstance(thing, Figure) and thing.axis]
    assert len(curves) == 5
    assert all("Months since conditioning" in figure for figure in curves)
