"""Sentences on proportions and their comparison: how many responded, and what P depends on."""

import pandas as pd

from helpers import marks
from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed
from helpers.present.sentences.models import choice_of_covariates
from helpers.present.values import capital, count_with_percent, interval, marked, p_text, value_with_ci, within
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.proportions.targets import CHANGE
from helpers.stats.ties import below, tied
from helpers.study import Study


def proportions(estimates: pd.DataFrame, outcome: str = "") -> str:
    """ "Complete remission: 23 of 35 (65.7%, 95% CI 47.8 to 80.9); by arm: Single 10/18 (55.6%); Tandem ...".

    `outcome` names what the proportion is of, in place of the label of its endpoint.
    """
    everybody = filter_rows(estimates, group="All")
    if everybody.empty or not everybody["n"].iloc[0]:
        return ""
    row = everybody.iloc[0]
    counts = f"{int(row['events'])} of {int(row['n'])} ({fmt.percent(row['estimate'])}, 95% CI {interval(row)})"
    lead = f"{outcome or capital(row['endpoint_label'])}: {marked(row, counts)}"
    arms = [f"{arm['group']} {count_with_percent(arm)}" for _, arm in estimates.iterrows() if arm["group"] != "All"]
    return f"{lead}; by arm: {'; '.join(arms)}." if len(arms) > 1 and row["events"] else f"{lead}."


def each_proportion(estimates: pd.DataFrame) -> list[str]:
    """A sentence per proportion of everybody: "Severe CRS: 5 of 35 (14.3%, 95% CI 4.8 to 30.3)."."""
    return [proportions(rows) for _, rows in estimates.groupby(["endpoint", "level"], sort=False)]


