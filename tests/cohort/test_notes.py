"""What is no fault but should be known of a cohort's data."""

from helpers.cohort import load_cohort

COUNTS = "patient_id,day,anc_e9_per_l,platelets_e9_per_l\n"


def note(folder, start):
    """How many patients a note was asked of, and of how many it is true; None when it was not asked."""
    quality = load_cohort(folder).quality
    found = quality[(quality["kind"] == "note") & quality["check"].str.startswith(start)]
    return found[["rows_checked", "rows_touched"]].to_numpy().tolist()[0] if len(found) else None


def test_a_cr_with_low_counts_in_the_nearest_sample_is_noted(make_cohort, patients):
    rows = [
        "P01,21,0.9,150",  # CR on day 28: neutrophils low; a week away is near enough
        "P01,36,5.0,150",  # further away
        "P03,26,1.0,100",  # CR on day 27: on both limits
        "P03,28,0.1,10",  # as near, but later
        "P06,29,1.2,99",  # CR on day 29: platelets low
        "P08,37,0.1,10",  # CR on day 28: no sample near
        "P02,30,0.1,10",  # CRi
    ]
    counts = COUNTS + "\n".join(rows) + "\n"
    assert note(make_cohort(patients, blood_counts=counts), "CR with counts below") == [3, 2]


def test_counts_without_platelets_say_nothing_about_a_cr(make_cohort, patients):
    counts = "patient_id,day,anc_e9_per_l\nP01,28,0.1\n"
    assert note(make_cohort(patients, blood_counts=counts), "CR with counts below") is None
    assert note(make_cohort(patients), "CR with counts below") is None


def test_remission_before_treatment_is_noted(make_cohort, patients, study_toml):
    known = patients.assign(
        bm_blasts_pct=["4.9", "5", "1", "", "80", "0", "3", "60"],
        extramedullary_disease=["no", "no", "yes", "no", "no", "no", "", "yes"],
    )
    assert note(make_cohort(known), "in morphological remission before") == [6, 2]
    in_remission = study_toml + "[response]\nat_time_zero = true\n"
    assert note(make_cohort(known, in_remission), "in morphological remission before") is None


def test_the_shipped_cohort_contradicts_neither(tmp_path):
    assert note("data/second_cart", "CR with counts below")[1] == 0
    assert note("data/second_cart", "in morphological remission before") == [35, 0]
