"""What was measured, in words: ratios with their spread, targets met or not, the machine and the protocol."""

import importlib.metadata
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmarks.measure import PROJECT

# part, way, measure, target: at least this many times ours
TARGETS = {
    ("cold", "a", "wall"): 7.0,
    ("cold", "c", "wall"): 3.0,
    ("cold", "c", "cpu"): 2.0,
    ("batch", "a", "wall"): 14.0,
    ("batch", "b", "wall"): 5.0,
    ("batch", "c", "wall"): 3.0,
}
OF_THE_LIMIT = {"batch": 1.25}  # at most this many times the limit: a single collection pays the start alone
CELLS = {"second_cart": 2.5, "klein_bmt": 2.0}  # times cheaper than at the commit compared with
COLUMNS = ["part", "study", "repetition", "way", "collections", "wall", "cpu", "figures"]
WORDS = {"wall": "seconds on the clock", "cpu": "CPU seconds"}
PACKAGES = ("papermill", "nbconvert", "nbclient", "matplotlib", "pandas", "numpy", "scipy", "statsmodels", "lifelines")


@dataclass(frozen=True)
class Ratio:
    """A way's cost over ours, in pairs measured one after the other."""

    least: float
    middle: float
    most: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f} to {self.most:.2f})"


def ratio(rows: pd.DataFrame, above: str, below: str, measure: str) -> Ratio | None:
    """The cost per collection of one way over that of another, within each repetition; None where one is missing."""
    cost = rows.assign(each=rows[measure] / rows["collections"]).pivot(index="repetition", columns="way", values="each")
    if not {above, below} <= set(cost):
        return None
    paired = (cost[above] / cost[below]).dropna()
    return Ratio(paired.min(), statistics.median(paired), paired.max()) if len(paired) else None


def ratio_lines(rows: pd.DataFrame) -> list[str]:
    """A table of ratios: part, way, times ours, target, met or not."""
    lines = ["| part | compared | ratio: median (least to most) | target | |", "|---|---|---|---|---|"]
    for part, measured in rows.groupby("part", sort=False):
        if part == "cells":
            for study, each in measured.groupby("study", sort=False):
                found = ratio(each, "then", "now", "cpu")
                lines.append(_line(f"cells of {study}", "then over now, CPU seconds", found, CELLS.get(study)))
            continue
        for way in [key for key in measured["way"].unique() if key not in ("ours", "d")]:
            for measure in ("wall", "cpu"):
                target = TARGETS.get((part, way, measure))
                found = ratio(measured, way, "ours", measure)
                lines.append(_line(part, f"({way}) over ours, {WORDS[measure]}", found, target))
        limit = ratio(measured, "ours", "d", "cpu")
        lines.append(_line(part, "ours over (d), CPU seconds", limit, OF_THE_LIMIT.get(part), most=True))
    return lines


def _line(part: object, compared: str, found: Ratio | None, target: float | None, most: bool = False) -> str:
    """One row: the median decides whether a target is met."""
    if found is None:
        return f"| {part} | {compared} | not measured | | |"
    if target is None:
        return f"| {part} | {compared} | {found} | | |"
    met = found.middle <= target if most else found.middle >= target
    sign = "<=" if most else ">="
    return f"| {part} | {compared} | {found} | {sign} {target:g} | {'met' if met else '**not met**'} |"


def cost_lines(rows: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """A table of costs per collection: part, way, median seconds and CPU seconds, figures."""
    lines = [
        "| part | way | collections | wall s each: median (least to most) | CPU s each | figures each |",
        "|---|---|---|---|---|---|",
    ]
    for (part, study, way), measured in rows.groupby(["part", "study", "way"], sort=False):
        count = int(measured["collections"].iloc[0])
        wall, cpu = measured["wall"] / count, measured["cpu"] / count
        spread = f"{wall.median():.2f} ({wall.min():.2f} to {wall.max():.2f})"
        figures = measured["figures"].iloc[0] / count
        lines.append(f"| {part} of {study} | {labels[way]} | {count} | {spread} | {cpu.median():.2f} | {figures:g} |")
    return lines


def machine() -> str:
    """The processor, cores usable and memory of this machine."""
    names = [line.split(":")[1].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) / 2**20 for line in _read("/proc/meminfo") if line.startswith("MemTotal")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [names[0] if names else platform.machine(), f"{cores} cores usable"]
    parts += [f"{memory[0]:.0f} GB"] if memory else []
    parts += [f"{platform.system()} {platform.release()}", f"load {os.getloadavg()[0]:.1f} at the end"]
    return ", ".join(parts)


def _read(path: str) -> list[str]:
    """The lines of a file, none where there is no such file."""
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def versions() -> str:
    """Python, R and the packages that do the work."""
    packages = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    r = _said(["Rscript", "-e", "cat(R.version.string)"])
    return ", ".join([f"Python {platform.python_version()}", *packages, *([r] if r else [])])


def commit() -> str:
    """The commit measured; says when files other than stored measurements differ from it."""
    stored = [f":!benchmarks/*.{kind}" for kind in ("csv", "md")]
    changed = _said(["git", "status", "--porcelain", "--untracked-files=no", "--", ".", *stored])
    return (_said(["git", "rev-parse", "--short=12", "HEAD"]) or "unknown") + (", with changes" if changed else "")


def _said(command: Sequence[str]) -> str:
    """What a command prints; empty when it is not there or fails."""
    try:
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def facts() -> list[str]:
    """When, where and with what this was measured."""
    return [
        f"- Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- Commit: {commit()}",
        f"- Machine: {machine()}",
        f"- Versions: {versions()}",
    ]
