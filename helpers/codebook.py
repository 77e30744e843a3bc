"""The codebooks in data/README.md and reports/README.md, written from the code that enforces them.

`.venv/bin/python -m helpers.codebook` writes them again. The part above the marker is written by hand and kept.
"""

from collections.abc import Iterable, Mapping

from helpers.audit.published import PUBLISHED_COLUMNS, PUBLISHED_RULES
from helpers.audit.published import REQUIRED as NEEDED
from helpers.cohort import endpoints
from helpers.cohort.dictionary import TABLES, Column, dictionary
from helpers.stats.estimates import vocabulary
from helpers.study import PROJECT_ROOT

DATA, REPORTS = PROJECT_ROOT / "data" / "README.md", PROJECT_ROOT / "reports" / "README.md"
EXAMPLE = PROJECT_ROOT / "data" / "study.example.toml"
MARKER = "<!-- Below: written from the code by `.venv/bin/python -m helpers.codebook`; edit that. -->"
TITLES = {
    "patients": "patients: one row per patient",
    "adverse_events": "adverse_events: one row per event (optional)",
    "blood_counts": "blood_counts: one row per sample (optional)",
}
REQUIRED = {"every row": "yes", "column": "column", "no": ""}
LEGEND = (
    "Type `day` is a number of days since time zero, read in the unit of `[time]` in study.toml; other days are "
    "always days. Empty cells (or NA) are missing. Codes are read in any capitals; 0/1, true/false and y/n are "
    "no/yes, f/m female/male.\nNeeded: `yes` in every row; `column` the column must be there, cells may be empty. "
    "In brackets: the label that reports show for a code."
)

PUBLISHED_LEGEND = (
    "Optional, in the cohort folder: one row for each published figure of the study. The reports put their own number "
    "beside it and say whether it is the same. "
    f"Needed are {', '.join(f'`{name}`' for name in NEEDED[:-1])} and `{NEEDED[-1]}`; other columns may be left out."
)


def data_readme(text: str) -> str:
    """The text of data/README.md: its hand-written part as it is, then the codebook of a cohort folder."""
    head = "| column | meaning | type | unit | allowed | needed |\n|---|---|---|---|---|---|"
    tables = []
    for table in TABLES:
        rows = [_row(column) for column in dictionary() if column.table == table]
        tables.append("\n".join([f"### {TITLES[table]}\n", head, *rows]))
    defined = (endpoints.__doc__ or "").partition("\n\n")[2].strip()
    example = f"`study.example.toml` holds this, to be copied.\n\n```toml\n{EXAMPLE.read_text(encoding='utf-8')}```"
    figures = ["## published.csv", PUBLISHED_LEGEND, _listed("column", PUBLISHED_COLUMNS)]
    figures += ["### rule", _listed("rule", PUBLISHED_RULES), "### verdict", _listed("verdict", vocabulary("verdict"))]
    parts = ["## Codebook", LEGEND, *tables, "## Endpoints", defined, *figures, "## study.toml", example]
    return _below_marker(text, parts)


def reports_readme(text: str) -> str:
    """The text of reports/README.md: its hand-written part as it is, then the codebook of estimates.csv.

    "..." in the name of a method stands for what depends on the study, or for another method.
    """
    columns = {**vocabulary("column"), "notebook": "the page that shows the row", "data": "the cohort folder"}
    parts = ["## estimates.csv", "One row per number, unrounded.", _listed("column", columns)]
    for kind in ("status", "comparison", "origin", "measure"):
        parts += [f"### {kind}", _listed(kind, vocabulary(kind))]
    legend = "`...` stands for what depends on the study, or for another method."
    return _below_marker(text, [*parts, "### method", legend, _listed("method", vocabulary("method"))])


def _below_marker(text: str, parts: Iterable[str]) -> str:
    """The part of a document above the marker, the marker, and then these parts."""
    return "\n\n".join([text.split(MARKER)[0].rstrip(), MARKER, *parts]) + "\n"


def _listed(name: str, meanings: Mapping[str, str]) -> str:
    """Words and their meanings as a Markdown table."""
    rows = [f"| {f'`{word}`' if word else '(empty)'} | {meaning} |" for word, meaning in meanings.items()]
    return "\n".join([f"| {name} | meaning |", "|---|---|", *rows])


def _row(column: Column) -> str:
    readable = column.readable
    words = [f"`{word}`" + (f" ({readable[word]})" if word in readable else "") for word in column.words]
    allowed = " ".join(words) or column.allowed
    cells = [f"`{column.name}`", f"{column.label}. {column.definition}", column.type, column.unit, allowed]
    return f"| {' | '.join([*cells, REQUIRED[column.required]])} |"


if __name__ == "__main__":
    for path, written in ((DATA, data_readme), (REPORTS, reports_readme)):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
