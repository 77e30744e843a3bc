"""What the checks of a cohort found: every check that ran, every fault and every question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers.faults import Fault, FaultError

QUALITY_COLUMNS = ["kind", "check", "columns", "rows_checked", "rows_touched"]
Refusals = Iterable[tuple[np.ndarray, str, str]]  # for each reason: True for the rows, the problem, the remedy
# Whether a row that is touched is a fault, is doubtful (its author is asked), or is only worth knowing.
CHECK, QUESTION, NOTE = "check", "question", "note"
Rows = Iterable[int]


class CohortError(FaultError):
    """A cohort that cannot be used; lists every fault by row number and column, never a patient's value.

    `questions` are what was found doubtful besides: one of them may be the reason of many faults.
    """

    def __init__(self, subject: str, faults: Iterable[Fault], questions: Iterable[Fault] = ()) -> None:
        super().__init__(subject, faults)
        self.questions = tuple(questions)
        if self.questions:
            doubts = [f"- {question}" for question in self.questions]
            self.args = ("\n".join([str(self), "Doubtful besides, and perhaps the reason:", *doubts]),)


@dataclass(frozen=True)
class Normalised:
    """Cells of a source's column that were read as something else than their letters: what was done, to how many."""

    file: str
    column: str
    what: str
    cells: int


@dataclass
class Findings:
    """Collects checks, faults and questions while a cohort is read; nothing is raised before all have run."""

    faults: list[Fault] = field(default_factory=list)
    questions: list[Fault] = field(default_factory=list)  # what is doubtful: as a fault, but nothing is refused
    normalised: list[Normalised] = field(default_factory=list)
    checks: list[tuple[str, str, str, int, int]] = field(default_factory=list)  # the rows of `quality`

    def check(self, name: str, column: str, checked: int, rows: Rows, **said: Any) -> None:
        """Record a check that ran on `checked` rows, and a fault for the rows (of the file) that failed it.

        `said`: file, problem and remedy; whole=True says it of the column, without listing the rows.
        """
        self._record(CHECK, name, column, checked, rows, **said)

    def question(self, name: str, column: str, checked: int, rows: Rows, **said: Any) -> None:
        """Record what is asked as `check` does, where a row that fails is doubtful and not refused."""
        self._record(QUESTION, name, column, checked, rows, **said)

    def _record(
        self,
        kind: str,
        name: str,
        column: str,
        checked: int,
        rows: Rows,
        *,
        file: str,
        problem: str,
        remedy: str,
        whole: bool = False,
    ) -> None:
        """One row of `quality`, and where rows are touched a fault or a question."""
        touched = tuple(np.asarray(rows, dtype=int).tolist())
        self.checks.append((kind, name, column, checked, len(touched)))
        if touched:
            fault = Fault(problem, file, remedy, rows=() if whole else touched, column=column)
            (self.questions if kind == QUESTION else self.faults).append(fault)

    def changed(self, what: str, cells: int, *, file: str, column: str) -> None:
        """Record what was done to cells of a column on reading, once; nothing when there are none."""
        row = Normalised(file, column, what, int(cells))
        if cells and row not in self.normalised:
            self.normalised.append(row)

    def refused(self, name: str, column: str, checked: int, rows: np.ndarray, *, file: str, refusals: Refusals) -> None:
        """Record a check that ran on `checked` rows, and a fault for each reason why rows of the file failed it."""
        reasons = [(tuple(rows[failed].tolist()), problem, remedy) for failed, problem, remedy in refusals]
        self.checks.append((CHECK, name, column, checked, sum(len(failed) for failed, *_ in reasons)))
        self.faults += [Fault(problem, file, remedy, rows, column) for rows, problem, remedy in reasons]

    def note(self, name: str, column: str, checked: int, touched: int) -> None:
        """Record something to know about the data that is no fault."""
        self.checks.append((NOTE, name, column, checked, touched))

    def passed(self, name: str, column: str, checked: int) -> None:
        """Record a check whose faults, if any, were recorded one by one."""
        self.checks.append((CHECK, name, column, checked, 0))

    def fault(self, problem: str, *, file: str, remedy: str, rows: Iterable[int] = (), column: str = "") -> None:
        """Record a fault of the file as a whole."""
        self.faults.append(Fault(problem, file, remedy, rows=tuple(map(int, rows)), column=column))

    def raise_faults(self, subject: str) -> None:
        """Raise CohortError when there is any fault."""
        if self.faults:
            raise CohortError(subject, self.faults, self.questions) from None

    def quality(self) -> pd.DataFrame:
        """One row per check: what it asks, of which columns, on how many rows, and how many it touched."""
        return pd.DataFrame(self.checks, columns=QUALITY_COLUMNS)
