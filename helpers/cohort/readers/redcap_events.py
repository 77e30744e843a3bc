"""Records of several events as one row per patient."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, UnusableError, taken
from helpers.cohort.texts import Texts

EVENT = "redcap_event_name"
ROW_FACTS = (EVENT, "redcap_repeat_instrument", "redcap_repeat_instance")
SITE = "redcap_data_access_group"  # the same in all rows of a record
Origin = dict[str, tuple[str, np.ndarray]]  # by new column: the old one, and the row that each cell is from, else -1


def one_row_each(
    part: Part, events: list[str], identifier: str, boxes: Mapping[str, str], findings: Findings
) -> tuple[Part, Origin]:
    """The rows of each record side by side, and where each cell comes from.

    A field that is filled in at one event only keeps its name, others become "field (event)". Events that are the same
    but for the arm of the project are one. `boxes` names the field of each box of a choice: it is filled in when one of
    the boxes is ticked. UnusableError, with the fault recorded, when an event repeats.
    """
    stems = [*dict.fromkeys(map(_stem, events))]
    shown = {stem: [event for event in events if _stem(event) == stem] for stem in stems}
    names = {stem: same[0] if len(same) == 1 else stem for stem, same in shown.items()}
    visit = part.texts(EVENT).each(_stem)
    place = np.array([stems.index(text) for text in visit.texts])[visit.codes]
    firsts, rows = _grid(part, identifier, place, names, findings)
    origin: Origin = {}
    for column in part.columns:
        if column in (identifier, SITE):
            origin[column] = (column, firsts)
        elif column not in ROW_FACTS:
            filled = _filled(part, column, boxes)
            at = [number for number in range(len(stems)) if filled[place == number].any()]
            if len(at) <= 1:
                origin[column] = (column, rows[:, at[0] if at else 0])
            else:
                origin |= {f"{column} ({names[stems[number]]})": (column, rows[:, number]) for number in at}
    columns = {name: taken(part.columns[of], cells) for name, (of, cells) in origin.items()}
    return replace(part, columns=columns, rows=part.rows[firsts]), origin


def _stem(event: str) -> str:
    """The name of an event without its arm: `infusion_2` for `infusion_2_arm_1`."""
    return re.sub(r"_arm_\d+\Z", "", event)


def _grid(
    part: Part, identifier: str, place: np.ndarray, names: Mapping[str, str], findings: Findings
) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each record, and by record and event its row, -1 where there is none."""
    records: Texts = part.texts(identifier)
    if not records.given.all():
        remedy = "Give every record its name."
        findings.fault("the name of the record is empty", file=part.name, rows=part.rows[~records.given], remedy=remedy)
        raise UnusableError
    _, firsts, record = np.unique(records.codes, return_index=True, return_inverse=True)
    _, once = np.unique(record * len(names) + place, return_index=True)
    if len(once) < len(place):
        again = np.setdiff1d(np.arange(len(place)), once)
        which = ", ".join(name for number, name in enumerate(names.values()) if (place[again] == number).any())
        remedy = "Leave a repeating event out of events, or read it alone as a table of its own."
        problem = f"an event repeats for one patient: {which}"
        findings.fault(problem, file=part.name, rows=part.rows[again], column=EVENT, remedy=remedy)
        raise UnusableError
    order = np.argsort(firsts, kind="stable")
    rows = np.full((len(firsts), len(names)), -1)
    rows[np.argsort(order, kind="stable")[record], place] = np.arange(len(place))
    return firsts[order], rows


def _filled(part: Part, column: str, boxes: Mapping[str, str]) -> np.ndarray:
    """True for the rows where a field is filled in; a box that is not ticked is exported as 0 everywhere."""
    ticked = part.columns[boxes[column]].given if column in boxes else np.zeros(0, bool)
    return ticked if ticked.any() else part.texts(column).given
