import numpy as np
import pytest

from helpers.stats.estimates import COLUMNS, EstimatesError, estimates, not_estimable, stack

RECORD = {"measure": "survival", "method": "Kaplan-Meier, log-log interval", "estimate": 0.5}


def test_every_column_is_present_and_missing_fields_are_filled():
    frame = estimates([RECORD])
    assert list(frame.columns) == list(COLUMNS)
    assert frame.loc[0, "note"] == ""
    assert np.isnan(frame.loc[0, "ci_low"])


def test_no_records_give_an_empty_table_with_all_columns():
    assert list(estimates([]).columns) == list(COLUMNS)
    assert list(stack().columns) == list(COLUMNS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "speed"}, "unknown measure"),
        ({"method": ""}, "no method"),
        ({"ci_high": np.inf}, "infinite"),
        ({"value": 1}, "unknown column"),
        ({"estimate": np.nan}, "not estimable"),
    ],
)
def test_a_faulty_record_is_refused(change, message):
    with pytest.raises(EstimatesError, match=message):
        estimates([{**RECORD, **change}])


def test_all_faults_are_told_at_once():
    with pytest.raises(EstimatesError, match=r"estimate 0 .*estimate 1 "):
        estimates([{**RECORD, "measure": "speed"}, {**RECORD, "method": ""}])


def test_not_estimable_carries_its_reason():
    frame = estimates([not_estimable("no events", measure="median", method="Kaplan-Meier")])
    assert frame.loc[0, "note"] == "not estimable: no events"
    assert np.isnan(frame.loc[0, "estimate"])


def test_combine_keeps_the_order_given():
    frame = stack(estimates([RECORD]), estimates([]), estimates([{**RECORD, "estimate": 0.25}]))
    assert frame["estimate"].tolist() == [0.5, 0.25]
    assert frame.index.tolist() == [0, 1]
