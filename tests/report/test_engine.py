"""The two ways to run a notebook give the same outputs, cell by cell and figure by figure."""

import json
import re
from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from toys import code, write

from helpers.report.engine import LANGUAGE
from helpers.report.forked import CAN_FORK
from helpers.report.kernel import ThisPython
from helpers.report.warm import warm

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="there is no fork")
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETTING = 'study: str = "x"  # a folder\nrate: float = 0.5  # a number\np_values: bool = True  # a choice'
FOREIGN = [
    "import sys; print('a'); print('b', file=sys.stderr); print('c')",
    "from IPython.display import HTML, clear_output, display\nprint('x'); display(HTML('<b>1</b>')); print('y')\n3",
    "display({'text/plain': 'z'}, raw=True, metadata={'k': {'v': (1, 2)}})",
    "import warnings; warnings.warn('careful')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]); plt.title('t')",
    "%matplotlib inline\nfig, ax = plt.subplots(); ax.plot([3, 1]); plt.show()\nprint('after')",
    "for n in range(2):\n    plt.figure(figsize=(1, 1)).add_subplot().plot([n, 1])",
    "fig, ax = plt.subplots(figsize=(2, 2)); ax.plot([3, 1])\nfig",
    "!echo shell; echo err >&2",
    "%%bash\necho bash",
    "%%capture kept\nprint('hidden')",
    "kept.stdout",
    "x = !echo listed\nx",
    "print('no newline', end='')",
    "handle = display('first', display_id='k')",
    "handle.update('second')",
    "print('p'); clear_output(); print('q')",
    "print('p'); clear_output(wait=True); print('q')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "'quiet';",
    "_",
    "import pandas as pd\npd.DataFrame({'a': [1, 2.5]})",
    "float('nan')",
    "print('a\\r b')",
    "import logging; logging.warning('said')",
    "import pickle\nclass D: pass\nlen(pickle.dumps(D())) > 0, __name__, study, rate, p_values",
    "%who_ls int",
    "?len",
    "try:\n    input('?')\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "import getpass\ntry:\n    getpass.getpass()\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "import subprocess; subprocess.run(['echo', 'hello'])\nNone",
]


def by(engine, path, **parameters):
    """A notebook as papermill leaves it, with an engine."""
    own = {"kernel_manager_class": ThisPython} if engine is None else {}
    return papermill.execute_notebook(
        path, None, parameters, engine_name=engine, kernel_name="python3", progress_bar=False, cwd=ROOT, **own
    )


def comparable(notebook):
    """What the cells hold; processes, addresses in memory and clocks apart, and texts that follow each other as one."""
    cells = [(cell.source, cell.get("execution_count"), joined(cell.get("outputs", []))) for cell in notebook.cells]
    text = json.dumps(cells, sort_keys=True)
    return json.loads(re.sub(r"ipykernel_\d+/\d+|0x[0-9a-f]+", "…", text))


def joined(outputs):
    """Outputs of which each text is whole: a kernel sends it in pieces, as time passes."""
    whole = []
    for output in map(dict, outputs):
        if whole and output["output_type"] == "stream" and whole[-1].get("name") == output["name"]:
            whole[-1]["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def figures(notebook):
    """How many pictures a notebook shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.fixture(scope="module", autouse=True)
def warmed():
    """Processes that find modules imported, as those of a collection do."""
    warm(NOTEBOOKS)


@pytest.fixture(autouse=True)
def own_profile(tmp_path, monkeypatch):
    """Kernels with nothing of the user's, and with short names for their sockets."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_gives_what_plain_papermill_gives(path):
    forked, plain = by("fork", path, study="data/second_cart"), by(None, path, study="data/second_cart")
    assert comparable(forked) == comparable(plain)
    assert figures(forked) > 0


def test_a_foreign_notebook_gives_what_plain_papermill_gives(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # under which a kernel does not hear other programs
    path = write(tmp_path, "x", [code(SETTING, tags=["parameters"]), *map(code, FOREIGN)])
    given = {"study": 'a "b" ü\\', "rate": 2.0, "p_values": False}
    forked, plain = by("fork", path, **given), by(None, path, **given)
    for one, other in zip(comparable(forked), comparable(plain), strict=True):
        assert one == other
    assert figures(forked) == figures(plain) == 6
    assert dict(plain.metadata.language_info) == {**LANGUAGE}
    assert [set(cell.metadata.execution) for cell in forked.cells] == [set(c.metadata.execution) for c in plain.cells]


@pytest.mark.parametrize("source", ["1 / 0", "def f(:", "raise KeyError('x')", "import sys; sys.exit(3)"])
def test_an_error_is_marked_as_plain_papermill_marks_it(tmp_path, source):
    path = write(tmp_path, "x", [code("1"), code(source), code("2")])
    found = []
    for engine in ("fork", None):
        with pytest.raises(PapermillExecutionError) as caught:
            papermill.execute_notebook(path, tmp_path / "out.ipynb", engine_name=engine, kernel_name="python3")
        found.append((caught.value.ename, caught.value.evalue, comparable(nbformat.read(tmp_path / "out.ipynb", 4))))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "left with exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", r"was killed \(SIGKILL\)"),
        ("import time; time.sleep(60)", "no result after 2 s"),
    ],
)
def test_a_cell_that_ends_its_process_or_hangs_is_marked(tmp_path, source, reason):
    path, out = write(tmp_path, "x", [code("1"), code(source)]), tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError, match=reason):
        papermill.execute_notebook(path, out, engine_name="fork", execution_timeout=2, progress_bar=False)
    assert "papermill-error-cell" in out.read_text()