def count_cards(estimates: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Cards of proportions: the endpoint, with its group if not "All"; "5/35"; "14.3% (95% CI 4.8 to 30.3)"."""
    rows = [row for _, row in estimates.iterrows() if row["n"]]
    return [(_card_label(row), marked(row, fmt.count_of(row["events"], row["n"])), value_with_ci(row)) for row in rows]


def _card_label(row: pd.Series) -> str:
    label = capital(row["endpoint_label"])
    return label if row["group"] == "All" else f"{label}, {row['group']}"


def comparison(sides: pd.DataFrame, difference: pd.DataFrame, test: pd.DataFrame, study: Study) -> str:
    """The declared comparison of remissions in one sentence: both sides, the difference with its interval, and P.

    `sides` are the proportions by contrast, `difference` one risk difference, `test` one P. "" without a comparison.
    """
    if difference.empty or not sides["n"].all():
        return ""
    control, treated = (row for _, row in sides.iterrows())
    p = "".join(f"; {p_text(row)} ({row['method']})" for _, row in test.iterrows() if p_text(row))
    row = difference.iloc[0]
    counts = f"{count_with_percent(treated)} against {count_with_percent(control)}"
    return f"{row['group']}: {_points(row, f' {study.response.plural}', '95% CI ')}, {counts}{p}."


def comparison_card(sides: pd.DataFrame, difference: pd.DataFrame, fisher: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The card of the declared comparison: "12/14 v 11/21", "33 points more (1 to 56); Fisher P = 0.070".

    Arguments as for `comparison`, the test being Fisher's. Without a comparison no card.
    """
    if difference.empty or not sides["n"].all():
        return []
    control, treated = (row for _, row in sides.iterrows())
    row = difference.iloc[0]
    label = f"{capital(row['endpoint_label'])}, {row['group']}"
    counts = " v ".join(marked(row, fmt.count_of(row["events"], row["n"])) for row in (treated, control))
    p = "".join(f"; Fisher {p_text(row)}" for _, row in fisher.iterrows() if p_text(row))
    return [(label, counts, f"{_points(row)}{p}")]


def _points(row: pd.Series, what: str = "", name: str = "") -> str:
    """A difference in whole percentage points, in its direction: "33 points more (1 to 56)".

    A limit on the other side of no difference has a minus sign. One decimal where a whole number would be 0.
    """
    ends = pd.Series([row["estimate"], row["ci_low"], row["ci_high"]]) * 100
    if ends.isna().any():
        return f"difference {row['note'] or fmt.NOT_ESTIMABLE}"
    digits = 1 if (below(ends.abs(), 0.5) & (ends != 0)).any() else 0
    sign = -1 if below(ends[0], 0) else 1
    size, low, high = (fmt.number(end, digits) for end in (sign * ends[0], *sorted(sign * ends[1:])))
    direction = f"{size} {'point' if size == '1' else 'points'} {'fewer' if sign < 0 else 'more'}{what}"
    if not ends[0]:
        direction = f"no difference in{what or ' points'}"
    return marked(row, f"{direction} ({name}{low} to {high})")


def tests(estimates: pd.DataFrame) -> str:
    """The range of P over the tests of one table, and on which side of 0.05 it lies; nothing for a single test."""
    done = estimates[estimates["p"].notna()]
    if len(done) < 2:
        return ""
    p = pd.Series(tied(done["p"]), done.index)  # of equal ones the first is named
    ends = (done.loc[p.idxmin()], done.loc[p.idxmax()])
    low, high = (f"{marked(row, fmt.p_value(row['p']))} ({row['method']})" for row in ends)
    runs = f"runs from {low} to {high}"
    if len({fmt.p_value(row["p"]) for row in ends}) == 1:
        runs = f"prints as {marked(ends[0], fmt.p_value(ends[0]['p']))} in each"
    count = int(below(p, ALPHA).sum())
    sides = {0: f"none is below {ALPHA:g}", len(done): f"each is below {ALPHA:g}"}
    side = sides.get(count, f"whether it is below {ALPHA:g} depends on the test")
    return f"Over {len(done)} tests of the same table P {runs}: {side}."


def days(description: pd.DataFrame, what: str, unit: str = "") -> str:
    """ "CRS began on day 4 (median of 28 patients; range 1 to 9)." from the rows of "All" of a described number.

    `unit` ("day") stands behind the median: "CRS lasted 5 days (median of 28 patients; range 1 to 9).".
    """
    rows = description[(description["group"] == "All") & (description["measure"] != "missing")]
    numbers = rows.drop_duplicates("measure").set_index("measure")
    if rows.empty or fmt.is_missing(numbers.loc["median", "estimate"]):
        return ""
    least, middle, most = (
        marked(numbers.loc[name], fmt.plain(numbers.loc[name, "estimate"])) for name in ("minimum", "median", "maximum")
    )
    units = f" {unit}{'' if numbers.loc['median', 'estimate'] == 1 else 's'}" if unit else ""
    count = int(rows["n"].iloc[0])
    if count == 1:
        return f"{what} {middle}{units} (one patient)."
    if marks.plain(least) == marks.plain(most):
        return f"{what} {middle}{units} in each of {fmt.plural(count, 'patient')}."
    return f"{what} {middle}{units} (median of {fmt.plural(count, 'patient')}; range {least} to {most})."


def post_hoc(study: Study) -> str:
    """That the comparison was chosen after the data were seen; nothing when it was not."""
    if study.contrast is None or not study.contrast.post_hoc:
        return ""
    chosen = f"The comparison {study.contrast.label} was chosen after the data were seen (post hoc)"
    other = " The test of all arms does not depend on that choice." if len(study.arms) > 2 else ""
    return f"{chosen}: P values of such comparisons tend to be too small.{other}"


def interactions(subgroups: pd.DataFrame) -> str:
    """Whether the comparison differs between subgroups by more than chance, factor by factor."""
    tests = subgroups[(subgroups["comparison"] == "interaction") & subgroups["p"].notna()]
    if tests.empty:
        return ""
    factors = listed(f"{within(row['variable_label'])} {p_text(row)}" for _, row in tests.iterrows())
    count = int(below(tests["p"], ALPHA).sum())
    found = f"{count} of {len(tests)} below {ALPHA:g}"
    if not count:
        found = f"none below {ALPHA:g}, which does not show that subgroups are alike"
    return f"Whether the odds ratio differs between subgroups (interaction): {factors}; {found}."


def targets(estimates: pd.DataFrame) -> str:
    """The outcome by what changed from the first target to the present one (`proportions.by_targets`)."""
    rows = filter_rows(estimates, variable=CHANGE)
    shares = [f"{within(row['group'])} {count_with_percent(row)}" for _, row in rows.iterrows()]
    lead = "by the present target, compared with the first"
    return f"{capital(rows['endpoint_label'].iloc[0])} {lead}: {'; '.join(shares)}." if shares else ""


def adjusted(model: pd.DataFrame, crude: pd.DataFrame, study: Study) -> str:
    """The comparison's odds ratio of remission in a logistic model, for what it is adjusted, and the crude one.

    `model` has all terms of the model; how the study chose its factors is said. "" where the model has no term of the
    declared comparison.
    """
    effect = filter_rows(model, comparison="contrast")
    if effect.empty:
        return ""
    row = effect.iloc[0]
    others = [within(name) for name in dict.fromkeys(model.loc[model["comparison"] != "contrast", "variable_label"])]
    lead = f"Adjusted for {listed(others)}" if others else "Without other factors"
    parts = [f"{lead}, the odds ratio of {study.response.noun} is {_with_p(row)}"]
    parts += [f"crude {_with_p(other)}" for _, other in crude.iterrows()]
    return join((f"{'; '.join(parts)}.", _rarer(row, study), _choice(study) if others else ""))


def _choice(study: Study) -> str:
    """How the factors came to be in the model."""
    if study.synthetic and study.covariates_prespecified is False:
        return "The factors were found by a search for models that give what was published: this one tests nothing."
    return choice_of_covariates(study)


def _with_p(row: pd.Series) -> str:
    """ "7.79 (95% CI 1.03 to 59.09), P = 0.0471"; the reason where there is no estimate."""
    if fmt.is_missing(row["estimate"]):
        return str(row["note"])
    return value_with_ci(row) + (f", {p_text(row)}" if p_text(row) else "")


def _rarer(row: pd.Series, study: Study) -> str:
    """How many patients with the rarer outcome a model has for each of its factors."""
    if not row["model_terms"]:
        return ""
    lacking = row["n"] - row["events"]
    patients = fmt.plural(int(min(row["events"], lacking)), "patient")
    rarer = f"{patients} {'without' if lacking < row['events'] else 'with'} {study.response.noun}"
    return f"The model has {rarer} for {fmt.plural(int(row['model_terms']), 'factor')}."
