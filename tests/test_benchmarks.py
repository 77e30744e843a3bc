"""The benchmarks measure what they say: all processes counted, all figures counted, ratios taken in pairs."""

import os
import re
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from benchmarks import bench, registry, results, scale, ways
from benchmarks.measure import Cost, MeasureError, measured

ROOT = Path(__file__).parents[1]
BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"


def python(code):
    return [sys.executable, "-c", code]


def burning(seconds):
    return BURN.format(seconds=seconds)


def test_cpu_of_grandchildren_and_of_orphans_is_counted(tmp_path):
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burning(0.4)!r}])"
    orphan = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burning(0.4)!r}])"
    assert measured(python(child), tmp_path / "log").cpu > 0.4
    assert measured(python(orphan), tmp_path / "log").cpu < 0.4, "an orphan in the command's group is ended with it"
    apart = orphan.replace("])", "], start_new_session=True)")
    assert measured(python(apart), tmp_path / "log").cpu > 0.4


def test_only_the_command_s_own_time_is_counted(tmp_path):
    first = measured(python(burning(0.5)), tmp_path / "log")
    second = measured(python("pass"), tmp_path / "log")
    assert first.cpu > 0.5 > second.cpu
    assert second.wall < 5


def test_memory_of_all_processes_is_watched(tmp_path):
    held = "x = bytearray(60_000_000); x[::4096] = b'x' * len(x[::4096]); import time; time.sleep(1.5)"
    both = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {held!r}]); {held}; p.wait()"
    assert measured(python(both), tmp_path / "log", watch_memory=True).memory > 120_000_000


def test_a_command_that_fails_or_hangs_costs_nothing(tmp_path):
    with pytest.raises(MeasureError, match="status 3"):
        measured(python("raise SystemExit(3)"), tmp_path / "log")
    with pytest.raises(MeasureError, match="after 1 s"):
        measured(python("import time; time.sleep(60)"), tmp_path / "log", timeout=1)


def test_what_is_measured_ends_with_the_program(tmp_path):
    hang = "import os, time, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    hang = hang.replace("'pid'", repr(str(tmp_path / "pid")))
    code = "import sys, pathlib; from benchmarks.measure import end_with_children, measured\nend_with_children()\n"
    code += f"measured([sys.executable, '-c', {hang!r}], pathlib.Path({str(tmp_path / 'log')!r}))"
    program = subprocess.Popen(python(code), cwd=ROOT)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert program.poll() is None
        time.sleep(0.02)
    program.terminate()
    assert program.wait() == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def rows(part="cold", **costs):
    """Repetitions of ours, (a) and (d) with these seconds."""
    pairs = [(way, number, cost) for way, each in costs.items() for number, cost in enumerate(each)]
    return pd.DataFrame(
        [(part, "toy", number, way, 2, cost, cost, 40) for way, number, cost in pairs], columns=results.COLUMNS
    )


def test_ratios_are_taken_within_a_repetition():
    measured_rows = rows(ours=[2.0, 4.0, 10.0], a=[20.0, 20.0, 100.0])
    assert results.ratio(measured_rows, "a", "ours", "wall") == results.Ratio(5.0, 10.0, 10.0)
    assert results.ratio(measured_rows, "c", "ours", "wall") is None


def test_a_target_is_met_by_the_median_or_said_not_to_be():
    lines = results.ratio_lines(rows(ours=[2.0, 4.0, 10.0], a=[8.0, 20.0, 100.0], c=[8.0, 8.0, 8.0], d=[1.0, 3.5, 9.0]))
    said = {line.split("|")[2].strip(): line.split("|")[-2].strip() for line in lines[2:]}
    assert said["(a) over ours, seconds on the clock"] == "**not met**"
    assert said["(c) over ours, seconds on the clock"] == "**not met**"
    assert said["(c) over ours, CPU seconds"] == "met"
    assert said["ours over (d), CPU seconds"] == ""


@pytest.mark.parametrize(("limit", "verdict"), [(4.0, "met"), (3.0, "**not met**")])
def test_a_batch_has_a_target_of_cpu_over_the_limit(limit, verdict):
    lines = results.ratio_lines(rows("batch", ours=[4.0], d=[limit]))
    assert lines[-1].split("|")[-2].strip() == verdict


