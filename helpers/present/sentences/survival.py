"""Sentences about survival, its comparison between groups, and what begins after time zero; "" for an empty table."""

from collections.abc import Callable

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed
from helpers.present.values import capital, interval, marked, p_text, value, value_with_ci, value_with_interval, within
from helpers.stats.estimates import FEW_AT_RISK, NOT_REACHED, filter_rows, single
from helpers.stats.exposure.effects import MANTEL_BYAR
from helpers.stats.levels import ALPHA
from helpers.stats.survival.gray import GRAY
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.stats.ties import above, below
from helpers.study import EVERYBODY, Study

ROUNDING = 1e-9  # what adding up floats may leave
TESTS = {LOG_RANK: "log-rank", GRAY: "Gray's test", MANTEL_BYAR: "Mantel-Byar"}
DIFFERENCES: dict[str, tuple[Callable[[float], str], str, str, str]] = {
    "survival_difference": (fmt.points, "higher", "lower", "at {:g} months"),
    "rmst_difference": (
        lambda months: f"{fmt.time(months)} months",
        "longer",
        "shorter",
        "within the first {:g} months",
    ),
}


def at_time(estimates: pd.DataFrame, horizon: float) -> str:
    """Survival or incidence of everybody at the horizon, all endpoints in one sentence; then why some have no value."""
    rows = filter_rows(estimates, group="All", time_months=horizon)
    known = [row for _, row in rows.iterrows() if not fmt.is_missing(row["estimate"])]
    lost = [f"{_timed(row)} is {row['note']}." for _, row in rows.iterrows() if fmt.is_missing(row["estimate"])]
    first = [f"{capital(_whose(row))} at {horizon:g} months was {value_with_ci(row)}" for row in known[:1]]
    phrases = [*first, *(f"{within(_whose(row))} {value_with_ci(row)}" for row in known[1:])]
    return join([f"{listed(phrases)}." if phrases else "", *lost])


def _whose(row: pd.Series) -> str:
    """ "Leukaemia-free survival of patients in CR"; the label alone where everybody counts."""
    everybody = row["population"] in ("", EVERYBODY)
    return row["endpoint_label"] if everybody else f"{row['endpoint_label']} of {row['population']}"


def _timed(row: pd.Series) -> str:
    """ "Overall survival at 24 months"."""
    return f"{capital(row['endpoint_label'])} at {row['time_months']:g} months"


def medians(estimates: pd.DataFrame) -> str:
    """The median of everybody, one sentence an endpoint, with what its interval lacks."""
    return join(
        f"Median {within(row['endpoint_label'])} was {_months(row)}{_remark(row)}."
        for _, row in filter_rows(estimates, group="All").iterrows()
    )


def _months(row: pd.Series) -> str:
    """ "17.9 months (95% CI 9.9 to 22.7)", or that the median was not reached."""
    if row["status"] == NOT_REACHED or fmt.is_missing(row["estimate"]):
        return value(row)
    limits = f" (95% CI {interval(row)})" if interval(row) else ""
    return marked(row, f"{fmt.time(row['estimate'])} months{limits}")


def _remark(row: pd.Series) -> str:
    """What an estimate without a full interval says of itself."""
    return f" ({row['note']})" if fmt.is_missing(row["ci_low"]) and row["status"] != NOT_REACHED and row["note"] else ""


