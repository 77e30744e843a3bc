"""A batch of real notebooks, small ones: what goes wrong in a cell is named with its run, and the others are right."""

from functools import partial
from pathlib import Path

import pytest
from toys import anatomy, code, markdown, write

from helpers.report.batch import render_batch
from helpers.report.batch_state import DONE, FAILED, Ledger
from helpers.report.collection import render_collection
from helpers.report.forked import CAN_FORK
from helpers.report.manifest import check_collection
from helpers.report.runs_table import BatchRun

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="with kernels this takes minutes")
DOES = """
import os, signal, time
if act == "raise": int("P-0017")
if act == "exit": os._exit(1)
if act == "kill": os.kill(os.getpid(), signal.SIGKILL)
if act == "hang": time.sleep(600)
if act == "memory": hog = b"x" * (14 * 10**8); time.sleep(600)
"""
SAID = {
    "raise": "ValueError (run the notebook in JupyterLab to read its message)",
    "exit": "its process left with exit status 1",
    "kill": "its process was killed (SIGKILL); is there enough memory?",
    "hang": "no result after 5 s; raise --timeout or make the cell quicker",
    "memory": "more than the 1.0 GB allowed; raise --memory or make the cell smaller",
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory, toy_folder):
    """A batch of runs that each end in another way, and four that are good; its folder and its states by name."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "notebooks").mkdir()
    parameters = code('study: str = ""\nact: str = ""', tags=["parameters"])
    write(
        folder / "notebooks", "01_acts", [markdown("# Acts\n\n## Deeds"), parameters, code("1"), code(DOES), code("2")]
    )
    write(folder / "notebooks", "02_other", anatomy("Other"))
    runs = [BatchRun(name, toy_folder, {"act": name}) for name in ["", *SAID, "a", "b", "c"]]
    runs[0] = BatchRun("plain", toy_folder)
    return batch(folder, runs, timeout=5, memory=1.0)


def batch(folder, runs, **how):
    """The ledger of a batch of the notebooks in a folder, and its states by name."""
    notebooks = folder / "notebooks"
    render = partial(render_collection, notebooks=notebooks, workers=1, progress=False, **how)
    ledger = Ledger(folder / "out", sorted(notebooks.glob("*.ipynb")))
    return ledger, {state.run.name: state for state in render_batch(runs, ledger, render, workers=2)}


@pytest.mark.parametrize("act", SAID)
def test_what_goes_wrong_is_named_with_notebook_cell_and_section(rendered, act):
    state = rendered[1][act]
    assert state.state == FAILED
    (failure,) = state.failures
    assert (failure.notebook, failure.cell, failure.section) == ("01_acts", 3, "Deeds")
    assert failure.message.endswith(SAID[act])
    assert "P-0017" not in failure.message


@pytest.mark.parametrize("name", ["plain", "a", "b", "c"])
def test_the_others_are_whole_and_equal_to_a_single_rendering(rendered, toy_folder, tmp_path, name):
    ledger, states = rendered
    assert states[name].state == DONE
    folder = ledger.out / name
    check_collection(folder, name)
    assert ledger.state(states[name].run).state == DONE
    assert "Parameter seed" in (folder / "02_other.html").read_text()
    alone = render_collection(
        toy_folder,
        tmp_path / name,
        notebooks=ledger.notebooks[0].parent,
        parameters=dict(states[name].run.parameters),
        progress=False,
    )
    same = ["estimates.csv", *(str(path.relative_to(folder)) for path in sorted(folder.glob("*/*")))]
    assert [place for place in same if (alone / place).read_bytes() != (folder / place).read_bytes()] == []
    assert len(list(folder.glob("figures/*.svg"))) == 1
    assert states[name].facts["patients"] == 1


def test_nothing_is_left_beside_the_collections(rendered):
    assert {path.name for path in Path(rendered[0].out).iterdir()} == {"plain", "a", "b", "c", ".failures"}


def test_papermill_s_own_engine_makes_the_same_and_says_nothing_else(tmp_path, toy_folder, capfd):
    (tmp_path / "notebooks").mkdir()
    cells = [code('study: str = ""\nact: str = ""', tags=["parameters"]), code(DOES), code("print(act or 'good')")]
    write(tmp_path / "notebooks", "01_acts", [markdown("# Acts\n\n## Deeds"), *cells])
    runs = [BatchRun("good", toy_folder), BatchRun("bad", toy_folder, {"act": "raise"})]
    forked, plain = (batch(tmp_path / engine, runs, engine=engine)[1] for engine in engines(tmp_path))
    assert "Warning" not in capfd.readouterr().err
    assert plain["good"].state == forked["good"].state == DONE
    assert plain["bad"].failures == forked["bad"].failures
    pages = [(tmp_path / engine / "out" / "good" / "01_acts.html").read_text() for engine in ("fork", "plain")]
    shown = [page.partition("Provenance</h2>")[0] for page in pages]
    assert ">good" in shown[0]
    assert shown[0] == shown[1]


def engines(folder):
    """The two engines, each with the notebooks in a folder of its own."""
    for engine in ("fork", "plain"):
        (folder / engine).mkdir()
        (folder / engine / "notebooks").symlink_to(folder / "notebooks")
        yield engine