def test_cells_are_compared_with_those_of_a_commit(tmp_path):
    cells = [("cells", "klein_bmt", n, key, 1, s, s, 9) for n in (1, 2) for key, s in (("now", 2.0), ("then", 5.0))]
    lines = results.ratio_lines(pd.DataFrame(cells, columns=results.COLUMNS))
    assert lines[2:] == ["| cells of klein_bmt | then over now, CPU seconds | 2.50 (2.50 to 2.50) | >= 2 | met |"]
    assert bench.checkout("0" * 40, tmp_path / "none") is None


def way(key, figures):
    return ways.Way(key, key, lambda cohorts, out: Cost(1.0, 1.0), lambda out: figures)


def test_ways_that_draw_other_figures_are_refused(tmp_path):
    assert len(bench.repetition("cold", 1, [way("ours", 20), way("a", 20)], [tmp_path], tmp_path)) == 2
    with pytest.raises(MeasureError, match="'a': 19"):
        bench.repetition("cold", 1, [way("ours", 20), way("a", 19)], [tmp_path], tmp_path)
    cohorts = [Path("x"), Path("y")]
    counted = [("batch", way, count) for way, count in (("ours", 2), ("a", 1))]
    ours = ways.Way("ours", "", lambda cohorts, out: Cost(2.0, 2.0), lambda out: 20 if out.name in ("x", "y") else 40)
    made = bench.repetition("batch", 1, [ours, way("a", 20)], cohorts, tmp_path, first=1)
    assert [(row["part"], row["way"], row["collections"]) for row in made] == counted
    with pytest.raises(MeasureError, match="'a': 21"):
        bench.repetition("batch", 1, [ours, way("a", 21)], cohorts, tmp_path, first=1)
    with pytest.raises(MeasureError, match="drew no figure"):
        bench.repetition("cold", 1, [way("ours", 0)], [tmp_path], tmp_path)


def test_ways_alternate_and_the_page_says_what_was_not_measured(tmp_path):
    made = []

    def noting(key):
        return ways.Way(
            key,
            key,
            lambda cohorts, out: made.append((key, len(cohorts))) or Cost(1.0, 1.0),
            lambda out: 1 if out.parent.name == "runs" else made[-1][1],
        )

    options = Namespace(
        study=ROOT / "data" / "second_cart",
        pairs=2,
        batch_pairs=1,
        collections=3,
        first=2,
        warm_pairs=1,
        parts=["cold", "batch"],
        against="HEAD",
    )
    found = list(bench.run(options, [noting("ours"), noting("b")], tmp_path))
    measured_rows = pd.DataFrame(found, columns=results.COLUMNS)
    assert made == [("ours", 1), ("b", 1)] * 2 + [("ours", 3), ("b", 2)]
    page = bench.report(measured_rows, options, ["(c) skipped: R is missing"])
    assert "Not measured: (c) skipped: R is missing; part warm; part cells" in page
    assert "cold 2, batch 1" in page
    assert "**batch**: 3 collections by ours, the first 2 of them by the other ways" in page
    assert str(ROOT) not in page


def test_one_value_is_changed(tmp_path):
    registry.write(ROOT / "data" / "second_cart", registry.registry(ROOT / "data" / "second_cart", 40), tmp_path / "c")
    before = pd.read_csv(tmp_path / "c" / "patients.csv", dtype=str, keep_default_na=False)
    bench.change_one_value(tmp_path / "c")
    after = pd.read_csv(tmp_path / "c" / "patients.csv", dtype=str, keep_default_na=False)
    assert (before != after).to_numpy().sum() == 1


def test_centres_differ_in_size_and_patients(tmp_path):
    made = [pd.read_csv(c / "patients.csv") for c in bench.centres(ROOT / "data" / "second_cart", tmp_path, 4)]
    sizes = [len(table) for table in made]
    assert all(bench.SMALLEST <= size <= bench.LARGEST for size in sizes)
    assert len(set(sizes)) > 1
    assert made[0]["age_years"].head(30).tolist() != made[1]["age_years"].head(30).tolist()


