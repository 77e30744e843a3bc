"""Sentences on centres say what the rows hold, and what is too small is called small."""

import numpy as np
import pandas as pd
import pytest

from helpers.present.sentences import centres as sentences
from helpers.stats.centres import comparable, funnel, pooled
from helpers.stats.estimates import estimates

OS = {"endpoint_label": "overall survival", "population": "all patients", "group": "All", "method": "x"}
RATIO = OS | {"measure": "hazard_ratio", "group": "Arms", "term": "Tandem vs single", "std_error": 0.2, "n": 50}


def ratios(*values):
    return estimates([RATIO | {"estimate": value} for value in values])


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({"measure": "survival", "time_months": 24.0}, "Overall survival at 24 months"),
        ({"measure": "survival", "population": "patients in CR"}, "Overall survival, patients in CR"),
        ({"measure": "survival", "group": "Tandem"}, "Overall survival, Tandem"),
        ({"measure": "hazard_ratio", "term": "Age"}, "Overall survival, Age, hazard ratio"),
        (
            {"measure": "survival", "time_months": 28 / 30.4375, "term": "A", "group": "A"},
            "Overall survival at 0.9199 months, A",
        ),
        ({"measure": "proportion", "term": "overall survival"}, "Overall survival"),
    ],
)
def test_the_subject_names_what_differs_from_everybody(changes, printed):
    [row] = [row for _, row in estimates([OS | changes | {"estimate": 0.5}]).iterrows()]
    assert sentences.subject(row) == printed


def test_ratios_are_told_as_ratios():
    centres = funnel(comparable(ratios(0.5, 0.6, 0.7, 1.6)))
    told = sentences.in_common(centres, pooled(centres))  # by hand: the variances are equal, so weights are too
    lead, _, rest = told.partition(" over ")
    assert lead == "Overall survival, Tandem vs single, Arms, hazard ratio was 0.76 (95% CI 0.34 to 1.72)"
    assert rest == (
        "4 centres with 200 patients (random effects); the 95% prediction interval of a further centre is 0.14 to 4.23."
    )
    apart = sentences.apart(centres, pooled(centres))
    assert apart.startswith("Between centres: I² 84.9%, τ² 0.22 (log scale), P < 0.001 (Cochran's Q). ")
    assert "4 centres are few: the variance between them is poorly known." in apart


def test_equal_centres_differ_by_nothing():
    centres = funnel(comparable(ratios(*[0.5] * 12)))
    lead, outside = sentences.apart(centres, pooled(centres)).split(" Outside the 95% limits of the funnel: ")
    assert lead == "Between centres: I² 0.0%, τ² 0 (log scale), P > 0.99 (Cochran's Q)."
    assert outside == ("none of 12 (0.6 expected by chance); outside the 99.8% limits: none (0.02 expected by chance).")


def test_without_patients_only_centres_are_counted():
    centres = funnel(comparable(ratios(0.5, 0.6, 0.7).assign(n=np.nan)))
    assert "over 3 centres (random effects)" in sentences.in_common(centres, pooled(centres))


@pytest.mark.parametrize(
    ("states", "printed"),
    [
        (["done"], "1 of 1 run done."),
        (["done", "failed", "failed"], "1 of 3 runs done, 2 failed."),
        (["not yet"] * 1200, "0 of 1,200 runs done, 1,200 not yet done."),
    ],
)
def test_progress_counts_runs(states, printed):
    assert sentences.progress(pd.DataFrame({"status": states})) == printed


def test_reasons_name_the_first_runs():
    row = ratios(0.5).iloc[0]
    runs = pd.DataFrame({"name": list("abcde")})
    told = sentences.not_pooled(sentences.REPEATED, runs, row)
    assert "Several runs are of one study (a; b; and c and 2 more), so they share patients" in told
    told = sentences.not_pooled(sentences.UNMEASURED, runs, row)
    assert told.endswith(f"What can be pooled are {sentences.POOLABLE}; this is of another kind (hazard ratio).")
    assert sentences.unlike(0) == ""
    assert sentences.unlike(1) == "1 run of synthetic data is listed, but not pooled with real patients."
