from helpers.present import tables
from helpers.stats.estimates import NOT_ESTIMABLE, estimates, stack
from helpers.stats.models.diagnostics import e_values, holm


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "endpoint_label": "Leukaemia-free survival", "population": "patients in CR"}
    fields |= {"group": "All", "measure": "hazard_ratio"}
    return estimates({**fields, "method": "Cox, Efron ties", **shared, **record} for record in records)


FOUND = {"term": "A", "estimate": 2.0, "ci_low": 1.5, "ci_high": 3.0, "p": 0.01}
LOST = {"term": "B", "note": NOT_ESTIMABLE + "no events"}


def test_methods_stand_side_by_side_and_reasons_below():
    table = tables.by_method(tables.methods({"Efron": rows(FOUND, LOST), "Firth": rows(FOUND)}), id="x", caption="X")
    ratio = "2.00 (1.50 to 3.00), P = 0.010"
    assert table.rows == [["A", ratio, ratio], ["B", "not estimable", ""]]
    assert table.notes == ["Efron, B: not estimable: no events."]


def test_methods_without_rows_have_no_column_and_endpoints_head_their_terms():
    both = stack(rows(FOUND), rows(FOUND, endpoint="os", endpoint_label="Overall survival"))
    table = tables.by_method(tables.methods({"Efron": both, "Firth": estimates([])}), id="x", caption="X")
    assert [label for label, _ in table.columns] == ["Factor", "Efron"]
    assert [row[0] for row in table.rows] == ["Leukaemia-free survival", "A", "Overall survival", "A"]
    assert table.indent == [0, 1, 0, 1]
    assert tables.by_method(tables.methods({"Efron": estimates([])}), id="x", caption="X").role == "absent"


def test_imputation_is_shown_only_where_it_was_done():
    complete = stack(rows(FOUND), rows(FOUND, endpoint="os", endpoint_label="Overall survival"))
    assert tables.imputed(complete, estimates([]), id="x", caption="X") is None
    table = tables.imputed(complete, rows(FOUND, endpoint="os", endpoint_label="Overall survival"), id="x", caption="X")
    assert [row[0] for row in table.rows] == ["A"]


def test_an_endpoint_without_any_estimate_is_a_note_and_shared_reasons_are_told_once():
    nothing = rows(LOST, endpoint="nrm", endpoint_label="NRM")
    both = stack(rows(FOUND, LOST), nothing)
    table = tables.by_method(tables.methods({"Efron": both, "Firth": both}), id="x", caption="X")
    assert [row[0] for row in table.rows] == ["A", "B"]
    assert table.notes == ["B: not estimable: no events.", "NRM: not estimable: no events."]
    alone = tables.by_method(tables.methods({"Efron": nothing}), id="x", caption="X")
    assert alone.role == "absent"


def test_notes_of_whole_models_are_told_once():
    noted = {**FOUND, "note": "20 imputations; 6 of 62 patients lack a covariate"}
    share = {"term": "A", "measure": "missing_information", "estimate": 0.02, "note": "20 imputations"}
    table = tables.by_method(
        tables.methods({"Imputed": rows(noted, {**noted, "term": "B"}, share)}), id="x", caption="X"
    )
    assert table.notes == ["Leukaemia-free survival, Imputed: 20 imputations; 6 of 62 patients lack a covariate."]
    assert [row[0] for row in table.rows] == ["A", "B"]


def test_multiplicity_holds_the_adjusted_p_and_both_e_values():
    model = rows(FOUND, LOST, n=100, events=50)
    table = tables.multiplicity(model, holm(model), e_values(model), id="x", caption="X")
    assert table.rows[1][:4] == ["A", "2.00 (1.50 to 3.00)", "0.010", "0.010"]
    assert table.rows[1][5] == "1.98"  # 1.32 as a risk ratio
    assert table.rows[2] == ["B", "not estimable", "", "", "not estimable", "not estimable"]


def test_later_treatments_head_the_ways_in_which_they_are_counted():
    ever = {**FOUND, "level": "ever", "reference": "never", "comparison": "exposure"}
    late = {**LOST, "level": "by day 60", "reference": "not", "comparison": "exposure"}
    labels = ({"variable_label": "GvHD"}, {"variable_label": "Transplant"})
    made = rows(*({**ways, **label} for label in labels for ways in (ever, late)))
    table = tables.exposures(tables.methods({"Without the arms": made, "With the arms": made}), id="x", caption="X")
    assert [row[0] for row in table.rows] == [
        "GvHD", "Ever vs never", "By day 60 vs not", "Transplant", "Ever vs never", "By day 60 vs not",
    ]  # fmt: skip
    assert table.notes[0] == "GvHD, By day 60 vs not: not estimable: no events."
