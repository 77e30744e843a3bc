"""Colours, and how each group is drawn.

Colours are darkened Okabe-Ito colours that differ by lightness as well, so that they pass 4.5:1 on white as text and
stay apart for colour-blind readers; line style and marker are the second cue.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from matplotlib.colors import LinearSegmentedColormap, to_hex

from helpers.study.palette import COLORS, LINESTYLES, MARKERS
from helpers.study.parts import Arm

INK = "#1b1f24"
MUTED = "#4d5661"
FAINT = "#8a929c"
RULE = "#d5d9de"
STRIPE = "#f3f5f8"
ALARM = "#B84300"
# What is not an arm has none of the colours that arms take.
GRADES = ("#eef1f4", "#d9d3e8", "#b0a1d0", "#8068b0", "#4f3a82", "#1b1f24")  # grade 0 to 5
OUTCOMES = ("#3b4c63", "#8ba0ba", "#d3dce6", "#d9c9ae", "#a58d6c", "#5f4a33")  # best to worst


class Style(NamedTuple):
    """How one group is drawn; a study's Arm has the same three fields."""

    color: str
    linestyle: str
    marker: str


ARM_STYLES = tuple(  # in the order in which a study's arms take them
    Style(color, LINESTYLES[number % len(LINESTYLES)], MARKERS[number]) for number, color in enumerate(COLORS)
)
EVERYBODY = Style(INK, "-", "o")


def outcome_colors(count: int) -> list[str]:
    """Colours of so many outcomes, best to worst; of more than there are, shades between them."""
    if count <= len(OUTCOMES):
        return [*OUTCOMES[:count]]
    ramp = LinearSegmentedColormap.from_list("outcomes", OUTCOMES)
    return [to_hex(ramp(place / (count - 1))) for place in range(count)]


def arm_style(arm: Arm) -> Style:
    """How a study draws an arm."""
    return Style(arm.color, arm.linestyle, arm.marker)


def style_map(labels: Iterable[str], styles: Mapping[str, Style] | None = None) -> dict[str, Style]:
    """A style for every label, in the order given: its own where `styles` has one, else the next free one.

    "All" stands for everybody and is drawn in the colour of the text.
    """
    known = {"All": EVERYBODY, **(styles or {})}
    taken = {style.color for style in known.values()}
    free = iter([style for style in ARM_STYLES if style.color not in taken] + list(ARM_STYLES) * 20)
    return {label: known.get(label) or next(free) for label in labels}
