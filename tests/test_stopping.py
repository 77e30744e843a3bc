"""Commands that are stopped: by Ctrl-C, by SIGTERM, and by a kill that they cannot hear."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from toys import anatomy, code, write

from helpers.report.run import Run, run_notebooks
from helpers.stopping import SIGNALS, Stopped, signals_held, stoppable, too_late_to_stop

ROOT = Path(__file__).parents[1]
COMMAND = """
import sys
from functools import partial
from pathlib import Path
from helpers import cli
from helpers.report import collection
collection.render_collection = partial(collection.render_collection, notebooks=Path(sys.argv.pop(1)))
cli.main()
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are those of POSIX")


class Rendering:
    """A `second-cart render` that sleeps in two notebooks and has all temporary files in one folder."""

    def __init__(self, folder):
        self.temporary, self.out, notebooks = folder / "tmp", folder / "out", folder / "notebooks"
        self.temporary.mkdir()
        notebooks.mkdir()
        asleep = [folder / f"{name}.asleep" for name in ("01_x", "02_x")]
        for path in asleep:
            sleep = code(f"import pathlib, time\npathlib.Path({str(path)!r}).touch()\ntime.sleep(60)")
            write(notebooks, path.stem, anatomy("X", [sleep]))
        words = [sys.executable, "-c", COMMAND, str(notebooks), "render", "data/klein_bmt", "--out", str(self.out)]
        environment = os.environ | {"TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        wait_until(lambda: all(path.exists() for path in asleep) or self.process.poll() is not None, 60)

    def alive(self):
        """Processes of this run: they have its temporary folder in their environment."""
        found = psutil.process_iter(["environ", "status"])
        mine = [each for each in found if str(self.temporary) in (each.info["environ"] or {}).get("TMPDIR", "")]
        return [each for each in mine if each.info["status"] != psutil.STATUS_ZOMBIE]

    def end(self):
        for process in self.alive():
            process.kill()
        self.process.wait()
        self.process.stderr.close()


def wait_until(condition, seconds):
    """Wait until a condition holds; False when it did not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def rendering(tmp_path):
    started = Rendering(tmp_path)
    yield started
    started.end()


@pytest.mark.parametrize(
    ("send", "number", "status"), [(os.killpg, signal.SIGINT, 130), (os.kill, signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_everything_within_three_seconds_in_one_line(rendering, send, number, status):
    assert len(rendering.alive()) == 3  # the command and two notebooks
    began = time.monotonic()
    send(rendering.process.pid, number)
    _, said = rendering.process.communicate(timeout=60)
    seconds = time.monotonic() - began
    assert rendering.alive() == []
    assert (rendering.process.returncode, said) == (status, "Stopped; nothing was written.\n")
    assert list(rendering.temporary.iterdir()) == []
    assert not rendering.out.exists()
    assert seconds < 3


def test_nothing_outlives_a_command_that_is_killed_and_the_next_run_clears_what_it_left(
    rendering, tmp_path, monkeypatch
):
    assert len(rendering.alive()) == 3
    rendering.process.kill()
    rendering.process.communicate()
    assert wait_until(lambda: rendering.alive() == [], 3)
    assert list(rendering.temporary.iterdir()) != []
    monkeypatch.setattr("tempfile.tempdir", str(rendering.temporary))
    run_notebooks([Run(write(tmp_path, "03_x", [code("1")]))])
    assert list(rendering.temporary.iterdir()) == []


def test_a_signal_waits_while_signals_are_held():
    done = []

    def work():
        with signals_held():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("the held part")
        done.append("what follows")

    with pytest.raises(Stopped) as caught, stoppable():
        work()
    assert done == ["the held part"]
    assert caught.value.status == 143


def test_a_signal_that_another_thread_takes_waits_as_well():
    done = []

    def hear():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        time.sleep(0.5)

    def work():
        with signals_held():
            other = threading.Thread(target=hear)
            other.start()
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)
            done.append("the held part")
            other.join()

    with pytest.raises(Stopped), stoppable():
        work()
    assert done == ["the held part"]


def test_the_first_signal_counts_and_the_clearing_away_is_not_disturbed():
    done = []

    def work():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            done.append("cleared away")

    with pytest.raises(Stopped), stoppable():
        work()
    assert done == ["cleared away"]


def test_a_signal_that_comes_too_late_changes_nothing_and_later_ones_are_heard_again():
    before = signal.getsignal(signal.SIGINT)
    with stoppable():
        too_late_to_stop()
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