def cards(
    at: pd.DataFrame, medians: pd.DataFrame, horizon: float, between: list[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    """Headline cards of everybody at the horizon; after the second those `between` groups, then each median."""
    rows = [row for _, row in filter_rows(at, group="All", time_months=horizon).iterrows()]
    timed = [(_timed(row), value(row), _limits(row)) for row in rows]
    halves = [row for _, row in filter_rows(medians, group="All").iterrows()]
    middle = [(f"Median {within(row['endpoint_label'])}, months", value(row), _limits(row)) for row in halves]
    return [*timed[:2], *between, *middle, *timed[2:]]


def comparison_card(tests: pd.DataFrame, gaps: pd.DataFrame, at: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The card of the first comparison: "P < 0.001", "log-rank; 33.3% v 63.2% at 24 months: -29.9 points (...)".

    `gaps` are differences of the same endpoint, `at` survival by group, where recorded at the same time. No card
    without a P.
    """
    for _, test in tests[tests["p"].notna()].head(1).iterrows():
        group = "all arms" if test["comparison"] == "arms" else test["group"]
        found = filter_rows(gaps[gaps["estimate"].notna() & (gaps["status"] != FEW_AT_RISK)], group=test["group"])
        detail = marked(test, f"{fmt.plural(int(test['events']), 'event')}, {fmt.plural(int(test['n']), 'patient')}")
        if len(found) == 1:
            detail = _apart(found.iloc[0], at)
        label = f"{capital(test['endpoint_label'])}, {group}"
        return [(label, p_text(test), f"{TESTS[test['method']]}; {detail}")]
    return []


def _apart(gap: pd.Series, at: pd.DataFrame) -> str:
    """Survival of the two groups where both are known, the time and the difference."""
    sides = [
        filter_rows(at, group=gap[side], time_months=gap["time_months"]).head(1) for side in ("level", "reference")
    ]
    both = " v ".join(value(rows.iloc[0]) for rows in sides if len(rows))
    lead = f"{both} at" if all(map(len, sides)) else "difference at"
    limits = f" ({interval(gap)})" if interval(gap) else ""
    size = marked(gap, fmt.points(gap["estimate"]) + limits)
    return f"{lead} {gap['time_months']:g} months: {size}"


def _limits(row: pd.Series) -> str:
    """The interval of a card, else why there is none."""
    return f"95% CI {interval(row)}" if interval(row) else row["note"]


def compared(tests: pd.DataFrame) -> str:
    """What the tests say, by endpoint and test: what differs, what not; stratified tests are left to the table."""
    parts = filter_rows(tests, method=list(TESTS)).groupby(["endpoint", "method"], sort=False)
    return " ".join(_compared(part) for _, part in parts)


def _compared(tests: pd.DataFrame) -> str:
    """The comparisons of one endpoint by one test: those that differ, those that do not, those without a P."""
    label, test = tests["endpoint_label"].iloc[0], TESTS[tests["method"].iloc[0]]
    differing: list[str] = []
    similar: list[str] = []
    untested = []
    for _, row in tests.iterrows():
        if fmt.is_missing(row["p"]):
            untested.append(f"{capital(label)}: {test} is {row['note']}.")
        else:
            group = differing if below(row["p"], ALPHA) else similar
            group.append(f"{_between(row)} ({test} {p_text(row)})")
    found = f"{capital(label)} differs {listed(differing)}." if differing else ""
    return join(
        (
            found,
            f"No difference in {within(label)} is shown {' or '.join(similar)}." if similar else "",
            *dict.fromkeys(untested),
        )
    )


def _between(row: pd.Series) -> str:
    """What a test compares, in words."""
    if row["comparison"] == "arms":
        return "between the arms"
    if row["comparison"] == "exposure":
        return f"between the time after {within(row['variable_label'])} and the time before or without it"
    return f"for {row['group']}"


def gain(differences: pd.DataFrame) -> str:
    """Differences in survival at a time and in restricted mean time, a sentence each, with what warns of them."""
    return " ".join(_gain(row) for _, row in differences[differences["status"] != FEW_AT_RISK].iterrows())


def _gain(row: pd.Series) -> str:
    """ "Tandem: 22.9 points higher overall survival at 24 months than Single (95% CI 7.5 to 38.9), P = 0.004.".

    An interval with 0 in it has no direction: "Overall survival at 24 months, Tandem minus Single: 5.1 points (...)".
    """
    show, more, less, when = DIFFERENCES[row["measure"]]
    what = f"{within(row['endpoint_label'])} {when.format(row['time_months'])}"
    if fmt.is_missing(row["estimate"]):
        return f"{row['level']} against {row['reference']}, {what}: {row['note'] or fmt.NOT_ESTIMABLE}."
    p = f", {p_text(row)}" if p_text(row) else ""
    note = f"; {row['note']}" if row["note"] else ""
    if not (above(row["ci_low"], 0) or below(row["ci_high"], 0)):
        limits = f" (95% CI {interval(row)})" if interval(row) else ""
        size = marked(row, f"{show(row['estimate'])}{limits}")
        return f"{capital(what)}, {row['level']} minus {row['reference']}: {size}{p}{note}."
    sign = -1.0 if below(row["estimate"], 0) else 1.0
    ends = row[["ci_low", "ci_high"]] if sign > 0 else -row[["ci_high", "ci_low"]]
    facing = row.copy()
    facing[["estimate", "ci_low", "ci_high"]] = [sign * row["estimate"], *ends]
    size = marked(row, f"{show(facing['estimate'])} {less if sign < 0 else more}")
    limits = marked(row, f" (95% CI {interval(facing)})")
    return f"{row['level']}: {size} {what} than {row['reference']}{limits}{p}{note}."


def selection(study: Study, of_all: pd.DataFrame, of_responders: pd.DataFrame) -> str:
    """That endpoints of responders do not compare arms, where the study's survival without relapse is one.

    `of_all` holds tests of endpoints that count everybody; the first is the one that compares the arms.
    `of_responders` holds tests of the others; without tests of both there is nothing to say.
    """
    if study.endpoints["lfs"].population == "all" or len(study.arms) < 2 or of_all.empty or of_responders.empty:
        return ""
    state, ends = study.response.noun, study.endpoints
    labels = {"lfs": ends["lfs"].label, "relapse": ends["relapse"].label, "dor": f"the duration of {state}"}
    names = [within(label) for key, label in labels.items() if not ends[key].off]
    counted = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return (
        f"{capital(counted)} count only patients who reached {state}, and that is known after time zero: groups of "
        "which more or other patients reached it are not comparable here. "
        f"{capital(of_all['endpoint_label'].iloc[0])}, which counts everybody, is the comparison of the arms."
    )


def censoring(whole: pd.DataFrame, censored: pd.DataFrame, horizon: float, moved: int) -> str:
    """Survival at the horizon with and without censoring at transplant; `moved` patients were censored so."""
    if censored.empty or not moved:
        return ""
    first, second = (single(rows, group="All", time_months=horizon) for rows in (whole, censored))
    return (
        f"{_timed(first)} is {value_with_interval(first)} when {fmt.plural(moved, 'patient')} with a later transplant "
        f"{'is' if moved == 1 else 'are'} followed through it, and {value_with_interval(second)} when follow-up stops "
        "there, which describes survival without transplant only if those who went to it were like the others."
    )


def overstatement(naive: pd.DataFrame, incidence: pd.DataFrame, horizon: float) -> str:
    """By how much 1 - Kaplan-Meier exceeds the cumulative incidence at the horizon, where it does."""
    clauses = []
    for _, right in filter_rows(incidence, group="All", time_months=horizon).iterrows():
        wrong = single(naive, endpoint=right["endpoint"], group="All", time_months=horizon)
        excess = fmt.number(100 * (wrong["estimate"] - right["estimate"]), 1)
        if excess not in (fmt.NOT_ESTIMABLE, "0.0"):
            clauses.append(f"{within(_timed(right))} would be {value(wrong)} instead of {value(right)}")
    lead = "By one minus Kaplan-Meier, which treats the competing event as censoring, "
    return f"{lead}{listed(clauses)}." if clauses else ""


def identity(parts: pd.DataFrame, departure: pd.DataFrame, horizon: float) -> str:
    """Free of relapse + relapsed + dead without relapse (`parts`, in that order) add up to 100%, or by how much not.

    Nothing where one of them is not recorded.
    """
    parts = filter_rows(parts, group="All", time_months=horizon)
    if len(parts) < 3 or departure.empty or parts["estimate"].isna().any():
        return ""
    added = " + ".join(value(row) for _, row in parts.iterrows())
    names = capital(" + ".join(map(within, parts["endpoint_label"])))
    farthest = departure["estimate"].max()
    off = "" if farthest < ROUNDING else f" The sum departs from 100% by up to {fmt.percent(farthest, 3)}."
    return f"{names} at {horizon:g} months: {added} = {fmt.percent(parts['estimate'].sum())}.{off}"


def immortal_time(naive: pd.DataFrame, in_time: pd.DataFrame, waiting: pd.DataFrame) -> str:
    """What ever against never changes, one clause per exposure: months waited and the two hazard ratios."""
    parts = []
    for _, months in filter_rows(waiting, measure="immortal_time").iterrows():
        rows = (filter_rows(waiting, measure="immortal_share"), naive, in_time)
        same = [single(part, endpoint=months["endpoint"], variable=months["variable"]) for part in rows]
        parts.append(_immortal_time(months, *same))
    return " ".join(parts)


def _immortal_time(months: pd.Series, share: pd.Series, ever: pd.Series, since: pd.Series) -> str:
    """The clause of one exposure."""
    label = within(months["variable_label"])
    if fmt.is_missing(months["estimate"]):
        return f"{capital(label)}: {months['note']}."
    who = fmt.plural(int(months["n"]), "patient")
    waited = marked(months, f"{fmt.number(months['estimate'], 1)} months")
    before = f"{capital(label)}: {marked(months, who)} waited {waited} in all for it, {value(share)} of their time."
    if fmt.is_missing(ever["estimate"]) or fmt.is_missing(since["estimate"]):
        return f"{before} {capital(ever['note'] or since['note'])}."
    change = f"moves the hazard ratio from {value_with_interval(since)} to {value_with_interval(ever)}"
    if fmt.ratio(since["estimate"]) == fmt.ratio(ever["estimate"]):
        change = f"leaves the hazard ratio at {value_with_interval(ever)}"
    return f"{before} Counting that wait as time after it {change}."
