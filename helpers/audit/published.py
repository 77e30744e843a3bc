"""The published figures of a study: the file `published.csv` of its cohort folder, checked, and how each is printed."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd

import helpers.study.keys as keys
from helpers.cohort import load_cohort
from helpers.cohort.findings import CohortError
from helpers.cohort.load import Cohort
from helpers.faults import RETYPE, UNPRINTABLE, Fault, FaultError, is_printable, list_words, suggest
from helpers.present import format as fmt
from helpers.present.values import MEASURE_NAMES
from helpers.stats.estimates import COMPARISONS, MEASURES, vocabulary
from helpers.stats.ties import below
from helpers.study import Study, find_folder

FILE = keys.PUBLISHED
# Every column with its meaning; those of REQUIRED must be there, the others may be left out or empty.
PUBLISHED_COLUMNS = vocabulary("published")
REQUIRED = ("key", "section", "claim", "endpoint", "measure")
PUBLISHED_RULES = vocabulary("rule")
UNITS = {"%": "%", "months": " months"}
ABOVE, BELOW = "above 1", "below 1"


class PublishedError(FaultError):
    """A published.csv that cannot be used; lists every fault by row and column."""


def read_published(study: Study) -> pd.DataFrame:
    """The published figures of a study: one row each, every column as text exactly as printed, empty = not given.

    Columns as in PUBLISHED_COLUMNS. Without the file there are no rows. Raises PublishedError with every fault.
    """
    figures, faults = read_figures(study.folder / FILE)
    if faults:
        raise PublishedError(study.key, faults)
    return figures


def check_cohort(path: str | Path, subgroup: str = "") -> Cohort:
    """The checked cohort of a folder; raises one error with the faults of its data and of its published figures."""
    try:
        cohort = load_cohort(path, subgroup)
    except CohortError as error:
        faults = [*error.faults, *read_figures(find_folder(path) / FILE)[1]]
        raise CohortError(error.subject, faults, error.questions) from None
    read_published(cohort.study)
    return cohort


def read_figures(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """The table of a file, checked, and what is wrong with it; without the file no rows."""
    if not path.is_file():
        return pd.DataFrame(columns=list(PUBLISHED_COLUMNS), dtype=str), []
    return _read_figures(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read_figures(path: Path, _: int) -> tuple[pd.DataFrame, list[Fault]]:
    """The same, read again when the file was changed."""
    nothing = pd.DataFrame(columns=list(PUBLISHED_COLUMNS), dtype=str)
    remedy = "Save it as comma-separated text in UTF-8 with one header line."
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        return nothing, [Fault(f"cannot be read as a table ({type(error).__name__})", FILE, remedy)]
    header, *rows = lines or [[]]
    uneven = tuple(number for number, row in enumerate(rows, start=2) if len(row) != len(header))
    if uneven:
        return nothing, [Fault("more or fewer cells than the header", FILE, remedy, rows=uneven)]
    faults = list(_column_faults(header))
    if faults:
        return nothing, faults
    figures = pd.DataFrame([[text.strip() for text in row] for row in rows], columns=header, dtype=str)
    figures = figures.reindex(columns=list(PUBLISHED_COLUMNS), fill_value="")
    figures = figures.replace({"group": {"": "All"}, "rule": {"": "value"}})
    faults = list(_row_faults(figures))
    decimals = figures["value"].str.partition(".")[2].str.len().astype(str)
    figures["precision"] = figures["precision"].where(figures["precision"] != "", decimals)
    return figures, faults


def _column_faults(columns: list[str]) -> Iterator[Fault]:
    """Columns that are not known, and those that must be there and are not."""
    for name in columns:
        if name not in PUBLISHED_COLUMNS:
            remedy = suggest(name, PUBLISHED_COLUMNS) or f"Known are {list_words(list(PUBLISHED_COLUMNS))}."
            yield Fault("unknown column", FILE, remedy, column=name)
    for name in REQUIRED:
        if name not in columns:
            yield Fault("column missing", FILE, f"Add it: {PUBLISHED_COLUMNS[name]}.", column=name)


def _row_faults(figures: pd.DataFrame) -> Iterator[Fault]:
    """Cells that cannot be used, by column."""
    rule, empty = figures["rule"], figures == ""
    hidden = ~figures.map(is_printable).astype(bool)
    for name in figures.columns:
        yield from _fault(name, hidden[name], UNPRINTABLE, RETYPE)
    numeric = figures.map(_is_number).astype(bool)
    for name in REQUIRED:
        yield from _fault(name, empty[name], "empty", f"Give {PUBLISHED_COLUMNS[name]}.")
    twice = figures["key"].duplicated() & ~empty["key"]
    yield from _fault("key", twice, "there is another row of this key", "Rename one.")
    for name, known in (("measure", MEASURES), ("comparison", COMPARISONS), ("rule", PUBLISHED_RULES)):
        remedy = f"Use one of {list_words([word for word in known if word])}."
        yield from _fault(name, ~figures[name].isin(["", *known]), "unknown word", remedy)
    for name in ("time_months", "events", "n", "precision"):
        yield from _fault(
            name, ~numeric[name] & ~empty[name], "no number", "Give a number, 0 or more, or leave it empty."
        )
    plain = rule.isin(["value", "follow_up"])
    yield from _fault("value", ~numeric["value"] & plain, "no number", "Give it as printed.")
    yield from _fault("events", empty["events"] & (rule == "events"), "empty", "The rule events compares it.")
    bare = figures["p"].str.removeprefix("<")
    unusable = ~bare.map(_is_number).astype(bool) & (bare != "")
    yield from _fault("p", unusable, "no P value", "Write 0.045 or <0.05.")
    undirected = ~figures["value"].isin([ABOVE, BELOW]) & rule.isin(["direction", "exposure"])
    yield from _fault("value", undirected, "no direction", f"Write {ABOVE} or {BELOW}.")
    unnamed = empty["default"] & rule.isin(["test", "exposure"])
    yield from _fault("default", unnamed, "empty", "Name the usual method.")


def _fault(column: str, cells: pd.Series, problem: str, remedy: str) -> Iterator[Fault]:
    """A fault for the cells of a column that cannot be used, if there are any; row 1 is the header."""
    rows = tuple(int(row) + 2 for row in cells.index[cells])
    if rows:
        yield Fault(problem, FILE, remedy, rows=rows, column=column)


def _is_number(text: str) -> bool:
    """Whether a text is a number from 0."""
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


def published_text(figure: pd.Series) -> str:
    """One published figure as it was printed: "10/18 (55.6%)", "0.128 (0.017-0.974)", "P = 0.045"."""
    if figure["measure"] == "proportion" and figure["events"]:
        return f"{figure['events']}/{figure['n']} ({figure['value']}%)"
    directed = figure["value"] in (ABOVE, BELOW)
    lead = f"{MEASURE_NAMES.get(figure['measure'], figure['measure'])} " if directed else ""
    value = lead + figure["value"] + UNITS.get(figure["unit"], "")
    interval = f" ({figure['ci']})" if figure["ci"] else ""
    p = f"P < {figure['p'][1:]}" if figure["p"][:1] == "<" else f"P = {figure['p']}"
    return ", ".join(part for part in (value + interval, p if figure["p"] else "") if part)


def printed(value: float, figure: pd.Series) -> str:
    """A number of ours in the unit and with the decimals of a published figure."""
    return fmt.number(value * 100 if figure["unit"] == "%" else value, int(figure["precision"]))


def printed_ratio(row: pd.Series, figure: pd.Series, inverted: bool = False) -> str:
    """A ratio of ours with its interval, or its inverse, printed like a published figure: "0.128 (0.017-0.974)"."""
    numbers = [row["estimate"], row["ci_low"], row["ci_high"]]
    if inverted:
        numbers = [1 / row["estimate"], 1 / row["ci_high"], 1 / row["ci_low"]]
    ratio, low, high = (printed(number, figure) for number in numbers)
    return f"{ratio} ({low}-{high})"


def prints_p(p: float, figure: pd.Series) -> bool:
    """Whether a P of ours is printed as published: the same digits, or below where "<0.05" was printed."""
    if figure["p"][:1] == "<":
        return bool(below(p, float(figure["p"][1:])))
    decimals = len(figure["p"].partition(".")[2])
    return fmt.number(p, decimals) == figure["p"]
