"""Papermill and nbconvert in one program with two workers: `python -m benchmarks.pool OUT STUDY...`."""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import papermill
from nbconvert import HTMLExporter

from benchmarks.measure import PROJECT

WORKERS = 2


def execute(notebook: Path, study: Path, out: Path) -> None:
    """Execute one notebook and write it with its page."""
    done = papermill.execute_notebook(
        notebook,
        out / notebook.name,
        parameters={"study": str(study)},
        kernel_name="python3",
        cwd=PROJECT,
        progress_bar=False,
    )
    page, _ = HTMLExporter().from_notebook_node(done)
    (out / notebook.name).with_suffix(".html").write_text(page, encoding="utf-8")


def main(out: Path, studies: list[Path]) -> None:
    """Execute all notebooks on all cohorts."""
    with ProcessPoolExecutor(WORKERS) as workers:
        done = []
        for study in studies:
            (out / study.name).mkdir()
            for notebook in sorted((PROJECT / "notebooks").glob("0*.ipynb")):
                done.append(workers.submit(execute, notebook, study, out / study.name))
        for result in done:
            result.result()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(study) for study in sys.argv[2:]])
