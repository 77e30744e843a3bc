"""A batch whose collections are made at once, without notebooks, and of which some fail in every way there is."""

import os
import signal
import sys
import time
from pathlib import Path

from toys import ESTIMATE

from helpers import cli
from helpers.cohort import CohortError
from helpers.faults import Fault
from helpers.report import collection, provenance, run
from helpers.report.inputs import inputs
from helpers.report.manifest import MARK, check_collection, manifest
from helpers.report.run import RunError
from helpers.report.safe_csv import csv_text
from helpers.report.snapshot import shown_name
from helpers.report.target import replacing
from helpers.report.whole import write_text
from helpers.report.worker import RunFailure
from helpers.stats.estimates import COLUMNS
from helpers.study import load_study


def render(study, target, *, parameters, only=(), notebooks=collection.NOTEBOOKS, **_):
    """Write a small collection as `render_collection` does, or do what the parameter `subgroup` says."""
    facts = {"study": {"key": study.name, "title": "Toy", "synthetic": True}, "patients": 1, "seconds": 0.1}
    runs = collection.plan(shown_name(study), Path(), collection.select(notebooks, only), parameters)
    facts |= {"code": {}, "notebooks": [], "inputs": inputs(provenance.checksums(load_study(study)), runs)}
    act = parameters.get("subgroup", "")
    with replacing(target, check_collection, cohort=study) as folder:
        for name in ("tables", "figures"):
            (folder / name).mkdir()
        write_text(folder / "index.html", f"{act} {target.name}" * 1000)
        rows = [[ESTIMATE.get(column, "") for column in COLUMNS] + ["01_x"]]
        write_text(folder / "estimates.csv", csv_text([*COLUMNS, "notebook"], rows, synthetic=True))
        time.sleep(float(os.environ.get("TOY_PAUSE", 0)))  # a collection takes so long
        ACTS.get(act, bool)()
        write_text(folder / MARK, manifest(folder, facts))
    return target


def fail():
    raise RunError([RunFailure("04_x", 7, "Curves", "ZeroDivisionError"), RunFailure("05_x", 1, "", "KeyError")])


def refuse():
    faults = [Fault("not a number", "patients.csv", "Write one."), Fault("empty", "patients.csv", "Fill.")]
    raise CohortError("toy", faults)


ACTS = {
    "fail": fail,
    "refuse": refuse,
    "leave": lambda: os._exit(3),
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "err": lambda: int("P-0017"),
    "sleep": lambda: time.sleep(60),
    "full": lambda: write_text(Path("../out/ballast"), " " * 10**7),
}


def main(notebooks, words, pause):
    """Do a command with these collections in place of real ones, and end this process."""
    os.environ["TOY_PAUSE"] = str(pause)
    run.NOTEBOOKS, collection.render_collection = notebooks, render
    status = 70  # what is raised is a fault of the program
    try:
        cli.main(words)
    except SystemExit as left:
        status = left.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
