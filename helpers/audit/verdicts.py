"""The rules behind the verdicts: one function per rule that published.csv may name."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from helpers.audit.ensemble import read_ensemble
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

NOT_RECOMPUTED = "not recomputed"


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
    if isinstance(row, Verdict):
        return row
    number = printed(row["estimate"], figure)
    same, ours = number == figure["value"], number + UNITS.get(figure["unit"], "")
    if figure["measure"] == "proportion":
        ours = f"{row['events']:.0f}/{row['n']:.0f} ({number}%)"
        same &= not figure["events"] or row["events"] == float(figure["events"])
    same &= not figure["n"] or row["n"] == float(figure["n"])
    return Verdict(ours, row["method"], "reproduced" if same else "differs", _denominator(figure, row))


def events(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when as many patients of the group had the event."""
    row = _one(figure, estimates, study, measure="proportion")
    if isinstance(row, Verdict):
        return row
    same = (row["events"], row["n"]) == (float(figure["events"]), float(figure["n"]))
    ours = f"{row['events']:.0f} of {row['n']:.0f}"
    return Verdict(ours, "Count", "reproduced" if same else "differs", "Counted among all patients of the group.")


def period(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the first and the last treatment fall in the published months."""
    rows = matching(figure, estimates, study)
    if rows.empty:
        return missing(figure, estimates, study)
    row = rows.iloc[0]
    return Verdict(row["level"], row["method"], "reproduced" if row["level"] == figure["value"] else "differs")


def follow_up(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `value`; the method that reproduces the median had to be looked for, because it was not named."""
    verdict = value(figure, estimates, study)
    explanation = (
        "The method was not named. The median of the observed times cannot be this long: at the published survival "
        "too few patients were observed for two years."
    )
    return replace(verdict, explanation=explanation) if verdict.ours else verdict


def test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the usual test prints the published P; else the tests that print it are named."""
    rows = matching(figure, estimates, study)
    usual = rows[rows["method"] == figure["default"]]
    if usual.empty or usual["p"].isna().all():
        return missing(figure, estimates, study)
    p = usual["p"].iloc[0]
    alike = rows[[printed(one, figure) == figure["p"] for one in rows["p"]]]["method"].drop_duplicates().tolist()
    ours = f"P = {printed(p, figure)} ({figure['default']})"
    if figure["default"] in alike:
        return Verdict(ours, figure["default"], "reproduced")
    if not alike:
        return Verdict(ours, figure["default"], "differs", "No test tried prints the published P.")
    side = "below" if below(p, ALPHA) else "not below"
    explanation = (
        f"The test was not named. With expected counts below 5 the usual choice is {figure['default']}, which is "
        f"{side} {ALPHA:g}; the tests that print the published P cannot "
        "be told apart."
    )
    return Verdict(ours, "; ".join(alike), "reproduced only under " + "; ".join(alike), explanation)


def odds_called_hazard(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Mislabelled when an odds ratio of our logistic model, upright or inverted, prints the published figures."""
    rows = matching(figure, estimates, study, measure="odds_ratio")
    rows = rows[rows["method"] == WALD]
    if rows.empty:
        return missing(figure, estimates, study, measure="odds_ratio")
    row = rows.iloc[0]
    upright = [row["estimate"], row["ci_low"], row["ci_high"]]
    inverted = [1 / row["estimate"], 1 / row["ci_high"], 1 / row["ci_low"]]
    for numbers, of in ((upright, "remission"), (inverted, "no remission")):
        if _interval([printed(number, figure) for number in numbers]) == f"{figure['value']} ({figure['ci']})":
            return Verdict(_odds(numbers, figure, of), row["method"], "mislabelled", _inversion(upright, of))
    explanation = "No odds ratio of the model, upright or inverted, prints the published figures."
    return Verdict(_odds(upright, figure, "remission"), row["method"], "differs", explanation)


def identity(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Arithmetically implies: LFS and incidence of relapse that add up to 100% leave no room for other deaths."""
    free = matching(figure, estimates, study)
    relapse = matching(figure, estimates, study, endpoint="relapse", measure="cumulative_incidence")
    if free.empty:
        return missing(figure, estimates, study)
    if relapse.empty:
        return missing(figure, estimates, study, endpoint="relapse", measure="cumulative_incidence")
    parts = [free["estimate"].iloc[0], relapse["estimate"].iloc[0]]
    ours = f"{printed(parts[0], figure)}% + {printed(parts[1], figure)}% = {printed(sum(parts), figure)}%"
    if printed(sum(parts), figure) != figure["value"]:
        return Verdict(ours, relapse["method"].iloc[0], "differs", "Some patients died in remission.")
    other = matching(figure, estimates, study, endpoint="nrm", measure="cumulative_incidence")
    here = f" Here non-relapse mortality is {printed(other['estimate'].iloc[0], figure)}%." if len(other) else ""
    explanation = (
        "Either nobody died in remission before then, or the incidence was computed as 1 - LFS; it was not said." + here
    )
    verdict = "arithmetically implies no death in remission, or 1 - LFS"
    return Verdict(ours, relapse["method"].iloc[0], verdict, explanation)


def direction(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Reproduced when the effect has the published direction and P < 0.05 with the exposures as ever/never.

    How an exposure enters a published model is often not said; ever or never from time zero is what such reports do.
    """
    return _effect(figure, estimates, study, EVER_NEVER)


def exposure(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `direction`, but the usual method counts an exposure after time zero from the day it happens."""
    verdict = _effect(figure, estimates, study, figure["default"])
    labels = [item.label for item in study.exposures if item.key == figure["variable"]]
    if not verdict.ours or not labels:
        return verdict
    bias = f"{labels[0]} comes after time zero: counting it from there credits it with the time before it. "
    return replace(verdict, explanation=bias + verdict.explanation)


def undetermined(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Not determined: no size was published, so ours is one of many that the published figures allow."""
    rows = filter_rows(estimates, method=EVER_NEVER, endpoint=figure["endpoint"], population=figure["population"])
    rows = rows[rows["estimate"].notna() & (rows["analysis"] == "")].drop_duplicates("term")
    ours = "; ".join(f"{row['term']} {fmt.significant(row['estimate'])}" for _, row in rows.iterrows())
    method = EVER_NEVER if ours else ""
    explanation = _compatible_sizes(read_ensemble(study))
    return Verdict(ours or "not estimated here", method, "not determined by what was published", explanation)


def _compatible_sizes(summary: pd.DataFrame) -> str:
    """How widely the claimed effects range over the cohorts that match every published figure."""
    if summary.empty:
        return "No hazard ratio was given."
    rows = ranges(summary)
    sizes = [
        f"{row['label']} {fmt.significant(row['lowest'])} to {fmt.significant(row['highest'])}"
        for _, row in rows[rows["imposed"].astype(bool)].iterrows()
    ]
    lead = f"No hazard ratio was given. {len(summary):,} cohorts that match every published figure have: "
    return f"{lead}{'; '.join(sizes)}."


def every_test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Holds, or depends on the test: how many of the tests in use give P < 0.05."""
    rows = matching(figure, estimates, study)
    rows = rows[rows["p"].notna()]
    return _counted(figure, rows, "test", "tests") if len(rows) else missing(figure, estimates, study)


def every_analysis(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Holds, or depends on the analysis: how many of the reasonable analyses of the effect give P < 0.05."""
    rows = of_curve(figure, estimates)
    if rows.empty:
        return Verdict("", "", NOT_RECOMPUTED, "No analysis of a specification curve is of this effect.")
    verdict = _counted(figure, rows, "analysis", "analyses")
    shares = _shares(figure, read_ensemble(study))
    return replace(verdict, explanation=f"{verdict.explanation} {shares}") if shares else verdict


def _counted(figure: pd.Series, rows: pd.DataFrame, one: str, many: str) -> Verdict:
    """How many rows give P < 0.05, and what that makes of a claim of significance."""
    directed = figure["value"] in (ABOVE, BELOW)
    agree = [_agrees(figure, row) if directed else below(row["p"], ALPHA) for _, row in rows.iterrows()]
    count, where = int(sum(agree)), f" and ratio {figure['value']}" if directed else ""
    ours = f"P < {ALPHA:g}{where} in {count} of {len(rows)} {many}"
    verdict = f"depends on the {one}"
    if count == 0:
        verdict = f"holds under no {one} tried"
    elif count == len(rows):
        verdict = f"holds under every {one} tried"
    ends = f"P from {fmt.number(rows['p'].min(), 3)} to {fmt.number(rows['p'].max(), 3)}."
    return Verdict(ours, "; ".join(dict.fromkeys(rows["method"])), verdict, ends)


def _shares(figure: pd.Series, summary: pd.DataFrame) -> str:
    """What the cohorts that match every published figure add to the analyses of an exposure in one of them."""
    rows = ranges(summary)
    rows = rows[(rows["variable"] == figure["variable"]) & (rows["endpoint"] == figure["endpoint"])]
    rows = rows[~rows["imposed"].astype(bool) & rows["significant"].notna()]
    if not figure["variable"] or rows.empty:
        return ""
    shares = [f"{fmt.percent(row['significant'])} ({row['label']})" for _, row in rows.iterrows()]
    lead = "Over the cohorts that match every published figure, P is below 0.05 in"
    return f"{lead} {' and '.join(shares)} of those estimable."


def missing(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> Verdict:
    """What is said of a figure for which the estimates hold nothing: why not."""
    return Verdict("", "", NOT_RECOMPUTED, why_not(figure, estimates, study, **instead))


def _one(figure: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.Series | Verdict:
    """The estimate of a figure: by its usual method, else the first; a verdict where none or several things fit."""
    rows = matching(figure, estimates, study, **instead)
    if figure["default"]:
        rows = rows[rows["method"] == figure["default"]]
    if rows.empty:
        return missing(figure, estimates, study, **instead)
    doubt = several(figure, rows)
    return Verdict("", "", NOT_RECOMPUTED, doubt) if doubt else rows.iloc[0]


def _multivariable(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Hazard ratios of the effect from models with more than one term, one row per method."""
    rows = matching(figure, estimates, study)
    # A model with the exposure alone may have the same method; the adjusted one is published after it.
    return rows[rows["model_terms"] > 1].drop_duplicates("method", keep="last")


def _effect(figure: pd.Series, estimates: pd.DataFrame, study: Study, usual: str) -> Verdict:
    """The verdict on a direction with P < 0.05 under the usual method, and failing that under others."""
    rows = _multivariable(figure, estimates, study)
    first = rows[rows["method"] == usual]
    if first.empty:
        return missing(figure, estimates, study)
    row = first.iloc[0]
    ours = "hazard ratio " + ratio_text(row)
    explanation = "Only the direction and P below 0.05 can be compared."
    if _agrees(figure, row):
        return Verdict(ours, usual, "reproduced", explanation)
    others = [other["method"] for _, other in rows.iterrows() if _agrees(figure, other)]
    if others:
        return Verdict(ours, "; ".join(others), "reproduced only under " + "; ".join(others), explanation)
    return Verdict(ours, usual, "differs", explanation)


def _agrees(figure: pd.Series, row: pd.Series) -> bool:
    """Whether an effect has the published direction and P < 0.05."""
    side = above if figure["value"] == ABOVE else below
    return bool(side(row["estimate"], 1) and below(row["p"], ALPHA))


def _denominator(figure: pd.Series, row: pd.Series) -> str:
    """Say of how many patients a survival figure is, because OS and LFS are not of the same."""
    timed = figure["measure"] in ("survival", "cumulative_incidence")
    if not timed:
        return ""
    everybody = figure["population"] == "all patients"
    return f"Among all {row['n']:.0f} patients." if everybody else f"Among {row['n']:.0f} {figure['population']}."


def _interval(numbers: list[str]) -> str:
    return f"{numbers[0]} ({numbers[1]}-{numbers[2]})"


def _odds(numbers: list[float], figure: pd.Series, of: str) -> str:
    return f"odds ratio of {of} {_interval([printed(number, figure) for number in numbers])}"


def _inversion(upright: list[float], of: str) -> str:
    """What the published number is, in words."""
    if of == "remission":
        return "It comes from a logistic model: an odds ratio of remission, not a hazard ratio."
    odds = _interval([fmt.significant(number) for number in upright])
    return (
        "It comes from a logistic model, and below 1 was read as favourable: an odds ratio of NOT reaching "
        f"remission, not a hazard ratio. Upright, the odds ratio of remission is {odds}."
    )


RULES: dict[str, Callable[[pd.Series, pd.DataFrame, Study], Verdict]] = {
    rule.__name__: rule
    for rule in (
        value,
        events,
        period,
        follow_up,
        test,
        odds_called_hazard,
        identity,
        direction,
        exposure,
        undetermined,
        every_test,
        every_analysis,
    )
}
