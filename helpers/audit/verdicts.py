"""The rules behind the verdicts: one function per rule that published.csv may name."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from helpers.audit.ensemble import values_of
from helpers.audit.matching import matching, of_curve, several, why_not
from helpers.audit.published import ABOVE, BELOW, UNITS, printed, ratio_text
from helpers.audit.quantities import ranges
from helpers.present import format as fmt
from helpers.stats.estimates import filter_rows
from helpers.stats.exposure.effects import EVER_NEVER
from helpers.stats.levels import ALPHA
from helpers.stats.models.logistic_regression import WALD
from helpers.stats.ties import above, below
from helpers.study import Study


class NotRecomputed(LookupError):
    """The estimates hold nothing to compare a figure with; the text says why."""


@dataclass(frozen=True)
class Verdict:
    """What became of one published figure."""

    ours: str
    method: str
    verdict: str
    explanation: str = ""


def value(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when our estimate prints the published value (and has the same counts, where they were given)."""
    row = _one(figure, estimates, study)
    number = printed(row["estimate"], figure)
    same, ours = number == figure["value"], number + UNITS.get(figure["unit"], "")
    if figure["measure"] == "proportion":
        ours = f"{row['events']:.0f}/{row['n']:.0f} ({number}%)"
        same &= not figure["events"] or row["events"] == float(figure["events"])
    same &= not figure["n"] or row["n"] == float(figure["n"])
    explanation = ""
    if figure["measure"] in ("survival", "cumulative_incidence"):  # OS and LFS are not of the same patients
        everybody, patients = figure["population"] == "all patients", f"{row['n']:.0f}"
        explanation = f"Among all {patients} patients." if everybody else f"Among {patients} {figure['population']}."
    return Verdict(ours, row["method"], "reproduced" if same else "differs", explanation)


