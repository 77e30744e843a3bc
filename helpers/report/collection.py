"""A collection of reports in one folder, written whole or not at all."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from helpers.report import provenance
from helpers.report.export import render_page, table_csv
from helpers.report.index import index_page, links
from helpers.report.markup import slug
from helpers.report.page import Page
from helpers.report.picture import signed_svg
from helpers.report.read import SYNTHETIC, read_page
from helpers.report.run import TIMEOUT, Run, run_notebooks, share_parameters
from helpers.report.sheet import csv_text
from helpers.report.word import write_document
from helpers.stats.estimates import COLUMNS
from helpers.stopping import too_late_to_stop
from helpers.study import PROJECT_ROOT, Study, load_study

NOTEBOOKS = PROJECT_ROOT / "notebooks"
REPORTS = PROJECT_ROOT / "reports"
MARK = "run.json"  # a folder that holds it is a collection and may be replaced


class CollectionError(ValueError):
    """A collection that cannot be made: no such notebook, or an output folder that holds something else."""


def render_collection(
    study: str | Path,
    out: Path | None = None,
    *,
    only: Sequence[str] = (),
    parameters: Mapping[str, object] | None = None,
    workers: int = 2,
    timeout: int = TIMEOUT,
    progress: bool = True,
    notebooks: Path = NOTEBOOKS,
) -> Path:
    """Run the notebooks on a cohort folder and return the folder with the reports.

    `out` holds the collection itself (default: reports/<study key>). `only` keeps notebooks whose name begins with
    one of its words. Raises StudyError, ParameterError, RunError, ExportError or CollectionError, and then changes
    nothing.
    """
    definition = load_study(study)
    target = Path(out) if out else REPORTS / folder_name(definition.key)
    check_target(target)
    values = dict(parameters or {})
    facts = provenance.facts(definition, values)
    runs = plan(definition, select(notebooks, only), values)
    began = time.monotonic()
    done = run_notebooks(runs, workers=workers, progress=progress, timeout=timeout)
    loaded = {"key": definition.key, "title": definition.title, "synthetic": definition.synthetic}
    pages = [
        _signed(read_page(notebook, run.path.stem, study=loaded), facts, run.parameters)
        for notebook, run in zip(done, runs, strict=True)
    ]
    facts |= {"seconds": round(time.monotonic() - began, 1)}
    facts |= {"notebooks": [_status(page, notebook) for page, notebook in zip(pages, done, strict=True)]}
    with replacing(target) as folder:
        write(folder, definition, pages, facts)
        too_late_to_stop()
    return target


def folder_name(key: str) -> str:
    """Return a study's key as a folder name that is safe anywhere."""
    return key if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", key) else slug(key)


