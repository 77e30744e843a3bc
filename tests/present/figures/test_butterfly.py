from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from legible import assert_legible, rectangles, words

from helpers.cohort import load_cohort
from helpers.present.figures.butterfly import plot_butterfly
from helpers.present.layout.colors import ARM_STYLES
from helpers.stats.safety.adverse_events import SEVERE, TERM, adverse_events_by_term

GROUPS = ["Single CD19 or CD22", "Tandem CD19/CD22"]
LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]


def study_of(groups=GROUPS):
    return SimpleNamespace(sides=dict(zip(groups[:2], ARM_STYLES, strict=False)))


def estimates_of(terms, share, groups=GROUPS, sizes=(18, 14)):
    """Rows of adverse events; every third patient with an event has it at grade 3 or more."""
    rows = [
        {
            "endpoint": endpoint,
            "group": group,
            "term": f"Class: {term}",
            "level": term,
            "events": events // part,
            "n": n,
        }
        for number, term in enumerate(terms)
        for group, n in zip(groups, sizes, strict=True)
        for events in [int(share * n / (1 + number / 3))]
        for endpoint, part in ((TERM, 1), (TERM + SEVERE, 3))
    ]
    columns = ["endpoint", "group", "term", "level", "events", "n"]
    return pd.DataFrame(rows, columns=columns).assign(measure="proportion", variable="Class")


def butterfly(rows, study):
    return plot_butterfly(rows, study, id="ae", caption="Adverse events")


def test_wings_equal_the_counts_of_both_sides():
    rows = estimates_of(["Neutropenia", "Infection", "Nausea"], 0.9)
    figure = butterfly(rows, study_of())
    assert_legible(figure)
    for gid, endpoint in (("any", TERM), ("severe", TERM + SEVERE)):
        expected = rows[(rows["endpoint"] == endpoint) & (rows["events"] > 0)]
        signs = np.where(expected["group"] == GROUPS[0], -1, 1)
        drawn = sorted(patch.width for patch in rectangles(figure.axes, gid))
        np.testing.assert_allclose(drawn, sorted(signs * expected["events"] / expected["n"]))
    assert "16 / 5" in words(figure)


def test_only_the_most_frequent_terms_are_drawn_and_the_caption_says_so():
    figure = butterfly(estimates_of([f"Event {number}" for number in range(40)], 0.9), study_of())
    assert figure.data["term"].nunique() == 30
    assert figure.caption.endswith("The 30 most frequent of 40 terms.")


def test_a_term_of_two_classes_keeps_its_class():
    rows = estimates_of(["Pain: chest"], 0.9)
    other = rows.assign(term="Odd: class: Pain: chest", variable="Odd: class")
    alone = estimates_of(["Nausea: mild"], 0.9)
    figure = butterfly(pd.concat([rows, other, alone]), study_of())
    assert set(figure.data["term"]) == {"Class: Pain: chest", "Odd: class: Pain: chest", "Nausea: mild"}


@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_texts_of_butterflies_never_overlap(share):
    rows = estimates_of(["Neutropenia", "Infection of the blood stream", *LONG], share, LONG[:2], (137, 1000))
    assert_legible(butterfly(rows, study_of(LONG)))


def test_the_two_sides_of_the_study_are_drawn_with_a_recount():
    cohort = load_cohort("data/second_cart")
    sides = adverse_events_by_term(cohort.patients, cohort.adverse_events, by="contrast")
    data = butterfly(sides, cohort.study).data
    assert set(data["group"]) == {"Tandem", "Single or sequential"}
    events = cohort.adverse_events
    people = events[(events["term"] == "Lung infection") & ~(events["onset_day"] < 0)]["patient_id"].nunique()
    assert data.loc[data["term"] == "Lung infection", "events"].sum() == people


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    nobody = estimates_of(["Nausea"], 0.9, sizes=(0, 0))
    assert butterfly(nobody, study_of()).role == "absent"
    assert butterfly(nobody.iloc[:0], study_of()).text.startswith("Not recorded in this cohort: ")
