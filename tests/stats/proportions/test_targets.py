"""Remissions by first and second target against a recount."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats.estimates import filter_rows
from helpers.stats.proportions.targets import CHANGE, FIRST, by_targets

BOTH = "CD19 and CD22"


@pytest.fixture(scope="module")
def data():
    return load_cohort("data/second_cart").outcome("cr")


def test_every_pair_of_targets_is_a_recount(data):
    pairs = filter_rows(by_targets(data), variable=FIRST)
    counted = data.groupby(["first_target", "car_target"], observed=True)["event"].agg(["size", "sum"])
    for row in pairs[pairs["group"] != "All"].itertuples():
        size, events = counted.loc[(row.level, row.group)] if (row.level, row.group) in counted.index else (0, 0)
        assert (row.n, row.events) == (size, events)
    assert filter_rows(pairs, group="All")["n"].sum() == len(data)


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        ("CD19", "CD19", "Same target again"),
        (BOTH, BOTH, "Same target again"),
        ("CD19", BOTH, "Same and another target"),
        (BOTH, "CD22", "Same and another target"),
        ("CD22", "CD19", "Another target"),
        ("Other", "CD19", "Another target"),
    ],
)
def test_what_changed_is_told_by_the_antigens(data, first, second, change):
    one = data.head(1).assign(first_target=first, car_target=second)
    rows = filter_rows(by_targets(one), variable=CHANGE)
    assert rows["group"].tolist() == rows["level"].tolist() == [change]


def test_patients_without_a_target_are_left_out_and_without_both_columns_nothing_is_asked(data):
    partly = data.assign(first_target=data["first_target"].where(np.arange(len(data)) > 0))
    assert filter_rows(by_targets(partly), variable=CHANGE)["n"].sum() == len(data) - 1
    assert by_targets(data.drop(columns="car_target")).empty
    assert by_targets(data.assign(car_target=pd.Series(index=data.index, dtype=object))).empty
