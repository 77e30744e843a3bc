"""Running notebooks: declared parameters only, each in a process of its own, one progress bar."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import cache, partial
from pathlib import Path
from typing import TypedDict, Unpack

from tqdm import tqdm

from helpers.faults import PlainError
from helpers.parameters import ParameterError, check_value, declared_in
from helpers.report.forked import FULL, GB, SILENT, Died, Task, run_forked
from helpers.report.manifest import CollectionError
from helpers.report.notebook import PARAMETERS, code_cells, is_tagged, read_notebook
from helpers.report.private import private_folder
from helpers.report.worker import ENGINE, Done, Finish, Run, RunFailure, failure, work
from helpers.study import PROJECT_ROOT

NOTEBOOKS = PROJECT_ROOT / "notebooks"
TIMEOUT = 1800  # seconds that a cell may take
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
CONVERT: dict[str, Callable[[str], object]] = {"int": int, "float": float, "bool": lambda text: TRUTH[text.lower()]}


class How(TypedDict, total=False):
    """How notebooks are run.

    `workers` at a time (2); `engine` fork or plain, which is papermill with a kernel; a cell that takes more than
    `timeout` seconds fails, as does a notebook whose process holds more than `memory` GB (None: no limit); `progress`
    shows a bar on a terminal (True).
    """

    workers: int
    engine: str
    timeout: int
    memory: float | None
    progress: bool


class RunError(PlainError):
    """One or more notebooks failed; `failures` says which, at which cell, and why."""

    def __init__(self, failures: Sequence[RunFailure]) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = list(failures)


def declared(path: Path) -> dict[str, str]:
    """Return the parameters a notebook declares: name -> type ("str", "int", "float", "bool", "None")."""
    return dict(_declared(path, path.stat().st_mtime_ns))


@cache
def _declared(path: Path, _written: int) -> dict[str, str]:
    """The same, read once a process unless the notebook was written since."""
    sources = [cell["source"] for cell in code_cells(read_notebook(path)) if is_tagged(cell, PARAMETERS)]
    return declared_in(sources[0]) if sources else {}


def typed(name: str, value: object, kind: str) -> object:
    """Return a command-line value as the type its parameters cell declares; ParameterError if it is not one."""
    converted = value
    with suppress(ValueError, KeyError):
        converted = CONVERT.get(kind, str)(value) if isinstance(value, str) else value
    check_value(name, converted, kind)
    return converted


def select(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Return the notebooks to run, in order of name; CollectionError when a word of `only` fits none."""
    paths = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    unknown = [word for word in only if not any(path.stem.startswith(word) for path in paths)]
    if unknown or not paths:
        names = ", ".join(path.stem for path in paths) or "none"
        raise CollectionError(f"no notebook begins with {', '.join(unknown)!r}; there are: {names}")
    return [path for path in paths if not only or path.stem.startswith(tuple(only))]


def plan(study: str, base: Path, paths: Sequence[Path], values: Mapping[str, object]) -> list[Run]:
    """Return the runs of a collection: each is given the cohort's folder by its name from the folder `base`."""
    shared = share_parameters(paths, {"study": study, **values})
    deaf = [path.stem for path, parameters in shared.items() if "study" not in parameters]
    if deaf:
        raise CollectionError(f"{', '.join(deaf)}: no parameter 'study', so it would show another cohort; declare it")
    return [Run(path, parameters, base) for path, parameters in shared.items()]


def share_parameters(paths: Sequence[Path], values: Mapping[str, object]) -> dict[Path, dict[str, object]]:
    """Return for each notebook the values it declares; ParameterError for a name that none declares."""
    known = {path: declared(path) for path in paths}
    names = {name for kinds in known.values() for name in kinds}
    unknown = sorted(set(values) - names)
    if unknown:
        settable = ", ".join(sorted(names - ({"study"} & set(values)))) or "none"  # a collection's study is set
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; the notebooks chosen declare {settable}")
    return {
        path: {name: typed(name, values[name], kinds[name]) for name in kinds if name in values}
        for path, kinds in known.items()
    }


def run_notebooks(
    runs: Sequence[Run], finish: Finish | None = None, *, private: Path | None = None, **how: Unpack[How]
) -> list[Done]:
    """Return what `finish` makes of each executed notebook (default: itself), in the order given.

    `finish` works in the notebook's process. RunError names every notebook that failed; else the first PlainError of
    `finish` is raised. Temporary files go to the folder `private` (default: one of the run's own). The files themselves
    are not changed. When this function ends, however it ends, its processes have ended.
    """
    for run in runs:
        share_parameters([run.path], run.parameters)
    tqdm.monitor_interval = 0  # no thread of the bar's own: processes are forked
    shown = None if how.get("progress", True) else True  # None: on a terminal
    with (
        nullcontext(private) if private else private_folder() as folder,
        tqdm(total=sum(map(_cells, runs)), unit="cell", desc="Running notebooks", disable=shown) as bar,
    ):
        results = _results(runs, _tasks(runs, folder, finish or _itself, how), how, bar)
    failures = [result for result in results if isinstance(result, RunFailure)]
    if failures:
        raise RunError(failures)
    for result in results:
        if isinstance(result, PlainError):
            raise result
    return [result for result in results if isinstance(result, Done)]


def _itself(run: Run, notebook: dict) -> dict:
    """The notebook."""
    return notebook


def _cells(run: Run) -> int:
    """How many cells a notebook has, the one with its values included."""
    return len(read_notebook(run.path)["cells"]) + bool(run.parameters)


def _tasks(runs: Sequence[Run], folder: Path, finish: Finish, how: How) -> list[Task]:
    engine, memory = how.get("engine", ENGINE), how.get("memory")
    return [
        Task(
            run.path.stem,
            partial(work, run, folder / str(number), engine, finish),
            silence=how.get("timeout", TIMEOUT),
            memory=int(memory * GB) if memory else None,
        )
        for number, run in enumerate(runs)
    ]


def _results(runs: Sequence[Run], tasks: Sequence[Task], how: How, bar: tqdm) -> list[object]:
    at: dict[int, int | None] = {}  # the cell that each is at; None before the first and after the last
    results: dict[int, object] = {}

    def hear(number: int, index: object) -> None:
        bar.update(1 if number in at else 0)
        at[number] = index if isinstance(index, int) else None

    for number, outcome in run_forked(tasks, workers=how.get("workers", 2), hear=hear):
        if isinstance(outcome, Died):
            outcome = failure(runs[number], at.get(number), _advice(outcome))
        results[number] = outcome
    return [results[number] for number in range(len(runs))]


def _advice(died: Died) -> str:
    """Why a process died, and what to do."""
    remedy = {SILENT: "; raise --timeout or make the cell quicker", FULL: "; raise --memory or make the cell smaller"}
    return died.reason + remedy.get(died.cause, "")
