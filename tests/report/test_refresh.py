import errno
import json
import os

import nbformat
import pytest
from toys import PNG, anatomy, code, figure, markdown, write

from helpers.faults import UsageError
from helpers.report import refresh as module
from helpers.report import whole
from helpers.report.refresh import refresh, tidy
from helpers.report.run import RunError
from helpers.report.target import OutputError


def test_stored_notebooks_hold_outputs_and_nothing_of_the_machine(tmp_path):
    path = write(tmp_path, "01_x", [*anatomy("X"), code("1 + 1", tags=["kept"], other="dropped")])
    assert refresh([path], progress=False) == [path]
    text = path.read_text()
    stored = json.loads(text)
    cells = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert cells[-1]["outputs"][0]["execution_count"] == len(cells)
    assert cells[-1]["metadata"] == {"tags": ["kept"]}
    assert all(not output["metadata"] for cell in cells for output in cell["outputs"] if "metadata" in output)
    assert stored["metadata"]["language_info"] == {"name": "python"}
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    assert PNG in text
    assert not [word for word in ("papermill", "start_time", "iopub", str(tmp_path)) if word in text]
    assert refresh([path], progress=False) == []
    assert path.read_text() == text


def test_a_failed_notebook_leaves_all_as_they_were(tmp_path):
    paths = [write(tmp_path, "01_x", [code(figure())]), write(tmp_path, "02_x", [markdown("# X"), code("1 / 0")])]
    before = [path.read_bytes() for path in paths]
    with pytest.raises(RunError, match="02_x"):
        refresh(paths, progress=False)
    assert [path.read_bytes() for path in paths] == before


def test_what_the_html_says_is_stored_once():
    notebook = nbformat.v4.new_notebook(cells=[markdown("# X"), code("x")])
    whole = {"image/png": PNG, "text/html": "<img>", "text/plain": "y"}
    alone = {"image/png": PNG, "text/plain": "y"}
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", data) for data in (whole, alone)]
    first, second = tidy(notebook).cells[1].outputs
    assert dict(first.data) == {"text/html": "<img>"}
    assert dict(second.data) == alone


def test_a_notebook_that_is_saved_during_the_run_is_not_overwritten(tmp_path):
    change = "from pathlib import Path\npath = Path({path!r})\npath.write_text(path.read_text() + ' ')"
    paths = [write(tmp_path, "01_x", [code(figure())]), tmp_path / "02_x.ipynb"]
    write(tmp_path, "02_x", [code(change.format(path=str(paths[1])))])
    before = [path.read_text() for path in paths]
    with pytest.raises(OutputError, match=r"^02_x\.ipynb changed during the run; nothing was stored"):
        refresh(paths, progress=False)
    assert [path.read_text() for path in paths] == [before[0], before[1] + " "]
    assert sorted(os.listdir(tmp_path)) == ["01_x.ipynb", "02_x.ipynb"]


def test_a_full_disk_leaves_all_as_they_were(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "/x/y")

    path = write(tmp_path, "01_x", [code(figure())])
    before = path.read_bytes()
    monkeypatch.setattr(whole, "write_text", full)
    with pytest.raises(OutputError, match=r"^01_x\.ipynb cannot be written: No space left"):
        refresh([path], progress=False)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["01_x.ipynb"]


def test_an_installed_package_is_no_place_to_store_outputs(tmp_path, monkeypatch):
    path = write(tmp_path, "01_x", [code(figure())])
    before = path.read_bytes()
    monkeypatch.setattr(module, "INSTALLED", True)
    with pytest.raises(UsageError, match="in a checkout of second-cart; this is an installed package"):
        refresh([path], progress=False)
    assert path.read_bytes() == before


def test_tidy_keeps_what_is_shown(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[markdown("# X"), code("x")])
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="y")]
    assert tidy(notebook).cells[1].outputs[0].text == "y"
