"""The steps before time zero that a study.toml declares, from its screening log: how many, and why others stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import helpers.study.keys as keys
from helpers.faults import Fault
from helpers.study.letters import tidy


@dataclass(frozen=True)
class FlowStep:
    """Patients who reached a step before time zero, and for what reasons how many of them went no further."""

    label: str = keys.key("text")
    patients: int = keys.key("count")
    stopped: Mapping[str, int] = keys.key("mapping", {})


def read_flow(document: Mapping[str, Any], faults: list[Fault]) -> tuple[FlowStep, ...]:
    """The steps in order; adds a fault where a step gains patients or more stop than are lost."""
    rows = keys.read_list(document, "flow", FlowStep, faults)
    for number, row in enumerate(rows, start=1):
        if not all(keys.is_count(count) for count in row["stopped"].values()):
            faults.append(keys.fault(f"[[flow]] {number} stopped", "a reason without a count", "Give whole numbers."))
            row["stopped"] = {}
        reasons = [*map(tidy, row["stopped"])]
        keys.check_distinct(reasons, f"[[flow]] {number} stopped", faults)
        row["stopped"] = dict(zip(reasons, row["stopped"].values(), strict=True))
    steps = tuple(FlowStep(**row) for row in rows)
    for number, (step, later) in enumerate(pairwise(steps), start=1):
        check_losses(step, later.patients, f"[[flow]] {number}", faults)
    return steps


def check_losses(step: FlowStep, later: int, place: str, faults: list[Fault]) -> None:
    """Add a fault when more patients reach the next step, or stop, than the step allows."""
    if later > step.patients:
        remedy = "Give the steps from first to last, ending before the patients of the file."
        faults.append(keys.fault(place, "fewer patients than at the step after it", remedy))
    elif sum(step.stopped.values()) > step.patients - later:
        remedy = "Give each patient one reason; the counts may not exceed those who went no further."
        faults.append(keys.fault(f"{place} stopped", "more patients stopped than went no further", remedy))
