"""Tests of a 2x2 table, each under the name it is reported by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from helpers.stats.estimates import SEPARATED, Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.ties import tied

FISHER, FISHER_ONE_SIDED = "Fisher exact, two-sided", "Fisher exact, one-sided"
WALD, FIRTH_RATIO = "Wald logistic", "Firth, penalised likelihood ratio"
TRANSPOSED = "Boschloo, outcome totals fixed"
GRID = 1001  # nuisance proportions tried before the search
BOSCHLOO_LIMIT = 500  # patients; the search over the nuisance proportion takes seconds beyond


class NotEstimable(ValueError):
    """A statistic that has no value on these data: the reason given to the reader, and the status of the row."""

    status = ""


class ZeroCell(NotEstimable):
    """A ratio that runs to zero or without limit, because a cell of the table is empty."""

    status = SEPARATED


@dataclass(frozen=True)
class TwoByTwo:
    """Counts with and without the outcome in the treated and the control group, and how readers call the groups."""

    treated_yes: int
    treated_no: int
    control_yes: int
    control_no: int
    treated: str = "treated"
    control: str = "control"
    left_out: int = 0

    @property
    def array(self) -> np.ndarray:
        """Groups as rows (treated first), outcome as columns (with it first)."""
        return np.array([[self.treated_yes, self.treated_no], [self.control_yes, self.control_no]])

    @property
    def n(self) -> int:
        """Patients in the table."""
        return int(self.array.sum())

    @property
    def events(self) -> int:
        """Patients with the outcome."""
        return self.treated_yes + self.control_yes

    @property
    def note(self) -> str:
        """How many patients had no value, or nothing."""
        return f"{self.left_out} without a value left out" if self.left_out else ""


def two_by_two(data: pd.DataFrame, by: str) -> TwoByTwo:
    """Count a yes/no outcome, the column `event`, in two groups; column `by` lists the control group first.

    Patients in neither group are not counted; patients of a group without an outcome are left out and counted.
    Raises ValueError unless `by` has exactly two categories.
    """
    groups, event = data[by].astype("category"), data["event"]
    if len(groups.cat.categories) != 2:
        raise ValueError(f"{by}: a comparison needs two groups, not {list(groups.cat.categories)}")
    control, treated = groups.cat.categories
    known = event.dropna().astype(bool)
    yes = [int(known[groups == group].sum()) for group in (treated, control)]
    no = [int((~known[groups == group]).sum()) for group in (treated, control)]
    left_out = int((event.isna() & groups.notna()).sum())
    return TwoByTwo(yes[0], no[0], yes[1], no[1], str(treated), str(control), left_out)


def fisher_two_sided(table: TwoByTwo) -> float:
    """Return Fisher's exact P: tables as likely as the observed one or less, given both margins."""
    return float(stats.fisher_exact(table.array).pvalue)


def fisher_mid_p(table: TwoByTwo) -> float:
    """Return the two-sided Fisher P with the observed table counted half (Lancaster 1961)."""
    treated = mixed(table)[0].sum()
    return float(fisher_two_sided(table) - stats.hypergeom.pmf(table.treated_yes, table.n, table.events, treated) / 2)


def pearson(table: TwoByTwo) -> float:
    """Return Pearson's chi-square without a correction."""
    return float(stats.chi2_contingency(mixed(table), correction=False).statistic)


def n_minus_one(table: TwoByTwo) -> float:
    """Return Pearson's chi-square times (n - 1) / n (E. S. Pearson 1947; Campbell 2007)."""
    return pearson(table) * (table.n - 1) / table.n


def _g_statistic(cells: np.ndarray) -> float:
    """Return the likelihood ratio statistic (G test)."""
    return float(stats.chi2_contingency(cells, correction=False, lambda_="log-likelihood").statistic)


def log_odds_ratio(table: TwoByTwo) -> tuple[float, float]:
    """Return the log of the sample odds ratio and its standard error (Woolf); raises ZeroCell on an empty cell."""
    if (table.array == 0).any():
        raise ZeroCell(zero_cell(table))
    (a, b), (c, d) = table.array
    return float(np.log(a * d / (b * c))), float(np.sqrt((1 / table.array).sum()))


def wald(table: TwoByTwo) -> float:
    """Return z, the log odds ratio divided by its standard error."""
    log, error = log_odds_ratio(table)
    return log / error


