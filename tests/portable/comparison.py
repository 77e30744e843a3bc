"""What differs between two runs of the notebooks, or between a run and the stored outputs."""

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.portable.execute import ROOT, readable

TOLERANCE = 1e-9


def differences(first: dict, second: dict) -> list[str]:
    """A line for each notebook of each cohort whose texts differ or whose estimates are apart by more than 1e-9."""
    return [
        f"{Path(cohort).name}, {notebook}: {fault}"
        for cohort, notebooks in first.items()
        for notebook, results in notebooks.items()
        for fault in _faults(results, second[cohort][notebook])
    ]


def against_stored(results: dict, cohort: str) -> list[str]:
    """A line for each notebook whose stored outputs are not what a run on the default cohort prints."""
    faults = []
    for notebook, found in results[cohort].items():
        cells = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
        stored = [[readable(output.data) for output in cell.outputs] for cell in cells if cell.cell_type == "code"]
        faults += [f"stored outputs of {notebook}: {fault}" for fault in _different_texts(stored, found["texts"])]
    return faults


def _faults(first: dict, second: dict) -> Iterator[str]:
    """What is not the same in two runs of a notebook."""
    yield from _different_texts(first["texts"], second["texts"])
    if len(first["estimates"]) != len(second["estimates"]):
        yield f"{len(first['estimates'])} and {len(second['estimates'])} estimates"
        return
    for a, b in zip(first["estimates"], second["estimates"], strict=True):
        apart = [key for key in a if not same(a[key], b[key])]
        yield from (f"{a['method']}, {a['term']}: {key} {a[key]!r} and {b[key]!r}" for key in apart)


def _different_texts(first: list, second: list) -> Iterator[str]:
    """Which code cells show something else; the first place where each differs."""
    for number, (a, b) in enumerate(zip(first, second, strict=True), 1):
        if a != b:
            yield f"code cell {number} prints {_apart(*(json.dumps(text, sort_keys=True) for text in (a, b)))}"


def _apart(first: str, second: str) -> str:
    """Both texts around the first letter that differs."""
    place = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    part = slice(max(0, place - 30), place + 50)
    return f"{first[part]!r} and {second[part]!r}"


def same(first: object, second: object) -> bool:
    """Equal, or numbers within 1e-9 of each other (relative above 1)."""
    if isinstance(first, float) and isinstance(second, float):
        both_missing = first != first and second != second
        return both_missing or abs(first - second) <= TOLERANCE * max(1.0, abs(first))
    return first == second
