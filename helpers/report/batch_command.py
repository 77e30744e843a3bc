"""The command `batch`: a table of runs, the folder that holds their collections, and what is said of them.

To say what has become of the runs takes no analysis, so nothing of it is imported before there is something to do.
"""

import os
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from helpers.report import run
from helpers.report.batch_state import FAILED, Ledger, State, said
from helpers.report.runs_table import for_notebooks, read_runs, share
from helpers.stopping import Stopped


class Batch:
    """The runs of a table, or one share of them (number, of how many), with the notebooks chosen."""

    def __init__(self, table: Path, out: Path, only: Sequence[str] = (), chunk: tuple[int, int] = (1, 1)) -> None:
        notebooks = run.select(run.NOTEBOOKS, only)
        self._only, self._whole = only, chunk == (1, 1)
        self._table = for_notebooks(read_runs(table, run.select(run.NOTEBOOKS)), notebooks)
        self._runs = share(self._table, *chunk)
        self._ledger = Ledger(out, notebooks)

    def status(self) -> str:
        """What has become of each run, one a line, and how many there are of each kind."""
        states = [self._ledger.state(each) for each in self._runs]
        width = max((len(each.name) for each in self._runs), default=0)
        lines = [f"{state.run.name:<{width}}  {state.state:<7}  {_indented(state.reason)}".rstrip() for state in states]
        counts = Counter(state.state for state in states)
        return "\n".join([*lines, *self._others(), ", ".join(f"{number} {word}" for word, number in counts.items())])

    def render(self, **how: Unpack[run.How]) -> list[State]:
        """Render what is not done, `workers` runs at a time (default: the processors); what has become of each run."""
        from helpers.report import batch_files, collection
        from helpers.report.batch import render_batch

        workers = how.pop("workers", 0) or _processors()
        batch_files.check_files(self._ledger.out)
        same: dict[str, Any] = {"only": self._only, "notebooks": run.NOTEBOOKS, "workers": 1, "progress": False}
        render = partial(collection.render_collection, **same, **how)
        return render_batch(self._runs, self._ledger, render, workers=workers)

    def said(self, states: Sequence[State]) -> str:
        """What to say at the end: how many are done, and every failure with its run."""
        from helpers.present.format import plural

        failed = [state for state in states if state.state == FAILED]
        counts = f"{len(states) - len(failed)} of {plural(len(states), 'run')} done"
        lines = [f"{counts}, {len(failed)} failed:" if failed else counts]
        lines += [f"  {state.run.name}: {_indented(said(each))}" for state in failed for each in state.failures]
        return "\n".join([*lines, *self._others()])

    def write(self, states: Sequence[State], chosen: str = "") -> Path | None:
        """Write the files over all runs and return the page; nothing for a share.

        `chosen` is an estimate's id. Raises OverviewError for one that no run has, when all is written without it.
        """
        if not self._whole:
            return None
        from helpers.report import batch_files
        from helpers.report.overview import OverviewError, summary_page

        try:
            batch_files.write_failures(self._ledger.out, states)
            batch_files.write_estimates(self._ledger.out, states)
            try:
                return batch_files.write_page(self._ledger.out, states, partial(summary_page, chosen=chosen))
            except OverviewError:
                batch_files.write_page(self._ledger.out, states, summary_page)
                raise
        except Stopped as stopped:
            stopped.said = "Stopped; all runs have ended, but the page over them is not written. Run it again."
            raise

    def _others(self) -> list[str]:
        """A line about collections beside those of the table."""
        names = self._ledger.others(self._table)
        return [f"Not in the table, and left alone: {', '.join(names)}"] if names else []


def _indented(text: str) -> str:
    """A text whose further lines stand under its first."""
    return text.replace("\n", "\n    ")


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
