"""A collection of reports in one folder, written whole or not at all."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.audit.published import check_cohort
from helpers.present.show import Loaded
from helpers.report import provenance
from helpers.report.export import render_page, table_csv
from helpers.report.index import index_page, links
from helpers.report.manifest import MARK, CollectionError, check_collection, manifest
from helpers.report.markup import slug
from helpers.report.page import Page
from helpers.report.parse_notebook import SYNTHETIC, read_page
from helpers.report.picture import signed_svg
from helpers.report.run import TIMEOUT, Run, run_notebooks, share_parameters
from helpers.report.safe_csv import csv_text
from helpers.report.snapshot import snapshot
from helpers.report.target import in_words, replacing
from helpers.report.word import write_document
from helpers.stats.estimates import COLUMNS
from helpers.stopping import too_late_to_stop
from helpers.study import PROJECT_ROOT, Study, find_folder

NOTEBOOKS = PROJECT_ROOT / "notebooks"
REPORTS = PROJECT_ROOT / "reports"


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
    one of its words. All is computed from a copy of the cohort made at the start. Raises StudyError, ParameterError,
    RunError, ExportError, CollectionError or OutputError, and then changes nothing.
    """
    cohort = find_folder(study)
    target = Path(out) if out else REPORTS / folder_name(cohort.name)
    values = dict(parameters or {})
    with replacing(target, check_collection, cohort=cohort) as folder, snapshot(cohort) as copied:
        check_cohort(copied.study.folder, str(values.get("subgroup", "")))  # faults are said once, before any notebook
        facts = provenance.facts(copied.study, values)
        runs = plan(copied.name, copied.base, select(notebooks, only), values)
        options = {"workers": workers, "timeout": timeout, "progress": progress, "private": copied.base.parent}
        pages, facts = _pages(copied.study, runs, facts, **options)
        with in_words(target.name):
            write(folder, copied.study, pages, facts)
        too_late_to_stop()
    return target


def _pages(study: Study, runs: Sequence[Run], facts: dict, **options: object) -> tuple[list[Page], dict[str, object]]:
    """Run the notebooks; return their pages and the facts with what is known of the run."""
    began = time.monotonic()
    done = run_notebooks(runs, **options)
    loaded = Loaded(study.key, study.title, study.synthetic, study.time_zero, rows=None, note="")
    pages = [
        _signed(read_page(notebook, run.path.stem, study=loaded), facts, run.parameters)
        for notebook, run in zip(done, runs, strict=True)
    ]
    seconds = round(time.monotonic() - began, 1)
    status = [_status(page, notebook) for page, notebook in zip(pages, done, strict=True)]
    return pages, facts | {"seconds": seconds, "notebooks": status}


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


def plan(study: str, base: Path, paths: Sequence[Path], values: Mapping[str, object]) -> list[Run]:
    """Return the runs of a collection: each is given the cohort's folder by its name from the folder `base`."""
    shared = share_parameters(paths, {"study": study, **values})
    deaf = [path.stem for path, own in shared.items() if "study" not in own]
    if deaf:
        raise CollectionError(f"{', '.join(deaf)}: no parameter 'study', so it would show another cohort; declare it")
    return [Run(path, own, base) for path, own in shared.items()]


def write(folder: Path, study: Study, pages: Sequence[Page], facts: Mapping) -> None:
    """Write every file of a collection into a folder, last the one that lists them all."""
    _write_tables(folder / "tables", pages)
    _write_figures(folder / "figures", pages)
    _text(folder / "estimates.csv", estimates_csv(pages, study))
    for page in pages:
        _text(folder / f"{page.name}.html", render_page(page, links=links(pages), files=True))
    write_document(folder / "report.docx", study, pages, facts)
    own = provenance.items(facts, facts["parameters"])
    _text(folder / "index.html", index_page(study, pages, own, files=[*os.listdir(folder), MARK]))
    _text(folder / MARK, manifest(folder, facts))


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
