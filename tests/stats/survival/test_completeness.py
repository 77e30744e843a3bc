import pandas as pd
import pytest

from helpers.stats.survival.follow_up import CLARK, follow_up


def frame(**columns):
    return pd.DataFrame(columns)


def completeness(data, by=None):
    rows = follow_up(data, by)
    return rows[rows["method"] == CLARK].reset_index(drop=True)


def test_clarks_index_recomputed_by_hand():
    data = frame(
        time_months=[100 / 30.4375, 200 / 30.4375, 50 / 30.4375],
        event=[1, 0, 0],
        infusion_date=["2020-01-01", "2020-01-01", "2020-01-11"],
    )
    row = completeness(data).iloc[0]
    assert row["estimate"] == pytest.approx((100 + 200 + 50) / (100 + 200 + 190), rel=1e-12)


def test_follow_up_to_the_close_of_all_the_living_is_complete():
    data = frame(time_months=[300 / 30.4375, 290 / 30.4375], event=[0, 0], infusion_date=["2020-01-01", "2020-01-11"])
    assert completeness(data).loc[0, "estimate"] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("dates", [{}, {"infusion_date": ["2020-01-01", None]}])
def test_without_dates_it_is_not_estimable(dates):
    data = frame(time_months=[1.0, 2.0], event=[0, 1], **dates)
    note = completeness(data).loc[0, "note"]
    assert note == "not estimable: the date of time 0 is not recorded for everybody"


def test_no_time_at_all_is_not_divided_by():
    data = frame(time_months=[0.0], event=[1], infusion_date=["2020-01-01"])
    assert completeness(data).loc[0, "note"] == "not estimable: no follow-up was possible"


def test_the_close_is_common_to_all_groups_and_an_empty_group_is_told():
    arms = pd.Categorical(["A", "B"], ["A", "B", "C"], ordered=True)
    data = frame(time_months=[100 / 30.4375, 200 / 30.4375], event=[0, 0], infusion_date=["2020-01-01"] * 2, arm=arms)
    rows = completeness(data, "arm")
    assert rows["estimate"].iloc[:2].tolist() == pytest.approx([0.5, 1])
    assert rows.loc[2, "note"] == "not estimable: no patients"
