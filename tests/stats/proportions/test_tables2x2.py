from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_reference import r_models, table_data
from scipy.stats import binom, hypergeom

from helpers.stats.proportions import tables2x2 as t
from helpers.stats.proportions.tables2x2 import TESTS, NotEstimable, TwoByTwo, compare, p_value, two_by_two

COUNTS = st.integers(0, 9)
IN_R = {
    "Fisher exact, two-sided": "fisher",
    "Fisher exact, one-sided": "one_sided",
    "Pearson chi-square": "pearson",
    "Chi-square with Yates correction": "yates",
    "N-1 chi-square": "n_minus_one",
    "Likelihood ratio": "g",
}


def compared(*counts):
    return compare(table_data(*counts), "contrast").set_index("method")


def fisher_by_enumeration(a, b, c, d):
    """Two-sided P, mid-P and one-sided P from whole numbers of tables."""
    n1, n2, yes = a + b, c + d, a + c
    ways = {x: comb(n1, x) * comb(n2, yes - x) for x in range(max(0, yes - n2), min(n1, yes) + 1)}
    total = sum(ways.values())
    two = sum(w for w in ways.values() if w <= ways[a])
    return two / total, (two - ways[a] / 2) / total, sum(w for x, w in ways.items() if x >= a) / total


def unconditional(table, scores):
    """Largest chance, over the common proportion, of a table whose score is as small as the observed one."""
    (a, b), (c, d) = table
    n1, n2 = a + b, c + d
    extreme = np.array([[scores(x, n1, y, n2) for y in range(n2 + 1)] for x in range(n1 + 1)])
    extreme = extreme <= extreme[a, c] * (1 + 1e-9)
    grid = np.linspace(0, 1, 4001)
    first, second = binom.pmf(np.arange(n1 + 1)[:, None], n1, grid), binom.pmf(np.arange(n2 + 1)[:, None], n2, grid)
    return np.einsum("xg,yg,xy->g", first, second, extreme.astype(float)).max()


@pytest.mark.parametrize("name", r_models()["tables"])
@pytest.mark.parametrize("test", IN_R)
def test_p_values_match_r(name, test):
    reference = r_models()["tables"][name]
    assert p_value(TwoByTwo(*reference["counts"]), test) == pytest.approx(reference[IN_R[test]], rel=1e-9)


def test_published_comparison_under_each_test():
    found = compared(12, 2, 11, 10)["p"].round(4).to_dict()
    assert found == {
        "Fisher exact, two-sided": 0.0697,
        "Fisher exact, one-sided": 0.0447,
        "Fisher mid-P": 0.0505,
        "Pearson chi-square": 0.0418,
        "Chi-square with Yates correction": 0.0946,
        "N-1 chi-square": 0.0449,
        "Likelihood ratio": 0.0348,
        "Wald logistic": 0.0539,
        "Boschloo, two-sided": 0.0514,
        "Boschloo, outcome totals fixed": 0.0445,
        "Barnard": 0.0467,
        "Firth, penalised likelihood ratio": 0.0454,
    }


@settings(deadline=None)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_fisher_equals_enumeration(a, b, c, d):
    table = TwoByTwo(a, b, c, d)
    if 0 in (a + b, c + d, a + c, b + d):
        return
    two, mid, one = fisher_by_enumeration(a, b, c, d)
    assert p_value(table) == pytest.approx(two, rel=1e-9)
    assert p_value(table, "Fisher mid-P") == pytest.approx(mid, rel=1e-9)
    assert p_value(table, "Fisher exact, one-sided") == pytest.approx(one, rel=1e-9)


@pytest.mark.parametrize("counts", [(12, 2, 11, 10), (5, 4, 2, 9), (0, 6, 3, 4)])
def test_boschloo_takes_the_groups_as_samples(counts):
    table = TwoByTwo(*counts)

    def upper(x, n1, y, n2):
        return hypergeom.sf(x - 1, n1 + n2, x + y, n1)

    def lower(x, n1, y, n2):
        return hypergeom.cdf(x, n1 + n2, x + y, n1)

    groups = min(1, 2 * min(unconditional(table.array, upper), unconditional(table.array, lower)))
    totals = min(1, 2 * min(unconditional(table.array.T, upper), unconditional(table.array.T, lower)))
    assert t.boschloo(table) == pytest.approx(groups, rel=1e-4)
    assert TESTS[t.TRANSPOSED](table) == pytest.approx(totals, rel=1e-4)


