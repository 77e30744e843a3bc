"""The codebook in data/README.md, written from the dictionary and from the documentation of study.toml.

`.venv/bin/python -m helpers.cohort.codebook` writes it again. The part above the marker is written by hand and kept.
"""

from __future__ import annotations

import textwrap

from helpers import study
from helpers.cohort import endpoints
from helpers.cohort.dictionary import TABLES, Column, dictionary
from helpers.study import definition

README = study.PROJECT_ROOT / "data" / "README.md"
MARKER = "<!-- Below: written by `.venv/bin/python -m helpers.cohort.codebook` from dictionary.csv; edit that. -->"
TITLES = {
    "patients": "patients: one row per patient",
    "adverse_events": "adverse_events: one row per event (optional)",
    "blood_counts": "blood_counts: one row per sample (optional)",
}
REQUIRED = {"every row": "yes", "column": "column", "no": ""}


def study_example() -> str:
    """The study.toml with every key that the documentation of helpers.study shows."""
    lines = (definition.__doc__ or "").splitlines()
    return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line)).strip() + "\n"


def with_codebook(readme: str) -> str:
    """The text of data/README.md: its hand-written part as it is, then the codebook."""
    by_hand = readme.split(MARKER)[0].rstrip()
    tables = [_table(table) for table in TABLES]
    parts = [by_hand, MARKER, "## Codebook", _legend(), *tables, "## Endpoints", _endpoints()]
    return "\n\n".join([*parts, "## study.toml", f"```toml\n{study_example()}```"]) + "\n"


def _legend() -> str:
    """How to read the tables."""
    return (
        "Type `day` is a number of days since time zero, read in the unit of `[time]` in study.toml; other days are "
        "always days. Empty cells (or NA) are missing. Codes are read in any capitals; 0/1, true/false and y/n are "
        "no/yes, f/m female/male.\nNeeded: `yes` in every row; `column` the column must be there, cells may be empty. "
        "In brackets: the label that reports show for a code."
    )


def _table(table: str) -> str:
    """One table of the dictionary in Markdown."""
    head = "| column | meaning | type | unit | allowed | needed |\n|---|---|---|---|---|---|"
    rows = [_row(column) for column in dictionary() if column.table == table]
    return "\n".join([f"### {TITLES[table]}\n", head, *rows])


def _row(column: Column) -> str:
    """One column of the dictionary as a Markdown row."""
    readable = column.readable
    words = [f"`{word}`" + (f" ({readable[word]})" if word in readable else "") for word in column.words]
    allowed = " ".join(words) or column.allowed
    cells = [f"`{column.name}`", f"{column.label}. {column.definition}", column.type, column.unit, allowed]
    return f"| {' | '.join([*cells, REQUIRED[column.required]])} |"


def _endpoints() -> str:
    """The definitions of the endpoints, from the documentation of the code that derives them."""
    return (endpoints.__doc__ or "").partition("\n\n")[2].strip()


if __name__ == "__main__":
    README.write_text(with_codebook(README.read_text(encoding="utf-8")), encoding="utf-8")
