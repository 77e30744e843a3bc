"""Places for text inside a panel of lines, so that it touches nothing."""

from collections.abc import Mapping, Sequence

import numpy as np

from helpers.present.layout.text_layout import extent

OFF_LINE = 5.0  # between a label and its line; censoring marks reach 3.5
HEIGHT = 10.0  # of a label, descender included
Box = tuple[float, float, float, float]  # left, bottom, right, top


def clear_spot(
    size: tuple[float, float], panel: tuple[float, float], lines: Mapping[str, np.ndarray], walls: Sequence[Box]
) -> tuple[float, float] | None:
    """Where a box of `size` stands (left, bottom) clear of lines and walls, far right and up; None if nowhere."""
    others = np.vstack([np.array(walls).reshape(-1, 4), *map(step_boxes, lines.values())])
    for left in np.linspace(panel[0] - size[0] - 2, 6, 25):
        for bottom in np.linspace(panel[1] - size[1] - 2, 4, 17):
            box = (left, bottom, left + size[0], bottom + size[1])
            if left >= 4 and bottom >= 3 and clearance(box, others) >= OFF_LINE:
                return left, bottom
    return None


def step_boxes(corners: np.ndarray) -> np.ndarray:
    """The boxes of the pieces of a step line."""
    return np.column_stack([np.minimum(corners[:-1], corners[1:]), np.maximum(corners[:-1], corners[1:])])


def label_box(name: str, place: tuple[float, float]) -> Box:
    """The box of a label whose lower left corner is at a place."""
    left, bottom = place
    return left, bottom, left + extent(name, bold=True), bottom + HEIGHT


def place_labels(
    lines: dict[str, np.ndarray], size: tuple[float, float], walls: Sequence[Box] = ()
) -> dict[str, tuple[float, float]] | None:
    """Where each line's label stands (left, bottom) so that it touches no line and no other label.

    lines: label -> corners (x, y) of its step line, in points inside a panel of `size`; walls: boxes to keep clear
    of. None when any label finds no place: then draw a key.
    """
    pieces = {label: step_boxes(ends) for label, ends in lines.items()}
    placed, taken = {}, list(walls)
    for label, corners in lines.items():
        others = np.vstack(
            [np.array(taken).reshape(-1, 4)] + [boxes for name, boxes in pieces.items() if name != label]
        )
        scored = []
        for box, spread in _spots(corners, extent(label, bold=True), size):
            free = clearance(box, others)
            if free >= OFF_LINE + 3 and clearance(box, pieces[label]) >= OFF_LINE - 0.1:
                scored.append((min(free, 30.0) - spread, box))
        if not scored:
            return None
        best = max(scored)[1]
        placed[label] = best[:2]
        taken.append(best)
    return placed


def _spots(corners: np.ndarray, width: float, size: tuple[float, float]) -> list[tuple[Box, float]]:
    """Candidate boxes just over and under a line, each with how much the line falls or rises beside it."""
    x, y = corners.T
    spots = []
    for left in np.linspace(x[0], x[-1], 33):
        if left + width > size[0] or left < 2:
            continue
        entry = y[max(0, int(np.searchsorted(x, left, side="right")) - 1)]
        beside = np.append(y[(x >= left) & (x <= left + width)], entry)
        for bottom in (beside.max() + OFF_LINE, beside.min() - OFF_LINE - HEIGHT):
            if 1 <= bottom <= size[1] - HEIGHT:
                spots.append(((left, bottom, left + width, bottom + HEIGHT), np.ptp(beside)))
    return spots


def clearance(box: Box, others: np.ndarray) -> float:
    """The distance from a box to the nearest of other boxes; 0 if they touch."""
    if not len(others):
        return np.inf
    across = np.maximum(np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]), 0)
    along = np.maximum(np.maximum(others[:, 1] - box[3], box[1] - others[:, 3]), 0)
    return float(np.hypot(across, along).min())
