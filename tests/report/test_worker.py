"""What a cell finds around it, and what is said of one that does not end."""

import os
import re

import psutil
import pytest
from toys import code, markdown, write

from helpers.report.forked import CAN_FORK
from helpers.report.run import Run, RunError, run_notebooks

DEAF = "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass"
IN_C = "import ctypes\nctypes.PyDLL(None).sleep(60)"  # holds the interpreter's lock: no thread of the kernel runs
ASKED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MPLCONFIGDIR")


def environment(tmp_path, private=None):
    """What a cell finds in its environment, and the names of the notebook's temporary files."""
    asked = f"import os, tempfile; print([os.environ.get(name) for name in {ASKED}], tempfile.gettempdir())"
    [done] = run_notebooks([Run(write(tmp_path, "01_x", [code(asked)]))], private=private)
    text = done.value["cells"][0]["outputs"][0]["text"]
    *values, folder = re.findall(r"None|'[^']*'|/.*", text)
    return dict(zip(ASKED, (value.strip("'") for value in values), strict=True)), folder


@pytest.mark.parametrize("engine", ["fork", "plain"] if CAN_FORK else ["plain"])
def test_a_cell_that_does_not_end_is_named_and_killed(tmp_path, engine):
    head = [markdown("# Title\n\n## Endless"), code("import os\nopen(f'{os.getpid()}.kernel', 'w').close()")]
    sources = {"01_deaf": DEAF, "02_in_c": IN_C}
    runs = [Run(write(tmp_path, name, [*head, code(source)]), {}, tmp_path) for name, source in sources.items()]
    seconds = {"fork": 2, "plain": 10}[engine]  # a kernel needs some to start
    with pytest.raises(RunError) as caught:
        run_notebooks(runs, timeout=seconds, engine=engine)
    assert [str(failure).partition(";")[0] for failure in caught.value.failures] == [
        f"{name}.ipynb, cell 2, section 'Endless': no result after {seconds} s" for name in sources
    ]
    kernels = [int(path.stem) for path in tmp_path.glob("*.kernel")]
    assert len(kernels) == 2
    alive = [number for number in kernels if psutil.pid_exists(number)]
    assert [number for number in alive if psutil.Process(number).status() != psutil.STATUS_ZOMBIE] == []


def test_a_kernel_has_one_thread_and_keeps_its_files_in_the_runs_folder(tmp_path, monkeypatch):
    for name in ASKED:
        monkeypatch.delenv(name, raising=False)
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    found, folder = environment(tmp_path, private)
    assert (found["OMP_NUM_THREADS"], found["OPENBLAS_NUM_THREADS"]) == ("1", "1")
    assert found["MPLCONFIGDIR"] == "None"
    assert folder == str(private / "0")
    assert {path.name for path in tmp_path.iterdir()} <= {"private", "01_x.ipynb"}


def test_what_the_user_set_stays_and_a_home_that_cannot_be_written_to_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("HOME", os.devnull)
    found, folder = environment(tmp_path)
    assert (found["OMP_NUM_THREADS"], found["OPENBLAS_NUM_THREADS"]) == ("3", "3")
    assert found["MPLCONFIGDIR"].startswith(folder)


def test_a_long_name_of_the_temporary_folder_does_no_harm(tmp_path):
    private = tmp_path / ("long" * 25)  # a socket's path has at most 107 bytes
    private.mkdir()
    _, folder = environment(tmp_path, private)
    assert folder == str(private / "0")
