from helpers.present.tables import models as model_tables
from helpers.stats.estimates import NOT_ESTIMABLE, estimates, stack
from helpers.stats.models.diagnostics import e_values, holm


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "population": "patients in CR", "group": "All", "measure": "hazard_ratio"}
    return estimates({**fields, "method": "Cox, Efron ties", **shared, **record} for record in records)


FOUND = {"term": "A", "estimate": 2.0, "ci_low": 1.5, "ci_high": 3.0, "p": 0.01}
LOST = {"term": "B", "note": NOT_ESTIMABLE + "no events"}


def test_methods_stand_side_by_side_and_reasons_below():
    table = model_tables.by_method({"Efron": rows(FOUND, LOST), "Firth": rows(FOUND)}, id="x", caption="X")
    ratio = "2.00 (1.50 to 3.00), P = 0.010"
    assert table.rows == [["A", ratio, ratio], ["B", "not estimable", ""]]
    assert table.notes == ["Efron, B: not estimable: no events."]


def test_methods_without_rows_have_no_column_and_endpoints_head_their_terms():
    both = stack(rows(FOUND), rows(FOUND, endpoint="os"))
    table = model_tables.by_method({"Efron": both, "Firth": estimates([])}, id="x", caption="X")
    assert [label for label, _ in table.columns] == ["Term", "Efron"]
    assert [row[0] for row in table.rows] == ["Leukaemia-free survival", "A", "Overall survival", "A"]
    assert table.indent == [0, 1, 0, 1]
    assert model_tables.by_method({"Efron": estimates([])}, id="x", caption="X").role == "absent"


def test_imputation_is_shown_only_where_it_was_done():
    complete = stack(rows(FOUND), rows(FOUND, endpoint="os"))
    assert model_tables.imputed(complete, estimates([]), id="x", caption="X") is None
    table = model_tables.imputed(complete, rows(FOUND, endpoint="os"), id="x", caption="X")
    assert [row[0] for row in table.rows] == ["A"]


def test_proportionality_gives_p_and_chi_square_by_endpoint():
    found = {"term": "Age", "p": 0.02, "estimate": 5.4, "note": "2 degrees of freedom; complete cases: 9 of 10"}
    tests = rows(found, {**LOST, "term": "Global"}, measure="p_value")
    table = model_tables.proportionality(tests, id="x", caption="X")
    assert table.rows == [["Age", "P = 0.020 (chi-square 5.40, 2 degrees of freedom)"], ["Global", "not estimable"]]
    assert table.notes[0] == "Leukaemia-free survival: complete cases: 9 of 10."


def test_notes_of_whole_models_are_told_once():
    noted = {**FOUND, "note": "missing information 2%; 20 imputations; 6 of 62 patients lack a covariate"}
    table = model_tables.by_method({"Imputed": rows(noted, {**noted, "term": "B"})}, id="x", caption="X")
    shared = "Leukaemia-free survival, Imputed"
    assert table.notes == [f"{shared}: 20 imputations.", f"{shared}: 6 of 62 patients lack a covariate."]


def test_robustness_holds_the_adjusted_p_and_both_e_values():
    model = rows(FOUND, LOST, n=100, events=50)
    table = model_tables.robustness(model, holm(model), e_values(model), id="x", caption="X")
    assert table.rows[1][:4] == ["A", "2.00 (1.50 to 3.00)", "0.010", "0.010"]
    assert table.rows[2] == ["B", "not estimable", "", "", "not estimable", ""]