def wald_p(table: TwoByTwo) -> float:
    """Return the two-sided P of z."""
    return float(2 * stats.norm.sf(abs(wald(table))))


def boschloo(table: TwoByTwo) -> float:
    """Return Boschloo's unconditional P, group sizes fixed: twice the smaller one-sided P.

    The groups are the two binomial samples, which scipy expects as columns.
    """
    return float(stats.boschloo_exact(_searchable(table).T).pvalue)


def barnard(table: TwoByTwo) -> float:
    """Return Barnard's unconditional P (pooled score statistic, group sizes fixed).

    The largest chance, over the proportion common to both groups, of a table as extreme as the observed one or more.
    Statistics are compared in whole numbers: scipy compares them as floats, and so loses tables that are as extreme.
    """
    (a, b), (c, d) = _searchable(table).tolist()
    treated, control = np.meshgrid(np.arange(a + b + 1), np.arange(c + d + 1), indexing="ij")
    events = treated + control
    gap = (treated * (c + d) - control * (a + b)) ** 2  # over events (n - events): the squared statistic, scaled
    observed, spread = (a * (c + d) - c * (a + b)) ** 2, events * (table.n - events)
    extreme = (gap * (a + c) * (b + d) >= observed * spread) & ((gap > 0) | (observed == 0))
    ways = special.comb(a + b, treated) * special.comb(c + d, control)
    return min(_largest_chance(np.bincount(events[extreme], ways[extreme], table.n + 1)), 1.0)


def _largest_chance(ways: np.ndarray) -> float:
    """Return the largest sum of ways[k] p^k (1 - p)^(n - k) over p, found on a grid and then exactly."""
    k, n = np.flatnonzero(ways), len(ways) - 1
    logs = np.log(ways[k])

    def chance(angle: float | np.ndarray) -> np.ndarray:
        p = np.sin(angle) ** 2  # peaks are as wide in the angle everywhere
        return np.exp(logs + special.xlogy(k, p) + special.xlog1py(n - k, -p)).sum(axis=-1)

    grid = np.linspace(0, np.pi / 2, GRID)
    best = int(np.argmax(tied(chance(grid[:, None]))))
    around = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
    peak = optimize.minimize_scalar(
        lambda angle: -float(chance(angle)), bounds=around, method="bounded", options={"xatol": 1e-10}
    )
    return max(float(-peak.fun), float(chance(grid[best])))


CHI_SQUARES: dict[str, Callable[[TwoByTwo], float]] = {
    "Pearson chi-square": pearson,
    "Chi-square with Yates correction": lambda table: stats.chi2_contingency(mixed(table), correction=True).statistic,
    "N-1 chi-square": n_minus_one,
    "Likelihood ratio": lambda table: _g_statistic(mixed(table)),
    # with the group as the only term, Firth's penalty adds half a patient to each cell
    FIRTH_RATIO: lambda table: _g_statistic(mixed(table) + 0.5),
}


def _by_chi_square(name: str) -> Callable[[TwoByTwo], float]:
    """Return the function that gives the P of a chi-square with one degree of freedom."""
    return lambda table: _of_chi_square(CHI_SQUARES[name](table))


def _of_chi_square(statistic: float) -> float:
    """Return the P of a chi-square with one degree of freedom."""
    return float(special.chdtrc(1, statistic))


TESTS: dict[str, Callable[[TwoByTwo], float]] = {
    FISHER: fisher_two_sided,
    FISHER_ONE_SIDED: lambda table: float(stats.fisher_exact(table.array, alternative="greater").pvalue),
    "Fisher mid-P": fisher_mid_p,
    **{name: _by_chi_square(name) for name in CHI_SQUARES if name != FIRTH_RATIO},
    WALD: wald_p,
    "Boschloo, two-sided": boschloo,
    # as if the outcome totals were the two samples: kept to recognise a transposed table
    TRANSPOSED: lambda table: float(stats.boschloo_exact(_searchable(table)).pvalue),
    "Barnard": barnard,
    FIRTH_RATIO: _by_chi_square(FIRTH_RATIO),
}


