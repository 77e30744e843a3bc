"""Many reconstructed cohorts, each summarised in one row: what the published figures leave open.

``make ensemble`` rebuilds the summary that the robustness report reads. The rows are *compatible* with the publication;
how often a value occurs depends on how the open parts were drawn, so shares over the ensemble are no probabilities.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pandas as pd

from helpers.stopping import serve_pool, signals_held
from helpers.synthetic.reconstruct import reconstruct
from helpers.synthetic.summary import summarise
from helpers.synthetic.write import SUMMARY_NAME, write_cohort


def ensemble(seeds: Iterable[int], *, workers: int = 1, folder: Path | None = None) -> Iterator[dict[str, float]]:
    """The summary row of each seed's cohort, in the order of the seeds, as they are finished.

    With a folder, each cohort is written to ``folder/seed_<seed>`` too. Interrupting leaves whole folders only
    for the seeds yielded.
    """
    make = partial(_one, folder=folder)
    if workers == 1:
        yield from map(make, seeds)
        return
    with ProcessPoolExecutor(workers, initializer=serve_pool) as pool:
        with signals_held():
            rows = [pool.submit(make, seed) for seed in seeds]
        try:
            for row in rows:
                yield row.result()
        except BaseException:  # stopped: do not wait for the cohorts that are being made
            for process in active_children():
                process.kill()
            raise


def _one(seed: int, folder: Path | None) -> dict[str, float]:
    """Reconstruct, perhaps write, and summarise one cohort."""
    cohort = reconstruct(seed)
    if folder is not None:
        write_cohort(cohort, folder / f"seed_{seed:04d}")
    return {"seed": seed, **summarise(cohort.patients)}


def write_cohorts(
    seed: int, count: int, out: Path | str, *, workers: int = 2, summary_only: bool = False
) -> Iterator[int]:
    """Write cohorts of consecutive seeds, yielding how many are done (for a progress bar).

    One becomes the folder ``out`` itself; several become ``out/seed_<seed>`` beside ``out/summary.csv``, which is
    all that is written with ``summary_only``.
    """
    out = Path(out)
    if count == 1 and not summary_only:
        write_cohort(reconstruct(seed), out)
        yield 1
        return
    rows = []
    for row in ensemble(range(seed, seed + count), workers=workers, folder=None if summary_only else out):
        rows.append(row)
        yield len(rows)
    out.mkdir(parents=True, exist_ok=True)
    (out / SUMMARY_NAME).write_bytes(summary_bytes(pd.DataFrame(rows)))


def summary_bytes(summary: pd.DataFrame) -> bytes:
    """The summary as CSV bytes, six significant digits, empty where not estimable."""
    return summary.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode("utf-8")