@pytest.mark.parametrize("counts", [(12, 2, 11, 10), (5, 4, 2, 9), (0, 6, 3, 4)])
def test_barnard_equals_search_over_the_nuisance_proportion(counts):
    def score(x, n1, y, n2):
        pooled = (x + y) / (n1 + n2)
        spread = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
        return 1.0 if spread == 0 else 1 / (1 + abs(x / n1 - y / n2) / np.sqrt(spread))

    table = TwoByTwo(*counts)
    assert t.barnard(table) == pytest.approx(unconditional(table.array, score), rel=1e-4)


@pytest.mark.parametrize(
    "counts", [(12, 2, 11, 10), (13, 1, 2, 2), (0, 8, 9, 2), (2, 4, 5, 0), (5, 7, 2, 5), (3, 3, 2, 2)]
)
def test_barnard_counts_every_table_that_is_as_extreme(counts):
    # mirrored tables tie exactly; as floats they differ by a last bit, and scipy gives 0.044 for the second table
    first, second = sum(counts[:2]), sum(counts[2:])

    def squared(x, y):
        pooled = Fraction(x + y, first + second)
        gap = (Fraction(x, first) - Fraction(y, second)) ** 2
        return gap / (pooled * (1 - pooled)) if gap else Fraction(0)

    own = squared(counts[0], counts[2])
    tables = [(x, y) for x, y in product(range(first + 1), range(second + 1)) if squared(x, y) >= own]
    p = np.linspace(0, 1, 20_001)
    chances = sum(binom.pmf(x, first, p) * binom.pmf(y, second, p) for x, y in tables)
    assert t.barnard(TwoByTwo(*counts)) == pytest.approx(min(chances.max(), 1.0), rel=1e-7)


def test_firth_equals_penalised_likelihood_maximised_numerically():
    from firthmodels import FirthLogisticRegression

    data = table_data(12, 2, 11, 10)
    treated = (data["contrast"] == "tandem").to_numpy(float)[:, None]
    model = FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9, max_halfstep=0)
    model.fit(treated, data["event"].to_numpy()).lrt()
    assert p_value(TwoByTwo(12, 2, 11, 10), t.FIRTH_RATIO) == pytest.approx(model.lrt_pvalues_[0], rel=1e-8)


@settings(deadline=None, max_examples=20)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_every_table_gives_a_p_or_a_reason(a, b, c, d):
    found = compared(a, b, c, d)
    assert list(found.index) == list(TESTS)
    assert (found["p"].between(0, 1) | found["note"].str.startswith("not estimable: ")).all()
    assert (found["n"] == a + b + c + d).all()
    assert (found["events"] == a + c).all()


def test_reasons_name_the_group():
    assert compared(0, 0, 3, 4)["note"].unique().tolist() == ["not estimable: no patients in tandem"]
    assert compared(5, 0, 3, 4).loc["Wald logistic", "note"] == "not estimable: every patient in tandem has the outcome"


def test_treated_group_is_the_last_category_and_missing_outcomes_are_counted():
    groups = pd.Categorical(["a", "b", "b", "b", None], ["b", "a"], ordered=True)
    data = pd.DataFrame({"event": [1, 0, None, 1, 0], "arm": groups})
    table = two_by_two(data, "arm")
    assert (table.treated, table.control, table.left_out) == ("a", "b", 1)
    assert table.array.tolist() == [[1, 0], [1, 1]]
    assert "1 without a value left out" in compare(data, "arm")["note"].iloc[0]


def test_three_groups_are_refused():
    with pytest.raises(ValueError, match="two groups"):
        two_by_two(pd.DataFrame({"event": [1, 0, 1], "arm": ["a", "b", "c"]}), "arm")


def test_unconditional_tests_stop_at_large_tables():
    with pytest.raises(NotEstimable, match="more than 500"):
        t.barnard(TwoByTwo(200, 100, 150, 100))
