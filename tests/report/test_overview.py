"""The page over all runs: what is pooled and what never is, every run with its numbers, what failed."""

import re

import numpy as np
import pandas as pd
import pytest
from batches import as_read, batch, one_run
from lxml import html

from helpers.report.overview import OverviewError, summary_page
from helpers.stats.centres import RANDOM_EFFECTS, comparable, pooled
from helpers.stats.estimates import single


def page(runs, rows, chosen=""):
    return html.fromstring(summary_page(runs, rows, chosen))


def text(element):
    return " ".join(element.text_content().replace("\u00a0", " ").replace("\u2060", "").split())


def answer(root):
    return text(root.xpath("//p[@class='answer']")[0])


def columns(root, table="table"):
    """The texts of a table's cells by run."""
    heads = [text(head) for head in root.xpath(f"//table[@aria-labelledby='{table}']//thead//th")]
    lines = root.xpath(f"//table[@aria-labelledby='{table}']//tbody/tr")
    return pd.DataFrame([[text(cell) for cell in line] for line in lines], columns=heads)


def test_survival_at_the_horizon_of_all_patients_is_pooled_and_drawn():
    runs, rows = batch()
    root = page(runs, rows)
    chosen = rows[(rows["endpoint"] == "os") & (rows["time_months"] == 24) & (rows["measure"] == "survival")]
    chosen = chosen[chosen["group"] == "All"]
    mean = single(pooled(comparable(chosen)), method=RANDOM_EFFECTS)
    assert answer(root).startswith(
        f"Overall survival at 24 months was {100 * mean['estimate']:.1f}% (95% CI {100 * mean['ci_low']:.1f} to "
        f"{100 * mean['ci_high']:.1f}) over 12 centres with {runs['patients'].sum():,} patients (random effects); "
        "the 95% prediction interval of a further centre is "
    )
    details = text(root.xpath("//p[@class='answer']/following-sibling::p")[0])
    assert re.search(r"Outside the 95% limits of the funnel: (none|\d) of 12 \(0\.6 expected by chance\)", details)
    assert "Between centres: I² " in details
    [image] = root.xpath("//img")
    assert image.get("alt").startswith("Funnel plot of Overall survival at 24 months in 12 centres")
    assert text(root.xpath("//figcaption")[0]).startswith("Figure 1. Overall survival at 24 months, by centre.")


def test_every_run_has_its_numbers():
    runs, rows = batch()
    table = columns(page(runs, rows))
    figures = ["Overall survival at 24 months", "Complete remission", "CRS, grade 3 or more"]
    assert list(table) == ["Run", "Patients", "Events", *figures]
    first = rows[rows["run"] == "centre-01"]
    os = first[(first["time_months"] == 24) & (first["group"] == "All") & (first["measure"] == "survival")].iloc[0]
    assert table.iloc[0]["Run"] == "centre-01"
    assert table.iloc[0]["Patients"] == str(runs["patients"].iloc[0])
    assert table.iloc[0]["Events"] == f"{os['events']:.0f}"
    low, high = 100 * os["ci_low"], 100 * os["ci_high"]
    assert table.iloc[0, 3] == f"{100 * os['estimate']:.1f}% ({low:.1f} to {high:.1f})"
    assert table["Complete remission"].unique().tolist() == ["50.0% (10.0 to 90.0)"]  # not that of one target


def test_a_column_says_whose_figure_it_holds_where_studies_differ():
    runs, rows = batch(4)
    rows.loc[(rows["endpoint"] == "cr") & (rows["run"] == "centre-03"), "population"] = "patients in CR"
    assert "Complete remission, all patients or patients in CR" in columns(page(runs, rows))


def test_runs_lead_to_their_collections_and_long_tables_can_be_sorted():
    root = page(*batch())
    assert root.xpath("//tbody//a/@href")[:2] == ["centre-01/index.html", "centre-02/index.html"]
    assert all("long" in kind.split() for kind in root.xpath("//figure[@class='table']//table/@class"))
    assert not root.xpath("//*[@style] | //link | //script[@src] | //img[not(starts-with(@src, 'data:'))]")


def test_any_estimate_can_be_chosen_by_its_id():
    runs, rows = batch()
    [id] = rows.loc[rows["endpoint"] == "severe_crs", "id"].unique()
    root = page(runs, rows, id)
    assert answer(root).startswith("CRS, grade 3 or more was ")
    figures = ["CRS, grade 3 or more", "Complete remission", "Overall survival, 24 months"]
    assert list(columns(root)) == ["Run", "Patients", "Events", *figures]
    assert id in text(root.xpath("//footer")[0])


def test_an_unknown_id_is_refused_and_says_where_ids_are():
    runs, rows = batch(3)
    with pytest.raises(OverviewError, match=r"no run has an estimate with the id 'os'; ids stand in the column id of"):
        summary_page(runs, rows, "os")


def test_without_survival_complete_remission_is_compared():
    runs, rows = batch()
    root = page(runs, rows[rows["endpoint"] != "os"])
    assert answer(root).startswith("Complete remission was 50.0% ")


def test_runs_of_one_study_are_not_pooled():
    runs, rows = batch(4)
    runs["study"] = ["data/a", "data/b/../a", "data/c", "data/d"]
    root = page(runs, rows)
    assert answer(root) == (
        "Overall survival at 24 months: not pooled, and no funnel plot. Several runs are of one study (centre-01 and "
        "centre-02), so they share patients and are no separate centres; a table of runs with one run for each study "
        "is pooled."
    )
    assert not root.xpath("//img")
    assert len(columns(root)) == 4


