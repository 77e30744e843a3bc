"""Where the months of a curve stand in its drawing, so that a page can read values off it."""

import re
from collections.abc import Sequence

TICK = re.compile(r'id="xtick_\d+">.*?<use [^>]*?x="([\d.]+)".*?<text[^>]*>([\d.]+)</text>', re.DOTALL)
WIDTH = re.compile(r'viewBox="0 0 ([\d.]+) ')
CURVES = (["group", "time_months", "survival"], ["group", "time_months", "cumulative_incidence"])


def axis_of(svg: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return "left step end": where month 0 stands, how far a month reaches (parts of the width), and the last tick.

    `svg` is matplotlib's own; "" for what is not a curve over months, or where the ticks cannot be read.
    """
    if list(columns[:3]) not in CURVES or not rows:
        return ""
    width = WIDTH.search(svg)
    ticks = [(float(label), float(place)) for place, label in TICK.findall(svg)]
    if not width or len(ticks) < 2 or ticks[-1][0] <= ticks[0][0]:
        return ""
    latest = max(float(row[1]) for row in rows)
    if not 0.3 * ticks[-1][0] <= latest <= 1.2 * ticks[-1][0]:
        return ""  # the axis is in another unit
    (first, start), (last, stop) = ticks[0], ticks[-1]
    step = (stop - start) / (last - first) / float(width[1])
    return f"{start / float(width[1]) - first * step:.5f} {step:.6f} {last:g}"
