"""A collection of reports in one folder, written whole or not at all."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Unpack

from helpers.audit.published import check_cohort
from helpers.cohort.load import at_hand
from helpers.present.show import Loaded
from helpers.report import provenance
from helpers.report.export import SEARCH, render_page, table_csv
from helpers.report.forked import each
from helpers.report.index import index_page, links
from helpers.report.inputs import inputs
from helpers.report.manifest import MARK, check_collection, manifest
from helpers.report.markup import slug
from helpers.report.page import Page, PageFigure
from helpers.report.parse_notebook import SYNTHETIC, read_page
from helpers.report.picture import signed_svg
from helpers.report.run import NOTEBOOKS, How, plan, run_notebooks, select
from helpers.report.safe_csv import csv_text
from helpers.report.search import search_page
from helpers.report.snapshot import snapshot
from helpers.report.target import in_words, replacing
from helpers.report.times import Times
from helpers.report.warm import warm
from helpers.report.whole import write_text
from helpers.report.word import APPENDIX, DRAFT, write_appendix
from helpers.report.word_draft import write_draft
from helpers.report.worker import Done, Run
from helpers.stats.estimates import COLUMNS
from helpers.stopping import too_late_to_stop
from helpers.study import INSTALLED, PROJECT_ROOT, Study, find_folder
from helpers.study.wording import notebook_words

REPORTS = Path("reports") if INSTALLED else PROJECT_ROOT / "reports"  # of the working folder, or of the checkout


def render_collection(
    study: str | Path,
    out: Path | None = None,
    *,
    only: Sequence[str] = (),
    parameters: Mapping[str, object] | None = None,
    notebooks: Path = NOTEBOOKS,
    times: Times | None = None,
    **how: Unpack[How],
) -> Path:
    """Run the notebooks on a cohort folder and return the folder with the reports.

    `out` holds the collection itself (default: reports/<study key>). `only` keeps notebooks whose name begins with
    one of its words. All is computed from a copy of the cohort made at the start. `times` takes down where the time
    goes; for the rest see How. Raises StudyError, ParameterError, RunError, ExportError, CollectionError or
    OutputError, and then changes nothing.
    """
    times = times or Times()
    cohort = find_folder(study)
    target = Path(out) if out else REPORTS / folder_name(cohort.name)
    values = dict(parameters or {})
    with replacing(target, check_collection, cohort=cohort) as folder, snapshot(cohort) as copied:
        with times.part("cohort"):  # its faults are said once, before any notebook
            cohort_read = check_cohort(copied.study.folder, str(values.get("subgroup", "")))
        facts = provenance.facts(copied.study, values) | {"patients": len(cohort_read.patients)}
        runs = plan(copied.name, copied.base, select(notebooks, only), values)
        facts["inputs"] = inputs(facts["data"], runs)
        with times.part("imports"):
            warm([run.path for run in runs])
        with times.part("notebooks"), at_hand(cohort_read):
            done = run_notebooks(runs, partial(_page, copied.study), private=copied.base.parent, **how)
        times.take(runs, done)
        facts |= {"seconds": round(times.seconds, 1)}
        pages, facts = _pages(runs, done, facts)
        with times.part("writing"), in_words(target.name):
            write(folder, copied.study, pages, facts, workers=how.get("workers", 2))
        too_late_to_stop()
    return target


def _page(study: Study, run: Run, notebook: dict) -> Page:
    """The page of an executed notebook, made in the process that ran it."""
    words = notebook_words(study)
    loaded = Loaded(study.key, study.title, study.synthetic, study.time_zero, rows=None, note="", words=words)
    return read_page(notebook, run.path.stem, study=loaded)


def _pages(runs: Sequence[Run], done: Sequence[Done], facts: dict) -> tuple[list[Page], dict]:
    """The pages, with the collection's provenance under their own, and the facts of the run."""
    pages, status = [], []
    for run, made in zip(runs, done, strict=True):
        page = made.value
        items = provenance.items(facts, run.parameters)
        pages.append(replace(page, provenance=provenance.merge(page.provenance, items)))
        counts = {"figures": len(page.of("figure")), "tables": len(page.of("table")), "estimates": len(page.records)}
        seconds = round(made.seconds, 1)
        status.append({"name": page.name, "title": page.title, "status": "done", "seconds": seconds, **counts})
    return pages, facts | {"notebooks": status}


def folder_name(key: str) -> str:
    """Return a study's key as a folder name that is safe anywhere."""
    return key if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", key) else slug(key)


def write(folder: Path, study: Study, pages: Sequence[Page], facts: Mapping, *, workers: int = 1) -> None:
    """Write every file of a collection into a folder, last the one that lists them all.

    tables/ holds a CSV for each table and each figure's data but those in estimates.csv, figures/ the drawings.
    """
    draft = partial(write_draft, folder / DRAFT, study, pages, facts)
    appendix = partial(write_appendix, folder / APPENDIX, study, pages, facts)
    each(appendix, partial(_write_pages, folder, study, pages), draft, workers=workers)
    items = provenance.items(facts, facts["parameters"])
    write_text(folder / SEARCH, search_page(study, pages, items))
    write_text(folder / "index.html", index_page(study, pages, items, files=[*os.listdir(folder), MARK]))
    write_text(folder / MARK, manifest(folder, facts))


def _write_pages(folder: Path, study: Study, pages: Sequence[Page]) -> None:
    """Write the pages, and the files that belong to them."""
    for name in ("tables", "figures"):
        (folder / name).mkdir()
    write_text(folder / "estimates.csv", estimates_csv(pages, study))
    for page in pages:
        behind = [figure.data for figure in page.of("figure") if figure.data]
        for table in [*(table for table in page.of("table") if not table.exact), *behind]:
            write_text(folder / "tables" / f"{table.name}.csv", table_csv(table, page.synthetic))
        for figure in (figure for figure in page.of("figure") if figure.svg):
            write_figure(folder / "figures", figure, page.synthetic)
        write_text(folder / f"{page.name}.html", render_page(page, links(pages)))


def write_figure(folder: Path, figure: PageFigure, synthetic: bool) -> None:
    """Write a drawing, and its variant for one column of a journal; both say so when their data are synthetic."""
    for name, svg in ((figure.name, figure.svg), (f"{figure.name}-85mm", figure.narrow)):
        if svg:
            write_text(folder / f"{name}.svg", signed_svg(svg, SYNTHETIC) if synthetic else svg)


def estimates_csv(pages: Sequence[Page], study: Study) -> str:
    """Return every estimate of every notebook, in the notebooks' order: COLUMNS, notebook, data."""
    records = [(page.name, record) for page in pages for record in page.records]
    rows = [[*(_cell(column, record.get(column)) for column in COLUMNS), name] for name, record in records]
    return csv_text([*COLUMNS, "notebook"], rows, synthetic=study.synthetic)


def _cell(column: str, value: object) -> object:
    """A value as it is written: counts as whole numbers."""
    return int(value) if column in ("n", "events") and isinstance(value, float) and value.is_integer() else value