def events(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when as many patients of the group had the event."""
    row = _one(figure, estimates, study, measure="proportion")
    same = (row["events"], row["n"]) == (float(figure["events"]), float(figure["n"]))
    ours = f"{row['events']:.0f} of {row['n']:.0f}"
    return Verdict(ours, "Count", "reproduced" if same else "differs", "Counted among all patients of the group.")


def period(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the first and the last treatment fall in the published months."""
    row = _matching(figure, estimates, study).iloc[0]
    return Verdict(row["level"], row["method"], "reproduced" if row["level"] == figure["value"] else "differs")


def follow_up(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `value`; the method that reproduces the median had to be looked for, because it was not named."""
    reason = "at the published survival too few patients were observed for two years"
    explanation = f"The method was not named. The median of the observed times cannot be this long: {reason}."
    return replace(value(figure, estimates, study), explanation=explanation)


def test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the usual test prints the published P; else the tests that print it are named."""
    rows = matching(figure, estimates, study)
    usual = figure["default"]
    values = rows.loc[rows["method"] == usual, "p"]
    if values.isna().all():
        raise NotRecomputed(why_not(figure, estimates, study))
    ours = f"P = {printed(values.iloc[0], figure)} ({usual})"
    alike = rows.loc[[printed(p, figure) == figure["p"] for p in rows["p"]], "method"].unique()
    if usual in alike:
        return Verdict(ours, usual, "reproduced")
    if not len(alike):
        return Verdict(ours, usual, "differs", "No test tried prints the published P.")
    side = "below" if below(values.iloc[0], ALPHA) else "not below"
    explanation = (
        f"The test was not named. With expected counts below 5 the usual choice is {usual}, which is {side} {ALPHA:g}; "
        "the tests that print the published P cannot be told apart."
    )
    return Verdict(ours, "; ".join(alike), "reproduced only under " + "; ".join(alike), explanation)


def odds_called_hazard(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Mislabelled when an odds ratio of our logistic model, upright or inverted, prints the published figures."""
    row = _matching(figure, estimates, study, WALD, measure="odds_ratio").iloc[0]
    odds, low, high = row["estimate"], row["ci_low"], row["ci_high"]
    upright = f"{printed(odds, figure)} ({printed(low, figure)}-{printed(high, figure)})"
    inverted = f"{printed(1 / odds, figure)} ({printed(1 / high, figure)}-{printed(1 / low, figure)})"
    ours, published = f"odds ratio of remission {upright}", f"{figure['value']} ({figure['ci']})"
    if published == upright:
        explanation = "It comes from a logistic model: an odds ratio of remission, not a hazard ratio."
        return Verdict(ours, WALD, "mislabelled", explanation)
    if published == inverted:
        explanation = (
            "It comes from a logistic model, and below 1 was read as favourable: an odds ratio of NOT reaching "
            "remission, not a hazard ratio. Upright, the odds ratio of remission is "
            f"{fmt.significant(odds)} ({fmt.significant(low)}-{fmt.significant(high)})."
        )
        return Verdict(f"odds ratio of no remission {inverted}", WALD, "mislabelled", explanation)
    explanation = "No odds ratio of the model, upright or inverted, prints the published figures."
    return Verdict(ours, WALD, "differs", explanation)


def identity(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Arithmetically implies: LFS and incidence of relapse that add up to 100% leave no room for other deaths."""
    lfs = _matching(figure, estimates, study)["estimate"].iloc[0]
    relapse = _matching(figure, estimates, study, endpoint="relapse", measure="cumulative_incidence")
    incidence, method = relapse["estimate"].iloc[0], relapse["method"].iloc[0]
    total = printed(lfs + incidence, figure)
    ours = f"{printed(lfs, figure)}% + {printed(incidence, figure)}% = {total}%"
    if total != figure["value"]:
        return Verdict(ours, method, "differs", "Some patients died in remission.")
    explanation = (
        "Either nobody died in remission before then, or the incidence was computed as 1 - LFS; it was not said."
    )
    other = matching(figure, estimates, study, endpoint="nrm", measure="cumulative_incidence")
    if len(other):
        explanation += f" Here non-relapse mortality is {printed(other['estimate'].iloc[0], figure)}%."
    return Verdict(ours, method, "arithmetically implies no death in remission, or 1 - LFS", explanation)


def direction(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the effect has the published direction and P < 0.05 with the exposures as ever/never.

    How an exposure enters a published model is often not said; ever or never from time zero is what such reports do.
    """
    return _effect(figure, estimates, study, EVER_NEVER)


def exposure(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `direction`, but the usual method counts an exposure after time zero from the day it happens."""
    verdict = _effect(figure, estimates, study, figure["default"])
    labels = [item.label for item in study.exposures if item.key == figure["variable"]]
    if not labels:
        return verdict
    bias = f"{labels[0]} comes after time zero: counting it from there credits it with the time before it. "
    return replace(verdict, explanation=bias + verdict.explanation)


def undetermined(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Not determined: no size was published, so ours is one of many that the published figures allow."""
    rows = filter_rows(estimates, method=EVER_NEVER, endpoint=figure["endpoint"], population=figure["population"])
    rows = rows[rows["estimate"].notna() & (rows["analysis"] == "")].drop_duplicates("term")
    ours = "; ".join(f"{row['term']} {fmt.significant(row['estimate'])}" for _, row in rows.iterrows())
    method, values = EVER_NEVER if ours else "", values_of(study)
    explanation = "No hazard ratio was given."
    if len(values):
        claimed = filter_rows(ranges(values), imposed=True)
        limits = claimed[["label", "lowest", "highest"]].itertuples(index=False)
        sizes = [f"{label} {fmt.significant(low)} to {fmt.significant(high)}" for label, low, high in limits]
        explanation += (
            f" {values['seed'].nunique():,} cohorts that match every published figure have: {'; '.join(sizes)}."
        )
    return Verdict(ours or "not estimated here", method, "not determined by what was published", explanation)


def every_test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Holds, or depends on the test: how many of the tests in use give P < 0.05."""
    rows = matching(figure, estimates, study)
    if rows["p"].isna().all():
        raise NotRecomputed(why_not(figure, estimates, study))
    return _counted(figure, rows[rows["p"].notna()], "test", "tests")


def every_analysis(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Holds, or depends on the analysis: how many of the reasonable analyses of the effect give P < 0.05."""
    rows = of_curve(figure, estimates)
    if rows.empty:
        raise NotRecomputed("No analysis of a specification curve is of this effect.")
    verdict, variable = _counted(figure, rows, "analysis", "analyses"), figure["variable"]
    cohorts = filter_rows(ranges(values_of(study)), variable=variable, endpoint=figure["endpoint"], imposed=False)
    cohorts = cohorts[cohorts["significant"].notna()]
    if not variable or cohorts.empty:
        return verdict
    shares = [f"{fmt.percent(row['significant'])} ({row['label']})" for _, row in cohorts.iterrows()]
    lead = f"{verdict.explanation} Over the cohorts that match every published figure, P is below 0.05 in"
    return replace(verdict, explanation=f"{lead} {' and '.join(shares)} of those estimable.")


def _counted(figure: pd.Series, rows: pd.DataFrame, one: str, many: str) -> Verdict:
    """How many rows give P < 0.05, and what that makes of a claim of significance."""
    directed = figure["value"] in (ABOVE, BELOW)
    agree = [_agrees(figure, row) if directed else below(row["p"], ALPHA) for _, row in rows.iterrows()]
    count, where = int(sum(agree)), f" and ratio {figure['value']}" if directed else ""
    ours = f"P < {ALPHA:g}{where} in {count} of {len(rows)} {many}"
    verdict = {0: f"holds under no {one} tried", len(rows): f"holds under every {one} tried"}
    ends = f"P from {fmt.number(rows['p'].min(), 3)} to {fmt.number(rows['p'].max(), 3)}."
    return Verdict(ours, "; ".join(rows["method"].unique()), verdict.get(count, f"depends on the {one}"), ends)


def _matching(
    figure: pd.Series, estimates: pd.DataFrame, study: Study, method: str = "", **instead: str
) -> pd.DataFrame:
    """The estimates of a figure, by one method if it is given; raises NotRecomputed when there are none."""
    rows = matching(figure, estimates, study, **instead)
    rows = rows[rows["method"] == method] if method else rows
    if rows.empty:
        raise NotRecomputed(why_not(figure, estimates, study, **instead))
    return rows


def _one(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.Series:
    """The estimate of a figure, by its usual method, else the first; raises NotRecomputed if several things fit."""
    rows = _matching(figure, estimates, study, figure["default"], **instead)
    doubt = several(figure, rows)
    if doubt:
        raise NotRecomputed(doubt)
    return rows.iloc[0]


def _effect(figure: pd.Series, estimates: pd.DataFrame, study: Study, usual: str) -> Verdict:
    """The verdict on a direction with P < 0.05 under the usual method, and failing that under others."""
    rows = matching(figure, estimates, study)
    # A model with the exposure alone may have the same method; the adjusted one is published after it.
    rows = rows[rows["model_terms"] > 1].drop_duplicates("method", keep="last").set_index("method", drop=False)
    if usual not in rows.index:
        raise NotRecomputed(why_not(figure, estimates, study))
    ours = "hazard ratio " + ratio_text(rows.loc[usual])
    explanation = "Only the direction and P below 0.05 can be compared."
    agreeing = [method for method, row in rows.iterrows() if _agrees(figure, row)]
    if usual in agreeing:
        return Verdict(ours, usual, "reproduced", explanation)
    if not agreeing:
        return Verdict(ours, usual, "differs", explanation)
    methods = "; ".join(agreeing)
    return Verdict(ours, methods, "reproduced only under " + methods, explanation)


def _agrees(figure: pd.Series, row: pd.Series) -> bool:
    """Whether an effect has the published direction and P < 0.05."""
    side = above if figure["value"] == ABOVE else below
    return bool(side(row["estimate"], 1) and below(row["p"], ALPHA))


NUMBERS = (value, events, period, follow_up, test, odds_called_hazard, identity)
CLAIMS = (direction, exposure, undetermined, every_test, every_analysis)
RULES: dict[str, Callable[[pd.Series, pd.DataFrame, Study], Verdict]] = {
    rule.__name__: rule for rule in (*NUMBERS, *CLAIMS)
}
