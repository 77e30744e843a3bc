"""One report as its notebook sees it: the cohort it reads, what it publishes, and what closes it."""

from __future__ import annotations

import pandas as pd

from helpers.audit.compare import compare
from helpers.audit.published import read_published
from helpers.cohort import load_cohort
from helpers.present import header
from helpers.present.show import Claims, Display, Estimates, Loaded, Provenance, Text
from helpers.stats.estimates import stack


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
        self._loaded = header.loaded(self.cohort)

    def publish(self, *estimates: pd.DataFrame) -> None:
        """Put estimates among those of the report: in estimates.csv, and beside the publication."""
        self._published += [rows.assign(section=self.section) for rows in estimates if len(rows)]

    @property
    def published(self) -> pd.DataFrame:
        """Every estimate published so far."""
        return stack(*self._published)

    def claims(self) -> Claims | Text:
        """The published figures of the section beside ours; a line where there is nothing to compare."""
        study, subgroup = self.cohort.study, self.cohort.subgroup
        figures = read_published(study)
        return header.claims(compare(figures, self.published, study, section=self.section, subgroup=subgroup))

    def estimates(self) -> Estimates:
        """All published estimates, to show."""
        return Estimates(self.published, self.section)

    def provenance(self) -> Provenance:
        """The data files with rows and checksum, and the parameters as they were used."""
        return header.provenance(self.cohort, **self._parameters)

    def facts(self) -> dict:
        return self._loaded.facts()

    def html(self) -> str:
        return self._loaded.html()

    def plain(self) -> str:
        return self._loaded.plain()
