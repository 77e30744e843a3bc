import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.frames import About, patients_about
from helpers.present.figures.swimmer import plot_swimmer
from helpers.present.layout.colors import ARM_STYLES
from helpers.study import DAYS_PER_MONTH

ARMS = ["Single CD19 or CD22", "Tandem CD19/CD22", "Sequential CD19 and CD22"]
STYLES = dict(zip(ARMS, ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>an arm with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def cohort(count, arms=ARMS, seed=0):
    rng = np.random.default_rng(seed)
    end = rng.exponential(400, count).clip(40, 1500).round()
    remission = rng.random(count) < 0.65
    relapse = remission & (rng.random(count) < 0.5)
    return pd.DataFrame(
        {
            "arm": rng.choice(arms, count, p=[0.5, 0.4, 0.1]),
            "last_contact_day": end,
            "death_day": np.where(rng.random(count) < 0.6, end, np.nan),
            "response": np.where(remission, "cr", "nr"),
            "remission_day": np.where(remission, 28.0, np.nan),
            "mrd": np.where(rng.random(count) < 0.6, "negative", "positive"),
            "relapse_day": np.where(relapse, (28 + (end - 28) * rng.uniform(0.2, 0.9, count)).round(), np.nan),
            "transplant_day": np.where(remission & (rng.random(count) < 0.3), 35, np.nan),
        }
    )


def draw(patients, styles=STYLES, clock="months since infusion", exposures=None):
    data = patients_about(patients, About(clock=clock, styles=styles))
    return plot_swimmer(data, exposures or {"Transplant": "transplant_day"}, id="swimmer", caption="All patients")


def line(figure, gid):
    found = [artist for artist in figure.canvas.axes[0].lines if artist.get_label() == gid]
    return np.concatenate([artist.get_xdata() for artist in found]) if found else np.array([])


def test_lanes_end_at_death_or_last_contact():
    patients = cohort(35)
    figure = draw(patients)
    ends = line(figure, "lane")[1::3]
    expected = patients["death_day"].fillna(patients["last_contact_day"]) / DAYS_PER_MONTH
    np.testing.assert_allclose(np.sort(ends), np.sort(expected))
    assert len(figure.data) == 35


def test_lanes_are_sorted_by_arm_and_then_by_length():
    data = draw(cohort(60)).data
    assert list(dict.fromkeys(data["arm"])) == ARMS
    for _, rows in data.groupby("arm"):
        assert rows["end_month"].is_monotonic_decreasing
    assert list(data["lane"]) == list(range(1, 61))


def test_every_event_is_drawn_at_its_month():
    patients = cohort(50)
    figure = draw(patients)
    for label, column in {"Relapse": "relapse_day", "Death": "death_day", "Transplant": "transplant_day"}.items():
        expected = np.sort(patients[column].dropna() / DAYS_PER_MONTH)
        np.testing.assert_allclose(np.sort(line(figure, label)), expected)
    alive = patients.loc[patients["death_day"].isna(), "last_contact_day"] / DAYS_PER_MONTH
    np.testing.assert_allclose(np.sort(line(figure, "Alive at last contact")), np.sort(alive))


def test_remission_runs_from_response_to_relapse_or_the_end():
    patients = cohort(50)
    figure = draw(patients)
    drawn = np.sort(line(figure, "remission")[1::3] - line(figure, "remission")[::3])
    well = patients[patients["response"] == "cr"]
    to = well["relapse_day"].fillna(well["death_day"]).fillna(well["last_contact_day"])
    np.testing.assert_allclose(drawn, np.sort((to - well["remission_day"]) / DAYS_PER_MONTH))
    negative = (well["mrd"] == "negative").sum()
    assert len(line(figure, "Remission, MRD negative")) == negative
    assert len(line(figure, "Remission, MRD positive or not known")) == len(well) - negative


def test_key_lists_only_what_happened():
    patients = cohort(20).drop(columns=["mrd", "transplant_day"])
    drawn = words(draw(patients))
    assert "Remission, MRD negative" not in drawn
    assert "Transplant" not in drawn
    assert "Relapse" in drawn


def test_a_cohort_in_remission_from_the_start_is_drawn_so():
    patients = cohort(12)[["arm", "last_contact_day", "death_day", "relapse_day"]]
    assert "remission" not in draw(patients).caption
    figure = draw(patients.assign(remission_day=0))
    assert (line(figure, "remission")[::3] == 0).all()
    assert len(line(figure, "remission")) == 36
    assert not any(word.startswith("Remission") for word in words(figure))


def test_the_axis_says_from_what_time_is_counted():
    assert "Months since allogeneic transplant" in words(draw(cohort(5), clock="months since allogeneic transplant"))


@pytest.mark.parametrize("count", [3, 35, 137, 1000])
def test_any_number_of_patients_stays_legible_on_one_page(count):
    figure = draw(cohort(count, seed=count))
    assert_legible(figure)
    assert figure.canvas.get_figheight() < 10.5
    assert len(figure.metadata()["svg"]) < 80_000


def test_of_many_patients_the_share_in_each_state_is_drawn():
    patients = cohort(1000)
    figure = draw(patients)
    end = patients["last_contact_day"].to_numpy()
    well, relapse = (patients["response"] == "cr").to_numpy(), patients["relapse_day"].to_numpy()
    died = patients["death_day"].notna().to_numpy()
    for (arm, month), rows in figure.data.groupby(["group", "time_months"]):
        day, own = month * DAYS_PER_MONTH, (patients["arm"] == arm).to_numpy()
        over, again = end <= day, relapse <= day
        expected = {
            "In remission": ~over & ~again & well & (day >= 28),
            "No remission so far": ~over & ~again & ~(well & (day >= 28)),
            "Relapsed": ~over & again,
            "Died": over & died,
            "No longer followed": over & ~died,
        }
        found = rows.set_index("term")["events"]
        assert found.to_dict() == {state: (who & own).sum() for state, who in expected.items()}
        assert found.sum() == rows["n"].iloc[0] == own.sum()
    assert len(line(figure, "lane")) == 0
    assert "Shares of patients in each state over time" in figure.alt
    assert set(figure.data["group"]) == set(ARMS)


def test_states_without_a_recorded_remission_are_alive_or_relapsed():
    figure = draw(cohort(400).drop(columns=["response", "remission_day", "mrd"]))
    assert list(dict.fromkeys(figure.data["term"])) == [
        "Alive without relapse",
        "Relapsed",
        "Died",
        "No longer followed",
    ]


def test_description_counts_what_happened_in_each_arm():
    patients = cohort(35)
    own = patients[patients["arm"] == ARMS[0]]
    alt_text = f"{ARMS[0]}, {len(own)} patients: {(own['response'] == 'cr').sum()} in remission, "
    assert (
        alt_text + f"{own['relapse_day'].notna().sum()} relapsed, {own['death_day'].notna().sum()} died"
        in draw(patients).alt
    )


def test_arms_without_patients_are_named():
    patients = cohort(35)
    assert f"No patients: {ARMS[2]}." in draw(patients[patients["arm"] != ARMS[2]]).caption


def test_texts_never_overlap_with_long_labels():
    figure = draw(cohort(200, LONG), {}, exposures={LONG[0]: "transplant_day"})
    assert_legible(figure)


def test_identifiers_stay_out_of_the_drawn_data():
    figure = draw(cohort(5).assign(patient_id=[f"SECRET-{number}" for number in range(5)]))
    assert "SECRET" not in figure.data.to_csv() + figure.alt + " ".join(words(figure))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    patients = cohort(20)
    before = patients.copy()
    assert draw(patients).metadata() == draw(patients).metadata()
    assert_leaves_settings_alone(lambda: draw(patients))
    pd.testing.assert_frame_equal(patients, before)


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(cohort(4).assign(last_contact_day=np.nan, death_day=np.nan)).role == "absent"
    assert draw(cohort(4).iloc[:0]).text.startswith("Not recorded in this cohort: ")
