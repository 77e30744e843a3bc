"""Parameters of ADaM data sets: the rows of one PARAMCD, one for each subject of ADSL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, UnusableError, taken
from helpers.cohort.texts import Texts

SUBJECT, PARAMETER = "USUBJID", "PARAMCD"


@dataclass(frozen=True)
class Parameter:
    """One parameter: its data set, ADSL, its PARAMCD, and by subject of ADSL the place of its row, -1 for none."""

    part: Part
    main: Part
    code: str
    at: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """The places of its rows, in the order of the file."""
        return np.sort(self.at[self.at >= 0])

    @property
    def title(self) -> str:
        """What the parameter is called, in words."""
        return next(iter(taken(self.part.texts("PARAM"), self.rows[:1]).each(str).texts), self.code)

    @property
    def subjects(self) -> str:
        """How many subjects have it, in words."""
        return f"{len(self.rows)} subject{'s' * (len(self.rows) != 1)}"

    def by_subject(self, columns: Mapping[str, Texts]) -> dict[str, Texts]:
        """Columns of the data set with a cell for each subject of ADSL."""
        return {name: taken(cells, self.at) for name, cells in columns.items()}

    def fault(self, problem: str, wrong: np.ndarray, column: str, remedy: str, findings: Findings) -> None:
        """Record a fault for some places of rows."""
        rows = self.part.rows[wrong]
        findings.fault(f"{self.code}: {problem}", file=self.part.name, rows=rows, column=column, remedy=remedy)


@dataclass(frozen=True)
class Parameters:
    """The parameters of a data set that have one row per subject, the codes of the others, and their rows."""

    usable: tuple[Parameter, ...]
    several: tuple[str, ...]
    again: np.ndarray
    ANALYSED: ClassVar[str] = "ANL01FL"

    @classmethod
    def of(cls, main: Part, part: Part, findings: Findings) -> "Parameters":
        """The parameters of a data set beside ADSL; UnusableError, with the fault recorded, when it is none."""
        if not (part.named(SUBJECT) and part.named(PARAMETER)):
            remedy = "Name data sets as beside that have USUBJID and PARAMCD: ADTTE, ADRS."
            findings.fault("no data set of parameters", file=part.name, rows=(1,), remedy=remedy)
            raise UnusableError
        subjects, codes = _subjects(main, part, findings), part.texts(PARAMETER)
        if not codes.given.all():
            nameless = part.rows[~codes.given]
            findings.fault("no PARAMCD", file=part.name, rows=nameless, column=PARAMETER, remedy="Give its code.")
        usable, several, again = [], [], [np.zeros(0, int)]
        for code in codes.texts:
            rows = _for_analysis(part, subjects, np.flatnonzero(codes.among([code])))
            if (twice := pd.Series(subjects[rows]).duplicated().to_numpy()).any():
                several.append(code)
                again.append(rows[twice])
            else:
                at = np.full(len(main.rows), -1)
                at[subjects[rows]] = rows
                usable.append(Parameter(part, main, code, at))
        return cls(tuple(usable), tuple(several), np.concatenate(again))


def _subjects(main: Part, part: Part, findings: Findings) -> np.ndarray:
    """The place of each row's subject in ADSL; a fault where ADSL does not have it or has it twice."""
    known = pd.Index(main.texts(SUBJECT).values())
    places = known.get_indexer(part.texts(SUBJECT).values()) if known.is_unique else np.zeros(0, int)
    if not known.is_unique:
        problem, file, rows = "the same subject more than once", main.name, main.rows[known.duplicated()]
    elif (places < 0).any():
        problem, file, rows = f"the subject is not in {main.name}", part.name, part.rows[places < 0]
    else:
        return places
    remedy = "Give the data sets of one study; ADSL has one row per subject."
    findings.fault(problem, file=file, rows=rows, column=SUBJECT, remedy=remedy)
    raise UnusableError


def _for_analysis(part: Part, subjects: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows of a parameter; where a subject has several, those marked for analysis, if any are."""
    marked = rows[part.texts(Parameters.ANALYSED).among(["Y", "y"])[rows]]
    return marked if len(marked) and len(np.unique(subjects[rows])) < len(rows) else rows
