"""What a rule of the data is: a named vectorised predicate over a table, true for the rows that break it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.study import Study

TOLERANCE = 1e-6  # days; months converted to days may differ in their last digits


@dataclass(frozen=True)
class Facts:
    """A table for the rules: `values` (NaN where a cell is at fault), `given` (True where there is a cell), `rows`."""

    values: Mapping[str, np.ndarray]
    given: Mapping[str, np.ndarray]
    rows: np.ndarray
    study: Study

    @classmethod
    def of(cls, values: pd.DataFrame, given: pd.DataFrame, study: Study) -> "Facts":
        """The facts of tables whose index numbers the rows as in the file."""
        cells, there = ({str(name): part.to_numpy() for name, part in table.items()} for table in (values, given))
        return cls(cells, there, values.index.to_numpy(), study)

    def has(self, *columns: str) -> bool:
        """True when all the columns are in the table."""
        return all(column in self.values for column in columns)


@dataclass(frozen=True)
class Broken:
    """A rule that was applied: what it asks, of which column, on which rows, and which of them break it."""

    check: str
    column: str
    applies: np.ndarray
    breaks: np.ndarray
    problem: str
    remedy: str
    doubtful: bool = False  # a question to the author, no fault
    whole: bool = False  # said of the column, without its rows


Rule = Callable[[Facts], Iterator[Broken]]


def too_late(check: str, columns: str, day: np.ndarray, limit: np.ndarray, problem: str, remedy: str) -> Broken:
    """Of the rows with both days, those whose day is later than the one that it may not pass."""
    return Broken(check, columns, known(day, limit), day > limit + TOLERANCE, problem, remedy)


def known(*days: np.ndarray) -> np.ndarray:
    """True for the rows with all of these days."""
    return ~np.isnan(sum(days))


def whole(check: str, column: str, asked: np.ndarray, is_so: bool, said: tuple[str, str], doubt: bool = True) -> Broken:
    """What is true of a column as a whole or is not, said (problem, remedy) without its rows."""
    return Broken(check, column, asked, np.full(len(asked), is_so), *said, doubtful=doubt, whole=True)


def apply_rules(rules: tuple[Rule, ...], facts: Facts, file: str, findings: Findings) -> list[Broken]:
    """Apply every rule to a table, and return them so; the rows that break one are a fault, or a question."""
    applied = [broken for rule in rules for broken in rule(facts)]
    for broken in applied:
        rows = facts.rows[broken.applies & broken.breaks]
        record = findings.question if broken.doubtful else findings.check
        said = {"file": file, "problem": broken.problem, "remedy": broken.remedy, "whole": broken.whole}
        record(broken.check, broken.column, int(broken.applies.sum()), rows, **said)
    return applied