def select(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Return the notebooks to run, in order of name; CollectionError when a word of `only` fits none."""
    found = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    unknown = [word for word in only if not any(path.stem.startswith(word) for path in found)]
    if unknown or not found:
        names = ", ".join(path.stem for path in found) or "none"
        raise CollectionError(f"no notebook begins with {', '.join(unknown)!r}; there are: {names}")
    return [path for path in found if not only or path.stem.startswith(tuple(only))]


def plan(study: Study, paths: Sequence[Path], values: Mapping[str, object]) -> list[Run]:
    """Return the runs of a collection, each with the cohort's folder as a path without the machine's own part."""
    inside = study.folder.is_relative_to(PROJECT_ROOT)
    base = PROJECT_ROOT if inside else study.folder.parent
    given = {"study": study.folder.relative_to(base).as_posix(), **values}
    shared = share_parameters(paths, given)
    deaf = [path.stem for path, own in shared.items() if "study" not in own]
    if deaf:
        raise CollectionError(f"{', '.join(deaf)}: no parameter 'study', so it would show another cohort; declare it")
    return [Run(path, own, base) for path, own in shared.items()]


def check_target(target: Path) -> None:
    """Refuse an output folder that holds something other than a collection."""
    if target.exists() and not target.is_dir():
        raise CollectionError(f"{target.name} is a file; name a folder for the reports")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise CollectionError(f"folder {target.name} is not empty and holds no {MARK}; name a new or empty folder")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder beside `target` that takes its place when the block ends well, and vanishes when it fails."""
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(target)
    fresh = target.parent / f".{target.name}.new-{os.getpid()}"
    stale = target.parent / f".{target.name}.old-{os.getpid()}"
    fresh.mkdir()
    try:
        yield fresh
        if target.exists():
            target.rename(stale)
        fresh.rename(target)
    except BaseException:
        if stale.exists() and not target.exists():
            stale.rename(target)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(stale, ignore_errors=True)


def _clear_away(target: Path) -> None:
    """Remove what runs that were killed have left beside the target: it holds patients' numbers."""
    for left in target.parent.glob(f".{target.name}.*-*"):
        owner = left.name.rpartition("-")[2]
        if left.is_dir() and owner.isdigit() and not _is_running(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(process: int) -> bool:
    """Tell whether a process of this machine is alive; where that cannot be asked, it is taken to be."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write(folder: Path, study: Study, pages: Sequence[Page], facts: Mapping) -> None:
    """Write every file of a collection into a folder."""
    _write_tables(folder / "tables", pages)
    _write_figures(folder / "figures", pages)
    _text(folder / "estimates.csv", estimates_csv(pages, study))
    _text(folder / MARK, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    for page in pages:
        _text(folder / f"{page.name}.html", render_page(page, links=links(pages), files=True))
    write_document(folder / "report.docx", study, pages, facts)
    own = provenance.items(facts, facts["parameters"])
    _text(folder / "index.html", index_page(study, pages, own, files=os.listdir(folder)))


def estimates_csv(pages: Sequence[Page], study: Study) -> str:
    """Return every estimate of every notebook, in the notebooks' order: COLUMNS, notebook, data."""
    rows = [
        [*(_exact(name, record.get(name)) for name in COLUMNS), page.name] for page in pages for record in page.records
    ]
    return csv_text([*COLUMNS, "notebook"], rows, synthetic=study.synthetic)


def _exact(column: str, value: object) -> object:
    """A value as it is written: counts as whole numbers."""
    whole = column in ("n", "events") and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _write_tables(folder: Path, pages: Sequence[Page]) -> None:
    """One CSV for each table and each figure's data; all estimates are in estimates.csv already."""
    folder.mkdir()
    for page in pages:
        behind = [figure.data for figure in page.of("figure") if figure.data]
        for table in [*(table for table in page.of("table") if not table.exact), *behind]:
            _text(folder / f"{table.name}.csv", table_csv(table, page.synthetic))


def _write_figures(folder: Path, pages: Sequence[Page]) -> None:
    """One SVG for each figure; figures of made-up data say so."""
    folder.mkdir()
    for page in pages:
        for figure in page.of("figure"):
            if figure.svg:
                svg = signed_svg(figure.svg, SYNTHETIC) if page.synthetic else figure.svg
                _text(folder / f"{figure.name}.svg", svg)


def _signed(page: Page, facts: Mapping, parameters: Mapping[str, object]) -> Page:
    """A page with the collection's provenance under its own."""
    return replace(page, provenance=provenance.merge(page.provenance, provenance.items(facts, parameters)))


def _status(page: Page, notebook: Mapping) -> dict:
    """What run.json says of a notebook."""
    counts = {kind: len(page.of(kind)) for kind in ("figure", "table")}
    seconds = notebook["metadata"].get("seconds")
    named = {"name": page.name, "title": page.title, "status": "done", "seconds": seconds}
    return named | {"figures": counts["figure"], "tables": counts["table"], "estimates": len(page.records)}


def _text(path: Path, content: str) -> None:
    """Write text, the same bytes on every system."""
    path.write_text(content, encoding="utf-8", newline="\n")
