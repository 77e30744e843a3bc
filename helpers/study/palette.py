"""The look of the arms: colours, line styles and markers in the order in which arms take them."""

import re
from collections.abc import Sequence
from itertools import cycle

# Dark enough for text on white and told apart by colour-blind readers, the first six by lightness too; line style and
# marker are the second cue.
COLORS = ("#0072B2", "#B84300", "#004D38", "#A8458A", "#4A2F10", "#6B6B6B", "#332288", "#7F6B00")
SEVERAL_ARMS = ("#57606A", "#7A1F5C")  # a side of the comparison that holds several arms: of the control, the treated
LINESTYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LEAST_CONTRAST = 4.5  # of text on its ground, WCAG 2 level AA
HEX = re.compile(r"#[0-9A-Fa-f]{6}\Z")  # how a colour is written


def contrast_on_white(color: str) -> float:
    """The contrast of a colour such as "#0072B2" with white, from 1 (white) to 21 (black), as WCAG 2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def fill_colors(declared: Sequence[str]) -> list[str]:
    """The colour of each arm: the declared one, or for "" the next of COLORS that no arm has declared."""
    taken = {color.upper() for color in declared}
    free = cycle([color for color in COLORS if color not in taken] or COLORS)
    return [color or next(free) for color in declared]
