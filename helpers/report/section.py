"""One report as its notebook sees it: the cohort it reads, what it publishes, and what closes it."""

from __future__ import annotations

import pandas as pd
from IPython import get_ipython

from helpers.audit.compare import compare
from helpers.audit.origin import with_origins
from helpers.audit.published import read_published
from helpers.cohort import load_cohort
from helpers.faults import PlainError
from helpers.present import header
from helpers.present.format import plural
from helpers.present.show import Claims, Display, Estimates, Loaded, Provenance, Text
from helpers.stats.estimates import COLUMNS, stack
from helpers.stats.estimates import Estimates as Rows

KEY = [name for name in COLUMNS if name not in ("section", "origin")]  # what publishing leaves as it is
NAMED = 3  # kinds of estimates that a warning names


class PublishError(PlainError, ValueError):
    """What is not a table of estimates, or nothing, was to be published; says what to do."""


class Report(Display):
    """The report of one section, on one cohort; shows the line that says which cohort was read.

    `section` is the notebook's name without its number. `study` and `subgroup` are the notebook's parameters; so are
    `others`, which are only recorded. Raises ParameterError, StudyError or CohortError.
    """

    kind = Loaded.kind

    def __init__(self, section: str, *, study: str, subgroup: str = "", **others: object) -> None:
        header.check_parameters()
        self.section = section
        self.cohort = load_cohort(study, subgroup)
        self._parameters = {"study": study, "subgroup": subgroup, **others}
        self._published: list[pd.DataFrame] = []
        self._began = _cells_run()
        self._loaded = header.loaded(self.cohort)

    def publish(self, *estimates: pd.DataFrame) -> None:
        """Put estimates among those of the report: in estimates.csv, and beside the publication.

        What is published again, as by running a cell twice, counts once. Raises PublishError for what is not a table of
        estimates.
        """
        for number, rows in enumerate(estimates, 1):
            _check(rows, number)
        self._published += [rows.assign(section=self.section) for rows in estimates]

    @property
    def published(self) -> Rows:
        """Every estimate published so far; PublishError when `publish` was not called."""
        if not self._published:
            raise PublishError(
                "nothing is published yet; call report.publish(...) beside the estimates, then this cell"
            )
        rows = stack(*self._published).drop_duplicates(ignore_index=True)
        return with_origins(rows, self.cohort.study)

    def unpublished(self) -> Rows:
        """The estimates that cells have shown as their result since the report began, and that were not published."""
        published = _keys(self.published)
        tables = [rows for rows in _results(self._began) if set(COLUMNS) <= set(rows.columns)]
        left = [rows[[key not in published for key in _keys(rows)]] for rows in tables]
        return stack(*left).drop_duplicates(ignore_index=True)

    def claims(self) -> Claims | Text:
        """The published figures of the section beside ours; a line where there is nothing to compare."""
        study, subgroup = self.cohort.study, self.cohort.subgroup
        figures = read_published(study)
        return header.claims(compare(figures, self.published, study, section=self.section, subgroup=subgroup))

    def estimates(self) -> Estimates:
        """All published estimates, to show, with a warning when cells have shown others."""
        return Estimates(self.published, self.section, _warning(self.unpublished()))

    def provenance(self) -> Provenance:
        """The data files with rows and checksum, and the parameters as they were used."""
        return header.provenance(self.cohort, **self._parameters)

    def facts(self) -> dict:
        return self._loaded.facts()

    def html(self) -> str:
        return self._loaded.html()

    def plain(self) -> str:
        return self._loaded.plain()


def _check(rows: pd.DataFrame, number: int) -> None:
    """Refuse what is not a table of estimates."""
    place = f"report.publish, table {number}"
    if not isinstance(rows, pd.DataFrame):
        raise PublishError(f"{place}: a {type(rows).__name__} is no table of estimates; give the DataFrame it shows")
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        names = ", ".join(missing[:NAMED])
        raise PublishError(
            f"{place}: a {type(rows).__name__} without the columns of estimates ({names}); publish what a statistic "
            "returned, with all its columns: survival_at(...) for a curve"
        )


def _keys(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """What tells one estimate from another, row by row."""
    return list(rows[KEY].astype(str).itertuples(index=False, name=None))


def _cells_run() -> int:
    """How many cells this notebook has run; 0 outside of one."""
    shell = get_ipython()
    return shell.execution_count if shell is not None else 0


def _results(since: int) -> list[Rows]:
    """The tables of estimates that cells had as their result since a cell."""
    shell = get_ipython()
    results = shell.user_ns.get("Out", {}) if shell is not None else {}
    return [shown for number, shown in results.items() if number >= since and isinstance(shown, Rows)]


def _warning(rows: pd.DataFrame) -> str:
    """Which estimates are shown but not published; "" when there are none."""
    kinds = list(dict.fromkeys(rows["measure"] + " of " + rows["endpoint"]))
    more = f" and {len(kinds) - NAMED} more kinds" if len(kinds) > NAMED else ""
    named = f"{', '.join(kinds[:NAMED])}{more}"
    return f"Shown above but not published: {plural(len(rows), 'estimate')} ({named})." if kinds else ""
