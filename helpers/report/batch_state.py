"""What has become of the runs of a batch: told from the collections themselves and from a record of each failure."""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from helpers.faults import FaultError
from helpers.report import provenance
from helpers.report.inputs import Inputs, changed, inputs
from helpers.report.manifest import MARK, CollectionError, check_collection, is_collection, read_whole
from helpers.report.private import claimed_folder
from helpers.report.run import plan
from helpers.report.runs_table import BatchRun
from helpers.report.snapshot import shown_name
from helpers.report.target import clear_away
from helpers.report.whole import write_text
from helpers.report.worker import Run, RunFailure
from helpers.study import Study, load_study

DONE, FAILED, STALE, MISSING = "done", "failed", "stale", "missing"
FAILURES = ".failures"  # folder of the records, one a run, so that no two commands write the same file
STRAY = re.compile(r"\.(.+)\.(?:lock|(?:new|old)-\d+-[a-z0-9_]{8})")  # what target.py puts beside a folder


@dataclass(frozen=True)
class State:
    """What has become of a run, and why: `facts` are those of a collection that is done, `failures` of a failed one."""

    run: BatchRun
    state: str
    reason: str = ""
    facts: dict = field(default_factory=dict)
    failures: Sequence[RunFailure] = ()


class Ledger:
    """The folder of a batch, with the notebooks that all of its runs take; a study's data are read once."""

    def __init__(self, out: Path, notebooks: Sequence[Path]) -> None:
        self.out, self.notebooks = out, notebooks
        self._studies: dict[Path, tuple[Study, dict[str, str]] | None] = {}

    def study(self, folder: Path) -> tuple[Study, dict[str, str]] | None:
        """The study of a cohort folder and the checksums of its data; None when its definition is at fault."""
        if folder not in self._studies:
            try:
                study = load_study(folder)
                self._studies[folder] = study, provenance.checksums(study)
            except (FaultError, OSError):
                self._studies[folder] = None
        return self._studies[folder]

    def inputs(self, run: BatchRun) -> Inputs:
        """What a run would be made from now; nothing when that cannot be said."""
        study = self.study(run.study)
        if study is None:
            return {}
        return inputs(study[1], self.plan(run))

    def plan(self, run: BatchRun) -> list[Run]:
        """The notebooks of a run with the parameters that each is given."""
        return plan(shown_name(run.study), Path(), self.notebooks, run.parameters)

    def state(self, run: BatchRun) -> State:
        """What has become of a run: done, failed, stale (made from other inputs, or damaged) or missing."""
        now, facts = self.inputs(run), {}
        state, reason = MISSING, "not rendered yet"
        if (self.out / run.name / MARK).is_file():
            try:
                facts = read_whole(self.out / run.name)
                parts = changed(facts.get("inputs", {}), now)
                if now and not parts:
                    return State(run, DONE, facts=facts)
                state, reason = STALE, f"changed since: {', '.join(parts)}" if now else "study.toml cannot be read now"
            except (CollectionError, OSError) as error:
                state, reason = STALE, str(error)
        failures = self._failures(run, now)
        if failures:
            return State(run, FAILED, "; ".join(map(said, failures)), failures=failures)
        return State(run, state, reason)

    def record(self, run: BatchRun, failures: Sequence[RunFailure]) -> None:
        """Keep the failures of a run, if there is room on the disk; none of them removes the record."""
        folder = self.out / FAILURES
        path = folder / f"{run.name}.json"
        if not failures:
            path.unlink(missing_ok=True)
            return
        self._studies.pop(run.study, None)  # its data may be others than at the start
        record = {"inputs": self.inputs(run), "failures": [asdict(failure) for failure in failures]}
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            with claimed_folder(folder, ".new") as staging:
                write_text(staging / "record", json.dumps(record, indent=1)).replace(path)

    def _failures(self, run: BatchRun, now: Inputs) -> list[RunFailure]:
        """The recorded failures of a run, if its inputs are still those."""
        try:
            record = json.loads((self.out / FAILURES / f"{run.name}.json").read_text(encoding="utf-8"))
            failures = [RunFailure(**failure) for failure in record["failures"]]
        except (OSError, ValueError, TypeError, KeyError):
            return []
        return failures if record["inputs"] == now else []

    def tidy(self, runs: Iterable[BatchRun]) -> None:
        """Remove what killed commands have left beside the folders of these runs."""
        names = {run.name for run in runs}
        left = {found[1] for path in self.out.iterdir() if (found := STRAY.fullmatch(path.name))}
        for name in sorted(left & names):
            clear_away(self.out / name, check_collection)
        if (self.out / FAILURES).is_dir():
            with claimed_folder(self.out / FAILURES, ".new"):
                pass  # to claim one removes those whose owners are gone

    def others(self, runs: Iterable[BatchRun]) -> list[str]:
        """The collections in the folder that are no run of the table; nothing ever deletes them."""
        names = {run.name for run in runs}
        if not self.out.is_dir():
            return []
        return sorted(path.name for path in self.out.iterdir() if path.name not in names and is_collection(path))


def said(failure: RunFailure) -> str:
    """A failure in words; one before the notebooks has no place among them."""
    return str(failure) if failure.notebook else failure.message
