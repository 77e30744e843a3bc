"""The picture of the rooms of helpers in the README, drawn from the imports: `make architecture`.

A box is a room; an arrow points from a room to one that it imports. An import that follows from others is left out.
"""

from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.test_project import MODULES, imported_modules, module_name

PICTURE = Path(__file__).parents[1] / "reports" / "architecture.svg"
# Modules that lie in a folder beside its rooms are drawn as one box.
BASES = {"stats": "stats: the table of estimates", "present": "present: formats, outputs", "": "faults, frames"}
COLORS = {"stats": "#e6f2ec", "present": "#f7eee2", "": "#e9eef5"}
COLUMNS = {"stats": (0.0, 0.42), "": (0.4, 0.66), "present": (0.66, 1.0)}
WIDTH, STEP, BOX = 9.2, 0.62, 0.34  # inches: the picture, from floor to floor, a box's height


def room(module):
    """The box that a module is drawn in, "" for a container and what only starts the rest."""
    first, _, rest = module.partition(".")
    if first in ("__init__", "codebook") or module in ("stats", "present"):
        return ""
    if first in ("stats", "present"):
        inner = rest.partition(".")[0]
        folder = Path(__file__).parents[1] / "helpers" / first / inner
        return f"{first}.{inner}" if folder.is_dir() else BASES[first]
    first = "cli" if first == "commands" else first
    return first if first in {"study", "cohort", "audit", "synthetic", "report", "cli"} else BASES[""]


def imports():
    """The rooms that each room imports, those that follow from others left out."""
    direct = defaultdict(set)
    for path in MODULES:
        importer = room(module_name(path))
        for imported in map(room, imported_modules(path)):
            if importer and imported and imported != importer:
                direct[importer].add(imported)
                direct[imported] |= set()
    return {name: {to for to in targets if not implied(direct, name, to)} for name, targets in sorted(direct.items())}


def implied(direct, name, target):
    """Tell whether a room reaches another by way of a third."""
    return any(target in reached(direct, middle) for middle in direct[name] - {target})


def reached(direct, name):
    """Every room that a room imports, by way of others too."""
    found, waiting = set(), [name]
    while waiting:
        new = direct[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def places(edges):
    """Where each box stands: its floor above the lowest room, and its place from left to right, 0 to 1."""
    height = {}
    while len(height) < len(edges):
        ready = [name for name in edges if name not in height and edges[name] <= height.keys()]
        height |= {name: 1 + max((height[to] for to in edges[name]), default=-1) for name in ready}
    floors = defaultdict(list)
    for name in sorted(edges):
        floors[height[name], container(name)].append(name)
    spots = {}
    for (floor, where), names in sorted(floors.items()):
        left, right = COLUMNS[where]
        middles = {name: sum(spots[to][0] for to in edges[name]) / max(len(edges[name]), 1) for name in names}
        order = sorted(names, key=lambda name: (round(middles[name], 6), name))
        for number, name in enumerate(order):
            spots[name] = (left + (right - left) * (number + 0.5) / len(order), floor)
    return spots


def container(name):
    """The folder that a room lies in, or "" for helpers itself."""
    return next((folder for folder in ("stats", "present") if name.startswith(folder)), "")


def draw(edges):
    """The picture as a matplotlib figure; each arrow carries the rooms it joins as its id."""
    spots = places(edges)
    top = max(floor for _, floor in spots.values())
    height = STEP * (top + 1) + 0.1
    figure = Figure(figsize=(WIDTH, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, height))
    ax.set_axis_off()
    centre = {name: (x * WIDTH, STEP * (floor + 0.5) + 0.05) for name, (x, floor) in spots.items()}
    line = {"edgecolor": "#6b7682", "linewidth": 0.9}
    arrow = {"arrowstyle": "-|>", "facecolor": "#6b7682", "shrinkA": 0, "shrinkB": 0, **line}
    for name, targets in edges.items():
        for target in sorted(targets):
            (x, y), (to_x, to_y) = centre[name], centre[target]
            tip, foot = (to_x, to_y + BOX / 2), (x, y - BOX / 2)
            drawn = ax.annotate("", tip, foot, arrowprops=arrow)
            drawn.arrow_patch.set_gid(f"{name} to {target}")
    for name, (x, y) in centre.items():
        box = {"boxstyle": "round,pad=0.4", "facecolor": COLORS[container(name)], **line}
        label = name.partition(".")[2] or name  # the colour says in which folder a room lies
        ax.text(x, y, label, ha="center", va="center", fontsize=10, bbox=box, gid=name)
    return figure


def main():
    """Write the picture."""
    with mpl.rc_context({"svg.hashsalt": "rooms", "svg.fonttype": "none"}):
        draw(imports()).savefig(PICTURE, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
