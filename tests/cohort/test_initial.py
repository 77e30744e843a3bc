"""The first study.toml for a table that nobody has mapped yet."""

import tomllib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.initial import initial_study


def started(folder, table):
    table.to_csv(folder / "export.csv", index=False)
    first = initial_study(folder / "export.csv")
    (folder / "study.toml").write_text(first.text, encoding="utf-8")
    return first


def test_usual_table_loads_without_a_word_by_hand(tmp_path):
    table = pd.DataFrame(
        {
            "USUBJID": ["a", "b", "c"],
            "Group": [1, 2, 1],
            "Age": [30, 40, 50],
            "Gender": ["F", "M", "F"],
            "OS_months": [3.5, 10, 24],
            "OS_status": [1, 0, 0],
            "PFS_months": [2, 8, 24],
            "PFS_status": [1, 1, 0],
            "Best response": ["CR", "NR", "CRi"],
            "CRS": [0, 2, 3],
        }
    )
    first = started(tmp_path, table)
    cohort = load_cohort(tmp_path)
    assert cohort.recorded("age_years", "sex", "response", "crs_grade")
    assert cohort.endpoint("os")["time_months"].round(9).tolist() == [3.5, 10, 24]
    assert cohort.endpoint("lfs")["cause"].tolist() == ["relapse", "censored"]
    assert [arm.label for arm in cohort.study.arms] == ["Arm 1", "Arm 2"]
    assert not any(item.startswith(("arm:", "last_contact_day", "unit")) for item in first.missing)


def test_canonical_table_needs_no_mapping(tmp_path, patients):
    first = started(tmp_path, patients)
    assert len(load_cohort(tmp_path).patients) == len(patients)
    assert tomllib.loads(first.text)["columns"] == {"arm": {"column": "arm", "values": {"one": "one", "two": "two"}}}


def test_what_is_missing_is_listed(tmp_path):
    first = started(tmp_path, pd.DataFrame({"weight": [70, 80], "sex": ["f", "m"]}))
    text = " ".join(first.missing)
    for word in ("last_contact_day", "death_day", "unit of time", "arms", "age_years"):
        assert word in text
    assert "sex" not in text
    with pytest.raises(CohortError, match="last_contact_day"):
        load_cohort(tmp_path)


def test_identifiers_stop_it(tmp_path):
    with pytest.raises(CohortError, match="looks like a name"):
        started(tmp_path, pd.DataFrame({"Surname": ["x"], "arm": ["a"]}))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=5), st.lists(TEXT, min_size=1, max_size=5))
def test_any_headers_and_codes_give_valid_toml(tmp_path_factory, headers, codes):
    folder = tmp_path_factory.mktemp("first")
    table = pd.DataFrame({"arm": codes} | {header: "1" for header in headers if header != "arm"})
    try:
        first = started(folder, table)
    except CohortError:
        return
    assert tomllib.loads(first.text)["arms"]