USUAL = {  # when a test is the usual choice
    FISHER: "an expected count below 5",
    FISHER_ONE_SIDED: "only where the other direction could not matter, decided beforehand",
    "Fisher mid-P": "small groups, where Fisher's test is thought too cautious",
    "Pearson chi-square": "every expected count 5 or more",
    "Chi-square with Yates correction": "formerly for every table of two by two",
    "N-1 chi-square": "every expected count 1 or more",
    "Likelihood ratio": "large groups, seldom for two by two",
    WALD: "large groups, beside an odds ratio",
    "Boschloo, two-sided": "trials with small groups of fixed size",
    TRANSPOSED: "not usual: nobody fixed how many would have the outcome",
    "Barnard": "trials with small groups of fixed size",
    FIRTH_RATIO: "beside an odds ratio, few patients or an empty cell",
}
TWO_SIDED = "Two-sided tests of the table"
QUESTIONS = {FISHER_ONE_SIDED: "One-sided, or transposed", TRANSPOSED: "One-sided, or transposed"}


@if_recorded
def compare(data: pd.DataFrame, by: str) -> Estimates:
    """Return one row per named test of the same 2x2 table (measure p_value).

    data: one row per patient with `event` (1, 0 or missing); the column `by` lists the control group first. The
    one-sided test asks whether the treated group has the higher proportion. The statistic is chi-square (df 1) or z,
    where there is one. A test that the table does not allow is "not estimable" with its reason. Two more columns:
    `usual`, when the test is the usual choice, and `question`, which tells two-sided tests of the table from others.
    """
    table = two_by_two(data, by)
    fixed = {**scope(data), **compared(data, by), "measure": "p_value", "n": table.n, "events": table.events}
    rows = estimates([{**fixed, "method": name, **attempted(partial(_tested, name), table)} for name in TESTS])
    questions = [QUESTIONS.get(name, TWO_SIDED) for name in TESTS]
    return rows.assign(usual=[USUAL[name] for name in TESTS], question=questions)


def p_value(table: TwoByTwo, test: str = FISHER) -> float:
    """Return the P of one named test. Raises NotEstimable when a group is empty or the table does not allow it."""
    require_groups(table)
    return min(1.0, TESTS[test](table))


def zero_cell(table: TwoByTwo) -> str:
    """Say which cells of the table are empty."""
    texts = ("no patient with the outcome in {}", "every patient in {} has the outcome")
    groups = zip((table.treated, table.control), table.array, strict=True)
    return " and ".join(texts[i].format(name) for name, counts in groups for i in np.flatnonzero(counts == 0))


def attempted(statistic: Callable[[TwoByTwo], dict], table: TwoByTwo) -> dict:
    """Return the record that a statistic makes of a table, or why it has no value."""
    try:
        return statistic(table)
    except NotEstimable as reason:
        return not_estimable(str(reason), status=reason.status)


def _tested(name: str, table: TwoByTwo) -> dict:
    """Return P, statistic and note of one test; that of a chi-square is P's own."""
    remarks = {
        FISHER_ONE_SIDED: f"alternative: higher in {table.treated}",
        TRANSPOSED: "the table transposed: patients with and without the outcome taken as the samples",
    }
    record: dict = {"note": "; ".join(filter(None, (remarks.get(name, ""), table.note)))}
    if name in CHI_SQUARES:
        require_groups(table)
        statistic = CHI_SQUARES[name](table)
        return record | {"p": _of_chi_square(statistic), "statistic": statistic, "df": 1}
    record["p"] = p_value(table, name)
    return record | {"statistic": wald(table)} if name == WALD else record


def require_groups(table: TwoByTwo) -> None:
    """Refuse a table with an empty group."""
    for name, size in zip((table.treated, table.control), table.array.sum(axis=1), strict=True):
        if size == 0:
            raise NotEstimable(f"no patients in {name}")


def mixed(table: TwoByTwo) -> np.ndarray:
    """Return the table, refusing one in which all patients have the same outcome."""
    if table.events in (0, table.n):
        raise NotEstimable("all patients have the same outcome")
    return table.array


def _searchable(table: TwoByTwo) -> np.ndarray:
    """Return the table, refusing one too large for an unconditional exact test."""
    if table.n > BOSCHLOO_LIMIT:
        raise NotEstimable(f"not computed for more than {BOSCHLOO_LIMIT} patients")
    return mixed(table)
