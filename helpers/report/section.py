"""One report as its notebook sees it: the cohort it reads, what it publishes, and what closes it."""

from typing import Any

import pandas as pd
from IPython import get_ipython

from helpers.audit.compare import compare
from helpers.audit.origin import with_origins
from helpers.audit.published import read_published
from helpers.cohort import load_cohort
from helpers.cohort.definitions import definitions
from helpers.cohort.endpoints import EndpointData
from helpers.faults import PlainError
from helpers.frames import as_lists
from helpers.present import header
from helpers.present.format import plural
from helpers.present.show import Claims, Definitions, Estimates, Provenance, Text
from helpers.stats.estimates import COLUMNS, stack, with_ids
from helpers.stats.estimates import Estimates as Rows

KEY = [name for name in COLUMNS if name not in ("id", "section", "origin")]  # what publishing leaves as it is
MOST_NAMED = 3  # kinds of estimates that a warning names


class PublishError(PlainError, ValueError):
    """What is not a table of estimates, or nothing, was to be published; says what to do."""


class Report:
    """The report of one section, on one cohort; shows the line that says which cohort was read.

    `section` is the notebook's name without its number; `study`, `subgroup` and `others` (only recorded) are its
    parameters. Raises ParameterError, StudyError or CohortError.
    """

    def __init__(self, section: str, *, study: str, subgroup: str = "", **others: object) -> None:
        header.check_parameters()
        self.section = section
        self.cohort = load_cohort(study, subgroup)
        self._parameters = {"study": study, "subgroup": subgroup, **others}
        self._published: list[pd.DataFrame] = []
        self._began = getattr(get_ipython(), "execution_count", 0)  # cells that the notebook has run; 0 outside of one
        self._loaded = header.loaded(self.cohort)

    def publish(self, *estimates: pd.DataFrame) -> Any:
        """Put estimates into estimates.csv and beside the publication, and return them; twice the same count once.

        The table that comes back (of several: a tuple of them) has `id`, `section` and, for a synthetic cohort,
        `origin` filled: what is shown from it is marked and linked to its rows. Raises PublishError for what is not a
        table of estimates.
        """
        for number, rows in enumerate(estimates, 1):
            _check(rows, f"report.publish, table {number}: a {type(rows).__name__}")
        published = [with_ids(rows, self.section) for rows in estimates]
        published = [with_origins(rows, self.cohort.study, self.cohort.subgroup) for rows in published]
        self._published += published
        return published[0] if len(published) == 1 else tuple(published)

    def observed(self, data: EndpointData) -> EndpointData:
        """The data for an analysis that only means something in real patients; of a synthetic cohort none.

        Statistics of no data are empty, so the section shows nothing but the reason of `left_out`.
        """
        if not self.cohort.study.synthetic:
            return data
        nobody = EndpointData()
        nobody.about = data.about
        return nobody

    def left_out(self, reason: str) -> Text | None:
        """Why a section is not shown for a synthetic cohort; nothing for real patients."""
        return Text("left_out", reason) if self.cohort.study.synthetic else None

    @property
    def published(self) -> Rows:
        """Every estimate published so far; PublishError when `publish` was not called."""
        if not self._published:
            raise PublishError(
                "nothing is published yet; call report.publish(...) beside the estimates, then this cell"
            )
        return stack(*self._published).drop_duplicates("id", ignore_index=True)

    def unpublished(self) -> Rows:
        """The estimates that cells have shown as their result since the report began, and that were not published."""
        published = {*_keys(self.published)}
        results = getattr(get_ipython(), "user_ns", {}).get("Out", {})
        since = [rows for number, rows in results.items() if number >= self._began and isinstance(rows, Rows)]
        tables = [rows for rows in since if set(COLUMNS) <= set(rows.columns)]
        left = [rows[[key not in published for key in _keys(rows)]] for rows in tables]
        return stack(*left).drop_duplicates(ignore_index=True)

    def definitions(self) -> Definitions | None:
        """What the words of this report mean, folded away on a page; nothing where the cohort records none of it."""
        items = definitions(self.cohort, self.section)
        return Definitions(items) if items else None

    def claims(self) -> Claims | Text:
        """The published figures of the section beside ours; a line where there is nothing to compare."""
        study, subgroup = self.cohort.study, self.cohort.subgroup
        compared = compare(read_published(study), self.published, study, section=self.section, subgroup=subgroup)
        return header.claims(compared)

    def estimates(self) -> Estimates:
        """All published estimates, to show, with a warning when cells have shown others."""
        rows = self.unpublished()
        kinds = list(dict.fromkeys(rows["measure"] + " of " + rows["endpoint"]))
        more = f" and {len(kinds) - MOST_NAMED} more kinds" if len(kinds) > MOST_NAMED else ""
        names = f"{', '.join(kinds[:MOST_NAMED])}{more}"
        warning = f"Shown above but not published: {plural(len(rows), 'estimate')} ({names})." if kinds else ""
        return Estimates(self.published, self.section, warning)

    def provenance(self) -> Provenance:
        """The data files with rows and checksum, and the parameters as they were used."""
        return header.provenance(self.cohort, **self._parameters)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        return self._loaded._repr_mimebundle_()


def _check(rows: pd.DataFrame, place: str) -> None:
    """Refuse what is not a table of estimates."""
    if not isinstance(rows, pd.DataFrame):
        raise PublishError(f"{place} is no table of estimates; give the DataFrame it shows")
    missing = ", ".join([name for name in COLUMNS if name not in rows][:MOST_NAMED])
    if missing:
        raise PublishError(
            f"{place} without the columns of estimates ({missing}); publish what a statistic returned, with all its "
            "columns: survival_at(...) for a curve"
        )


def _keys(rows: pd.DataFrame) -> list[tuple]:
    """What tells one estimate from another, row by row; None stands for a missing number."""
    columns = as_lists(rows)
    return list(zip(*([None if value != value else value for value in columns[name]] for name in KEY), strict=True))
