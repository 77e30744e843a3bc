"""What the claims say together: true for every mixture of verdicts, silent where there is none."""

import pytest

from helpers import audit, marks
from helpers.audit.origin import with_origins
from helpers.cohort import load_cohort
from helpers.stats.estimates import estimates, with_ids


def claim(verdict, text="Remission in one arm", published="55.6%", ours="55.6%"):
    return {"claim": text, "published": published, "ours": ours, "verdict": verdict}


def test_no_claims_have_no_answer():
    assert audit.answer([]) == []
    assert audit.answer([claim("not recomputed"), claim("not comparable")]) == []


def test_what_hangs_on_the_method_comes_first_then_the_label_then_what_is_open():
    found = audit.answer([
        claim("agrees (by construction)"),
        claim("cannot be known", "Longer survival with consolidation"),
        claim("wrong label", ours="an odds ratio of no remission, 0.128"),
        claim("holds under one method", "More remissions", "P = 0.045", "P = 0.070"),
    ])  # fmt: skip
    assert found == [
        "More remissions: published P = 0.045, here P = 0.070.",
        "What was printed as a hazard ratio is an odds ratio of no remission, 0.128.",
        "Not determined by what was printed: longer survival with consolidation; the other claim agrees by "
        "construction, for the cohort is synthetic and was built to match.",
    ]


def test_figures_of_real_patients_are_counted():
    rows = [claim("agrees")] * 3 + [claim("differs", "OS at 1 year", "60.0%", "63.4%"), claim("not recomputed")]
    assert audit.answer(rows) == [
        "Other numbers here: OS at 1 year (published 60.0%, here 63.4%).",
        "3 of 4 published figures agree.",
    ]
    assert audit.answer([claim("agrees")]) == ["1 of 1 published figure agrees."]


def test_what_is_open_reads_as_one_list():
    rows = [claim("cannot be known", text) for text in ("The size of it", "Longer survival", "Survival benefit")]
    assert audit.answer(rows) == [
        "Not determined by what was printed: the size of it, longer survival and survival benefit."
    ]
    rows[0]["claim"] = "The size, if any"
    assert audit.answer(rows)[0].endswith(": the size, if any; longer survival; and survival benefit.")


def test_a_long_list_names_three_and_counts_the_rest():
    (found,) = audit.answer([claim("differs", f"Figure {number}") for number in range(40)])
    assert found.endswith("; and 37 more.")
    assert found.count("published") == 3


@pytest.fixture(scope="module")
def ranges():
    cohort = load_cohort("data/second_cart")
    rows = audit.range_estimates(audit.ranges(audit.ensemble_values(cohort)))
    return with_origins(with_ids(rows, "robustness"), cohort.study)


def test_card_says_in_how_many_compatible_cohorts_consolidation_is_significant(ranges):
    ((label, value, detail),) = audit.shares_card(ranges)
    rows = ranges[(ranges["variable"] == "consolidation") & (ranges["endpoint"] == "lfs")]
    shares = [f"{100 * share:.0f}%" for share in rows.loc[rows["measure"] == "compatible_significant", "estimate"]]
    assert label == "Consolidation and LFS: P < 0.05 in 1,000 compatible cohorts"
    assert marks.plain(value) == " / ".join(shares)
    assert marks.origins(value) == {"imposed", "implied"}
    assert detail == "ever-never (imposed) / time-dependent / day-90 landmark (709 with an estimate)"


def test_without_an_ensemble_there_is_no_card():
    assert audit.shares_card(estimates([])) == []


def test_a_share_next_to_all_or_none_is_not_rounded_to_it(ranges):
    rows = ranges[(ranges["variable"] == "consolidation") & (ranges["endpoint"] == "lfs")]
    ((_, value, _),) = audit.shares_card(rows.assign(estimate=0.999))
    assert "99.9%" in marks.plain(value)
