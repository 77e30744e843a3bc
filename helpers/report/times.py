"""Where the time of a collection went."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from helpers.report.worker import Done, Run

DEAREST = 10  # cells that are named


class Times:
    """Seconds by the clock, and of the processors of this process, of each part of a rendering."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        started = time.time() - psutil.Process().create_time()
        self._parts = [("start", started, time.process_time())]
        self._notebooks: dict[str, Done] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Take down how long the block takes."""
        clock, processor = time.perf_counter(), time.process_time()
        yield
        self._parts.append((name, time.perf_counter() - clock, time.process_time() - processor))

    def take(self, runs: Sequence[Run], done: Sequence[Done]) -> None:
        """Take down how long each notebook and each of its cells took."""
        self._notebooks = {run.path.stem: made for run, made in zip(runs, done, strict=True)}

    @property
    def seconds(self) -> float:
        """Seconds by the clock so far."""
        return time.perf_counter() - self._began

    def said(self) -> str:
        """All of it, as lines for a terminal."""
        cells = [(spent, name, cell) for name, done in self._notebooks.items() for cell, spent in done.cells.items()]
        lines = [f"{'part':<24}{'seconds':>9}{'CPU here':>10}"]
        lines += [f"{name:<24}{clock:9.2f}{processor:10.2f}" for name, clock, processor in self._parts]
        lines += [f"{'notebook':<24}{'cells':>9}{'page':>10}"]
        for name, done in self._notebooks.items():
            lines.append(f"{name:<24}{sum(done.cells.values()):9.2f}{done.finishing:10.2f}")
        lines += [f"{'dearest cells':<24}{'seconds':>9}"]
        dearest = sorted(cells, reverse=True)[:DEAREST]
        lines += [f"{f'{name}, cell {cell}':<24}{spent:9.2f}" for spent, name, cell in dearest]
        return "\n".join(lines)
