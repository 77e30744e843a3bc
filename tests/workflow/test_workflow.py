"""The workflows as they are used: shares of a table on Snakemake and on a Slurm whose node dies in the middle."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from cluster import PROGRAMS, cluster

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "workflow"
BIN = Path(sys.executable).parent
PATH = f"{BIN}:{os.environ['PATH']}"
CHUNKS, RUNS = 8, 15  # of the Slurm array; and one run that fails
OPTIONS = "--only 01"
pytestmark = pytest.mark.workflow


@pytest.fixture
def table(tmp_path):
    """Runs of subgroups, and one that has no patient."""
    values = [f"age_years={age}" for age in (14, 30)] + ["sex=female", "sex=male", "mrd=positive", "mrd=negative"]
    runs = [(f"run-{number:02}", "data/second_cart", values[number % len(values)]) for number in range(RUNS)]
    runs.append(("nobody", "data/second_cart", "age_years=119"))
    path = tmp_path / "runs.csv"
    pd.DataFrame(runs, columns=["name", "study", "subgroup"]).to_csv(path, index=False)
    return path


@pytest.fixture
def uninterrupted(table, tmp_path):
    """What one command makes of the table."""
    out = tmp_path / "uninterrupted"
    done = subprocess.run([BIN / "second-cart", "batch", table, "--out", out, *OPTIONS.split()], cwd=ROOT, check=False)
    assert done.returncode == 1
    return out


def same(out, other):
    """Whether two folders hold the same collections and the same estimates."""
    files = [sorted(path.relative_to(place) for path in place.rglob("*")) for place in (out, other)]
    estimates = [pd.read_parquet(place / "estimates.parquet") for place in (out, other)]
    pd.testing.assert_frame_equal(*estimates)
    return files[0] == files[1]


def snakemake(table, out, *options):
    """A command that renders the table in shares with Snakemake."""
    command = [str(WORKFLOW / ".venv" / "bin" / "snakemake"), "-s", str(WORKFLOW / "Snakefile"), "--cores", "2"]
    config = ["--config", f"runs={table}", f"out={out}", "chunks=4", f"options={OPTIONS}"]
    return [*command, "--directory", str(table.parent), *options, *config]


def stamps(out):
    """When each collection was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/run.json")}


def some_done(out, number=4, seconds=120):
    """Wait until a few runs are done."""
    within(seconds, lambda: len(stamps(out)) >= number)


def batch(table, out):
    """The command that renders a table, its temporary files in a folder beside the table."""
    temporary = table.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    command = [BIN / "second-cart", "batch", table, "--out", out, *OPTIONS.split()]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)}, stderr=subprocess.DEVNULL)


def alive(folder):
    """The processes that work in a folder or below it, as notebooks do."""
    found = psutil.process_iter(["cwd", "status"])
    return [each for each in found if (each.info["cwd"] or "").startswith(str(folder))]


def within(seconds, condition):
    """Wait for a condition; whether it came true in time."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def content(out):
    """What is in a batch's folder but for dates: names, and the bytes of estimates, tables and figures."""
    dated = {".html", ".json", ".docx", ".parquet"}
    files = [path for path in out.rglob("*") if path.is_file()]
    return {path.relative_to(out): "" if path.suffix in dated else path.read_bytes() for path in files}


def test_a_killed_batch_goes_on_to_the_same_files(table, tmp_path):
    table.write_text("\n".join(table.read_text().splitlines()[:7]))
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    first = batch(table, killed)
    some_done(killed, number=1)
    assert within(30, lambda: alive(tmp_path))  # a notebook runs
    first.kill()
    first.wait()
    assert within(3, lambda: not alive(tmp_path))
    before = stamps(killed)
    assert 1 <= len(before) < 6
    assert [batch(table, out).wait() for out in (killed, whole)] == [0, 0]
    assert before.items() <= stamps(killed).items()
    assert content(killed) == content(whole)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_snakemake_goes_on_where_it_was_killed(table, uninterrupted, tmp_path):
    out, where = tmp_path / "out", {"cwd": ROOT, "env": os.environ | {"PATH": PATH}}
    first = subprocess.Popen(snakemake(table, out), start_new_session=True, stderr=subprocess.DEVNULL, **where)
    some_done(out)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = stamps(out)
    assert 4 <= len(before) < RUNS
    subprocess.run(snakemake(table, out, "--unlock"), check=True, capture_output=True, **where)
    done = subprocess.run(snakemake(table, out, "--rerun-incomplete"), capture_output=True, text=True, **where)
    assert done.returncode == 1  # one run fails, and is named
    assert "nobody" in done.stdout + done.stderr
    assert before.items() <= stamps(out).items()
    assert same(out, uninterrupted)


@pytest.mark.parametrize("program", PROGRAMS)
def test_slurm_is_here(program):
    assert shutil.which(program)


def test_a_slurm_array_survives_the_death_of_a_node(table, uninterrupted, tmp_path):
    out = tmp_path / "out"
    with cluster(tmp_path) as slurm:
        slurm.environment |= {"PATH": PATH}
        job = [f"--array=1-{CHUNKS}", f"--chdir={ROOT}", f"--output={tmp_path}/%a.log"]
        script = [str(WORKFLOW / "slurm.sh"), str(table), str(out), str(CHUNKS)]
        slurm.run("sbatch", "--parsable", *job, *script, *OPTIONS.split())
        some_done(out)
        slurm.kill("node2")
        before = stamps(out)
        slurm.wait(240)
    assert 4 <= len(before) < RUNS
    assert before.items() <= stamps(out).items()
    last = subprocess.run([BIN / "second-cart", "batch", table, "--out", out, *OPTIONS.split()], cwd=ROOT, check=False)
    assert last.returncode == 1
    assert before.items() <= stamps(out).items()
    assert same(out, uninterrupted)
