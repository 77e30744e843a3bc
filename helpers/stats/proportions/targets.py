"""An outcome by the target of the first and of the present infusion: the same antigen again, or another."""

import pandas as pd

from helpers.cohort.dictionary import dictionary
from helpers.stats.estimates import Estimates, estimates, if_recorded, stack
from helpers.stats.proportions.by_group import proportions

FIRST, SECOND, CHANGE = "first_target", "car_target", "change_of_target"
ANTIGENS = {"cd19": {"CD19"}, "cd22": {"CD22"}, "cd19_cd22": {"CD19", "CD22"}, "other": {"other"}}
CHANGES = ("Same target again", "Same and another target", "Another target")


@if_recorded
def by_targets(data: pd.DataFrame) -> Estimates:
    """Return the proportion with the outcome for every pair of targets, and for what changed from first to second.

    data: one row per patient with `event`, first_target and car_target, as `cohort.outcome` gives it. Rows of a first
    target (`variable` first_target, its name in level and term): one per second target (the group), then "All". Then
    those of the change (`variable` change_of_target): the same target again, an antigen more, or no antigen in common.
    Patients without one of the targets are left out. Empty when the cohort does not record both.
    """
    if not {FIRST, SECOND} <= {*data} or data[[FIRST, SECOND]].isna().any(axis=1).all():
        return estimates([])
    known = data[data[[FIRST, SECOND]].notna().all(axis=1)]
    firsts, seconds = (known[name].astype("category").cat.remove_unused_categories() for name in (FIRST, SECOND))
    pairs = [
        proportions(known[firsts == first].assign(target=seconds), "target", overall=True).assign(level=first)
        for first in firsts.cat.categories
    ]
    words = next(column.readable for column in dictionary() if column.name == FIRST)
    antigens = {label: ANTIGENS[word] for word, label in words.items()}
    changes = [_change(antigens[a], antigens[b]) for a, b in zip(firsts, seconds, strict=True)]
    order = pd.Categorical(changes, [name for name in CHANGES if name in changes], ordered=True)
    changed = proportions(known.assign(change=order), "change")
    changed = changed.assign(level=changed["group"], variable=CHANGE, variable_label="Change of target")
    pairs = [rows.assign(variable=FIRST, variable_label="First target") for rows in pairs]
    rows = stack(*pairs, changed)
    return rows.assign(term=rows["level"])


def _change(first: set[str], second: set[str]) -> str:
    """What a second infusion did with the antigens of the first."""
    same, both, other = CHANGES
    if first == second:
        return same
    return both if first & second else other