def test_copies_of_one_cohort_are_not_pooled():
    runs, rows = batch(4)
    many = pd.concat([rows] * 4, ignore_index=True)
    assert "over 4 centres" in answer(page(runs, many))
    same = many[many["run"] == "centre-01"].assign(run="centre-03")
    root = page(runs, pd.concat([many[many["run"] != "centre-03"], same], ignore_index=True))
    assert "The numbers of centre-01 and centre-03 are all equal, so their patients are the same." in answer(root)


def test_fewer_than_three_centres_are_not_pooled():
    assert "2 centres have this estimate; 3 are needed" in answer(page(*batch(2)))
    assert "1 centre has this estimate; 3 are needed" in answer(page(*batch(1)))


def test_what_has_no_standard_error_is_not_pooled():
    runs, rows = batch()
    [id] = rows.loc[rows["measure"] == "median", "id"].unique()
    told = answer(page(runs, rows, id))
    assert "What can be pooled are shares, ratios" in told
    assert told.endswith("this is of another kind (median).")


def test_synthetic_runs_are_listed_but_not_pooled_with_real_ones():
    runs, rows = batch()
    runs.loc[:1, "synthetic"] = True
    root = page(runs, rows)
    assert "over 10 centres" in answer(root)
    assert "2 runs of synthetic data are listed, but not pooled with real patients." in text(root)
    assert columns(root)["Run"].tolist()[:3] == ["centre-01 synthetic", "centre-02 synthetic", "centre-03"]
    assert "Patient data." in text(root.xpath("//header")[0])
    few = page(runs.assign(synthetic=runs["name"] != "centre-01"), rows)
    assert "1 centre has this estimate" in answer(few)


def test_a_batch_of_synthetic_runs_says_so_at_the_top():
    runs, rows = batch()
    root = page(runs.assign(synthetic=True), rows)
    assert "over 12 centres" in answer(root)
    assert "Synthetic data." in text(root.xpath("//header")[0])
    assert "not pooled with" not in text(root)


def test_too_few_at_risk_is_said_in_the_row_and_on_the_drawing():
    runs, rows = batch(6)
    at = (rows["run"] == "centre-02") & (rows["time_months"] == 24) & (rows["measure"] == "survival")
    rows.loc[at, "status"] = "few_at_risk"
    root = page(runs, rows)
    assert columns(root).iloc[1, 3] == "too few for a curve"
    assert "over 6 centres" in answer(root)  # leaving it out would leave out those whose patients died
    assert "6 centres are few" in text(root)
    assert "1 centre has too few patients at risk for a curve." in text(root)


def test_what_failed_is_listed_with_its_place_and_message():
    runs, rows = batch(5)
    failed = {"name": "bad <b>one</b>", "study": "data/x", "status": "failed", "notebook": "04_survival", "cell": 7.0}
    waiting = {"name": "later", "study": "data/y", "status": "not yet"}
    records = [*runs.to_dict("records"), failed | {"message": "row 3: <no day>"}, waiting]
    root = page(pd.DataFrame(records), rows)
    assert text(root.xpath("//p[@class='count']")[0]) == "5 of 7 runs done, 1 failed, 1 not yet done."
    assert columns(root, "left-table").to_numpy().tolist() == [
        ["bad <b>one</b>", "failed", "04_survival", "7", "row 3: <no day>"],
        ["later", "not yet", "", "", ""],
    ]
    assert not root.xpath("//td//no | //th//b")


def test_a_batch_without_a_finished_run_has_a_page():
    runs, rows = batch(2)
    root = page(runs.assign(status="failed", message="stopped"), rows.iloc[:0], "survival-00000000")
    assert answer(root) == "No run has an estimate to compare."
    assert text(root).count("No run is done.") == 1


def test_nobody_or_everybody_alive_and_one_patient_are_centres_too():
    runs, rows = batch(3)
    extra = {"alive": (9, 9, 1.0, 0.66, 1.0), "dead": (9, 0, 0.0, 0.0, 0.34), "one": (1, 1, 1.0, 0.025, 1.0)}
    new = runs.head(3).assign(name=list(extra), study=list(extra), patients=[9, 9, 1])
    tables = [
        one_run(name, n, alive, estimate=share, ci_low=low, ci_high=high, std_error=np.nan)
        for name, (n, alive, share, low, high) in extra.items()
    ]
    root = page(pd.concat([runs, new]), pd.concat([rows, as_read(tables)]))
    assert "over 6 centres" in answer(root)
    assert columns(root)["Overall survival at 24 months"].tolist()[3:] == [
        "100.0% (66.0 to 100.0)",
        "0.0% (0.0 to 34.0)",
        "100.0% (2.5 to 100.0)",
    ]


def test_the_month_is_that_of_most_runs():
    runs, rows = batch(5)
    rows.loc[(rows["run"] == "centre-05") & (rows["measure"] == "rmst"), "time_months"] = 12.0
    assert answer(page(runs, rows)).startswith("Overall survival at 24 months was ")


def test_hundreds_of_runs_give_a_small_page():
    runs, rows = batch(500)
    assert len(summary_page(runs, rows)) < 800_000
