"""Sentences and tables of the robustness report against recounts of the rows they are given."""

import numpy as np
import pandas as pd
import pytest
from legible import assert_legible

from helpers.present.figures.p_values import plot_p_values
from helpers.present.figures.specification import plot_each_specification, varying
from helpers.present.sentences import robustness
from helpers.present.tables import robustness as tables
from helpers.stats.estimates import estimates
from helpers.stats.planning.next_trial import plan_hazard

TESTS = {"Fisher exact, two-sided": 0.07, "Pearson chi-square": 0.042, "Wald logistic": np.nan, "Barnard": 0.047}


def p_values_of(values):
    about = {"measure": "p_value", "n": 35, "endpoint_label": "Remission", "group": "Tandem"}
    notes = {name: "" if p == p else "not estimable: a zero cell" for name, p in values.items()}
    return estimates({**about, "method": name, "p": p, "note": notes[name]} for name, p in values.items())


def curve(ratios, ps, events=20):
    about = {"measure": "hazard_ratio", "method": "Cox", "variable_label": "Tandem", "model_terms": 3, "n": 35}
    rows = [
        {**about, "term": f"Tandem [{i}]", "estimate": r, "ci_low": r / 2, "ci_high": r * 2, "p": p, "events": events}
        | {"note": "" if r == r else "not estimable: no events"}
        for i, (r, p) in enumerate(zip(ratios, ps, strict=True))
    ]
    fits = ["Firth", "maximum likelihood"] * (len(rows) // 2)
    return estimates(rows).assign(Fit=fits, Covariates=np.repeat(["none", "declared"], len(rows) // 2))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (TESTS, "depends on the test: it is under 2 of 3. Under the usual one (Fisher exact, two-sided) P = 0.070"),
        (dict.fromkeys(TESTS, 0.3), "no test in use gives P below 0.05"),
        (dict.fromkeys(TESTS, 0.01), "every test in use gives P below 0.05"),
    ],
)
def test_verdict_on_tests_follows_the_counts(values, words):
    assert words in robustness.test_verdict(p_values_of(values), "Fisher exact, two-sided")


@pytest.mark.parametrize(
    ("ratios", "ps", "words"),
    [
        ([0.5, 0.6, 0.7, 0.8], [0.01, 0.2, 0.3, 0.04], "depends on the analysis; all agree on the direction"),
        ([0.5, 1.6, 0.7, 0.8], [0.01, 0.2, 0.3, 0.04], "depends on the analysis; so does the direction"),
        ([0.5, 0.6, 0.7, 0.8], [0.1, 0.2, 0.3, 0.4], "No analysis has P below 0.05; they agree on the direction"),
        ([0.5, 1.6, 0.7, 0.8], [0.1, 0.2, 0.3, 0.4], "not even the direction is the same"),
        ([0.5, 0.6, 0.7, 0.8], [0.01, 0.02, 0.03, 0.04], "All agree."),
        ([np.nan] * 4, [np.nan] * 4, "none of 4 analyses gave an estimate"),
    ],
)
def test_verdict_on_analyses_follows_the_counts(ratios, ps, words):
    assert words in robustness.curve_verdict(curve(ratios, ps))


def test_counts_in_the_verdict_are_those_of_the_rows():
    told = robustness.curve_verdict(curve([0.5, 1.6, np.nan, 0.8], [0.01, 0.2, np.nan, 0.6], events=9))
    assert "3 of 4 analyses gave an estimate. The ratio is below 1 in 2 and above in 1 (median 0.80, from 0.50" in told
    assert "P is below 0.05 in 1 (1 below 1 and 0 above 1)" in told
    assert "3 of the estimates rest on fewer than 5 events per model term" in told


def test_empty_tables_give_no_sentence_and_say_so_in_tables(capsys):
    nothing = estimates([])
    assert robustness.test_verdict(nothing, "x") == robustness.curve_verdict(nothing) == ""
    assert robustness.curve_headline(nothing) == robustness.fragility(nothing) == robustness.detectable(nothing) == ""
    for table in (tables.fit_table, tables.plan_table, tables.choice_table):
        assert table(nothing, id="t", caption="Effects").role == "absent"
    tables.each_choice_table(nothing, id="t")
    assert capsys.readouterr().out == ""
    plot_each_specification(nothing, id="t", effect="Hazard ratio", below="")
    assert "Text" in capsys.readouterr().out
    assert robustness.headline_cards(nothing, nothing, nothing, pd.DataFrame()) == [
        ("Robustness", "nothing to compare", "in this cohort")
    ]


def test_effects_are_told_apart_by_their_column_not_by_their_term():
    rows = curve([0.5, 0.6], [0.01, 0.2])
    rows["variable_label"] = ["Donor", "Donor: sex"]
    assert robustness.curve_verdict(rows).count("1 of 1 analyses gave an estimate") == 2
    assert robustness.curve_headline(rows).startswith("Donor: 1 of 1 survival analyses")
    cards = robustness.headline_cards(estimates([]), rows, estimates([]), pd.DataFrame())
    assert [label for label, *_ in cards] == [f"Analyses with P below 0.05, {name}" for name in ("Donor", "Donor: sex")]


def test_plan_table_has_a_row_per_effect_and_every_number_once():
    row = curve([0.6, 0.6], [0.1, 0.1]).head(1).assign(share=0.4, endpoint="os")
    plan = plan_hazard(row, [0.5], label="Tandem, OS")
    table = tables.plan_table(plan, id="t", caption="Plan")
    assert [line[0] for line in table.rows] == [
        "Tandem, OS: hazard ratio 0.60, as observed",
        "Tandem, OS: hazard ratio 0.50 or 2.00, stated beforehand",
    ]
    assert table.rows[1][1:5] == ["66", "115", "88", "154"]
    assert "with 20 events only a hazard ratio of" in robustness.detectable(plan)


def test_fit_table_crosses_covariates_and_fits():
    table = tables.fit_table(curve([0.5, 0.6, 0.7, 0.8], [0.01, 0.2, 0.3, 0.4]), id="t", caption="x")
    assert [line[0] for line in table.rows] == ["none", "declared"]
    assert table.rows[0][1] == "0.50 (0.25 to 1.00), P = 0.010"


def test_choices_of_one_level_are_left_out_of_the_figure():
    found = curve([0.5, 0.6], [0.1, 0.1]).assign(Clock="infusion")
    assert varying(found, ["Clock", "Fit", "Endpoint"]) == ["Fit"]


def test_p_values_are_drawn_sorted_where_they_lie():
    figure = plot_p_values(p_values_of(TESTS), id="p", caption="P by test")
    assert_legible(figure)
    drawn = [line.get_xdata()[0] for ax in figure.canvas.axes for line in ax.lines if line.get_label() == "p"]
    assert drawn == [0.042, 0.047, 0.07]
    assert figure.caption == "P by test. 1 of 4 tests gave no P value."
    assert "2 lie below 0.05" in figure.alt


def test_no_p_value_gives_the_reason_in_place_of_a_figure():
    assert plot_p_values(p_values_of(dict.fromkeys(TESTS, np.nan)), id="p", caption="x").role == "absent"
    tiny = plot_p_values(p_values_of({"<b>$a_b$</b> " + "w" * 60: 1e-12, "b": 1.0}), id="p", caption="x")
    assert_legible(tiny)


def test_last_bits_are_no_direction_and_no_significance():
    even, level = [np.nextafter(1, 0), 1.0, np.nextafter(1, 2), 1.0], [np.nextafter(0.05, 0), 0.05, 0.05, 0.05]
    told = robustness.curve_verdict(curve(even, level))
    assert "below 1 in 0 and above in 0, neither in 4" in told
    assert "P is below 0.05 in 0." in told
    assert "0 of 4 survival analyses have P below 0.05; 0 have a" in robustness.curve_headline(curve(even, level))
    tests = p_values_of(dict(zip("abcd", level, strict=True)))
    assert "no test in use gives P below 0.05" in robustness.test_verdict(tests, "a")
    assert robustness.headline_cards(tests, estimates([]), estimates([]), pd.DataFrame())[0][1] == "0 of 4"


def test_equal_p_values_are_drawn_in_the_order_of_the_tests():
    tests = p_values_of({"first": np.nextafter(0.05, 1), "second": 0.05, "third": np.nextafter(0.05, 0)})
    figure = plot_p_values(tests, id="p", caption="P")
    assert figure.data["method"].tolist() == ["first", "second", "third"]
    assert "0 lie below 0.05" in figure.alt