def test_figures_are_counted_once_in_every_form(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in ("one.svg", "one-85mm.svg"):
        (tmp_path / "figures" / name).write_text("<svg/>")
    picture = nbformat.v4.new_output("display_data", data={"image/png": "", "text/html": "<img src='data:image/png'>"})
    text = nbformat.v4.new_output("display_data", data={"text/plain": "image/png"})
    cell = nbformat.v4.new_code_cell(outputs=[picture, text])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    (tmp_path / "report.html").write_text('<img role="x" src="data:image/png;base64,"> <img src="logo.svg">')
    assert (ways.drawings(tmp_path), ways.pictures(tmp_path), ways.images(tmp_path)) == (1, 1, 1)


def test_the_hot_process_keeps_what_cells_show_and_their_values(tmp_path):
    image = "from IPython.display import Image, display\npicture = Image(data=b'\\x89PNG', format='png')\n"
    cells = [
        nbformat.v4.new_code_cell("study: str = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(image + "display(picture)\npicture"),
        nbformat.v4.new_code_cell("study"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    code = (
        "import sys, pathlib, nbformat; from benchmarks.limit import executed, new_shell\n"
        "path = pathlib.Path(sys.argv[1]); shell = new_shell()\n"
        "read = nbformat.read(path, as_version=4)\n"
        "for i in range(2): executed(shell, read, {'study': 'here'}, path.name)\n"
        "nbformat.write(nbformat.from_dict(read), path.with_name('done.ipynb'))"
    )
    subprocess.run([*python(code), tmp_path / "n.ipynb"], check=True, cwd=ROOT)
    (tmp_path / "n.ipynb").unlink()
    assert ways.pictures(tmp_path) == 2
    done = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    assert done.cells[2].outputs[0].data["text/plain"] == "'here'"


def headings(lines):
    """Headings outside of code."""
    kept = []
    inside = False
    for line in lines:
        inside ^= line.startswith("```")
        if not inside and re.match("#+ ", line):
            kept.append(line)
    return kept


def test_r_markdown_has_the_sections_of_the_notebooks():
    expected = []
    for path in ways.NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        expected += headings("\n".join(texts).splitlines())
    assert headings((ROOT / "benchmarks" / "report.Rmd").read_text(encoding="utf-8").splitlines()) == expected
    assert len(expected) > 60


def test_r_that_is_missing_is_said(monkeypatch):
    c = next(way for way in ways.WAYS if way.key == "c")
    monkeypatch.setattr(ways.shutil, "which", lambda name: None)
    assert ways.missing(c, Path("second_cart")) == "R is missing"
    assert "report.Rmd is written for" in ways.missing(c, Path("klein_bmt"))
    assert not ways.missing(ways.WAYS[0], Path("second_cart"))


@pytest.mark.parametrize(("power", "said"), [(1, "1.00"), (2, "2.00")])
def test_growth_is_an_exponent(power, said):
    assert scale.exponent(pd.Series({size: 0.001 * size**power for size in (1000, 10_000, 100_000)})) == said
    assert scale.exponent(pd.Series({1000: 1.0, 10_000: None})) == ""


def test_a_notebook_that_failed_is_said_in_the_table():
    cells = [
        {"model": "klein_bmt", "patients": 1000, "what": "04", "cpu": 1.0, "memory_mb": 300.0, "page_mb": 2.0},
        {"model": "klein_bmt", "patients": 10_000, "what": "04", "failed": "no memory"},
    ]
    lines = scale.size_lines(pd.DataFrame(cells))
    assert "| 04 | 1.0, 300, 2.0 | failed: no memory |  |" in lines


def test_a_registry_is_the_same_whatever_the_order_of_sets(tmp_path):
    for seed in ("1", "2"):
        command = [sys.executable, ROOT / "benchmarks" / "registry.py", "30", tmp_path / seed, "--like"]
        command = [*command, ROOT / "data" / "klein_bmt"]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
    first, second = ((tmp_path / seed / "patients.csv").read_bytes() for seed in ("1", "2"))
    assert first == second
