"""The rules behind the verdicts: one function per rule named in ``data/published.csv``."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from helpers.audit.ensemble import read_ensemble
from helpers.audit.matching import is_analysis, matching
from helpers.audit.published import printed, ratio_text
from helpers.audit.quantities import ranges
from helpers.present import format as fmt
from helpers.stats.ties import above, below
from helpers.study import Study

SIGNIFICANT = 0.05
ANALYSES = ("analysis", "analyses")
# How consolidation enters the published model is not said; ever/never from the infusion is what such reports do.
EVER_NEVER = "Cox, ever against never exposed (immortal time bias), Efron ties"


@dataclass(frozen=True)
class Finding:
    """What became of one published figure."""

    ours: str
    method: str
    verdict: str
    explanation: str = ""


def value(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Reproduced when our estimate prints the published value (and, for proportions, has the same counts)."""
    rows = matching(figure, estimates, study)
    if rows.empty:
        return missing(figure)
    row = rows.iloc[0]
    number = printed(row["estimate"], figure)
    same, ours = number == figure["value"], number + {"%": "%", "months": " months"}.get(figure["unit"], "")
    if figure["measure"] == "proportion":
        ours = f"{row['events']:.0f}/{row['n']:.0f} ({number}%)"
        same &= (row["events"], row["n"]) == (float(figure["events"]), float(figure["n"]))
    elif figure["n"]:
        same &= row["n"] == float(figure["n"])
    return Finding(ours, row["method"], "reproduced" if same else "differs", _denominator(figure, row))


def events(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Reproduced when as many patients of the group had the event."""
    rows = matching(figure, estimates, study, measure="proportion")
    if rows.empty:
        return missing(figure)
    row = rows.iloc[0]
    same = (row["events"], row["n"]) == (float(figure["events"]), float(figure["n"]))
    ours = f"{row['events']:.0f} of {row['n']:.0f}"
    return Finding(ours, "Count", "reproduced" if same else "differs", "Counted among all patients of the group.")


def period(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Reproduced when the first and the last infusion fall in the published months."""
    rows = matching(figure, estimates, study)
    if rows.empty:
        return missing(figure)
    row = rows.iloc[0]
    return Finding(row["note"], row["method"], "reproduced" if row["note"] == figure["value"] else "differs")


def follow_up(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """As ``value``; the method that reproduces the median had to be found, because it was not named."""
    found = value(figure, estimates, study)
    told = (
        "The method was not named. The median of the observed times cannot be this long: at the published survival "
        "too few patients were observed for two years."
    )
    return Finding(found.ours, found.method, found.verdict, told) if found.ours else found


def test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Reproduced when the usual test prints the published P; else the tests that print it are named."""
    rows = matching(figure, estimates, study)
    usual = rows[rows["method"] == figure["default"]]
    if usual.empty or usual["p"].isna().all():
        return missing(figure)
    p = usual["p"].iloc[0]
    alike = rows[[printed(one, figure) == figure["p"] for one in rows["p"]]]["method"].drop_duplicates().tolist()
    ours = f"P = {printed(p, figure)} ({figure['default']})"
    if figure["default"] in alike:
        return Finding(ours, figure["default"], "reproduced")
    if not alike:
        return Finding(ours, figure["default"], "differs", "No test tried prints the published P.")
    side = "below" if below(p, SIGNIFICANT) else "not below"
    told = (
        f"The test was not named. With expected counts below 5 the usual choice is {figure['default']}, which is "
        f"{side} {SIGNIFICANT:g}; the tests that print the published P cannot "
        "be told apart."
    )
    return Finding(ours, "; ".join(alike), "reproduced only under " + "; ".join(alike), told)


def odds_called_hazard(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Mislabelled when an odds ratio of our logistic model, upright or inverted, prints the published figures."""
    rows = matching(figure, estimates, study, measure="odds_ratio")
    rows = rows[rows["method"] == "Logistic regression, Wald"]
    if rows.empty:
        return missing(figure)
    row = rows.iloc[0]
    upright = [row["estimate"], row["ci_low"], row["ci_high"]]
    inverted = [1 / row["estimate"], 1 / row["ci_high"], 1 / row["ci_low"]]
    for numbers, of in ((upright, "remission"), (inverted, "no remission")):
        if _interval([printed(number, figure) for number in numbers]) == f"{figure['value']} ({figure['ci']})":
            return Finding(_odds(numbers, figure, of), row["method"], "mislabelled", _inversion(upright, of))
    told = "No odds ratio of the model, upright or inverted, prints the published figures."
    return Finding(_odds(upright, figure, "remission"), row["method"], "differs", told)


def identity(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Arithmetically implies: LFS and incidence of relapse that add up to 100% leave no room for other deaths."""
    free = matching(figure, estimates, study)
    relapse = matching(figure, estimates, study, endpoint="relapse", measure="cumulative_incidence")
    if free.empty or relapse.empty:
        return missing(figure)
    parts = [free["estimate"].iloc[0], relapse["estimate"].iloc[0]]
    ours = f"{printed(parts[0], figure)}% + {printed(parts[1], figure)}% = {printed(sum(parts), figure)}%"
    if printed(sum(parts), figure) != figure["value"]:
        return Finding(ours, relapse["method"].iloc[0], "differs", "Some patients died in remission.")
    other = matching(figure, estimates, study, endpoint="nrm", measure="cumulative_incidence")
    here = f" Here non-relapse mortality is {printed(other['estimate'].iloc[0], figure)}%." if len(other) else ""
    told = (
        "Either nobody died in remission before then, or the incidence was computed as 1 - LFS; it was not said." + here
    )
    return Finding(ours, relapse["method"].iloc[0], "arithmetically implies no death in remission, or 1 - LFS", told)


def direction(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Reproduced when the effect has the published direction and P < 0.05 with consolidation as ever/never."""
    return _effect(figure, _multivariable(figure, estimates, study), EVER_NEVER)


def exposure(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """As ``direction``, but the usual method counts an exposure after time zero from the day it happens."""
    found = _effect(figure, _multivariable(figure, estimates, study), figure["default"])
    if not found.ours:
        return found
    told = "Consolidation comes after remission: counting it from the infusion credits it with the time before it. "
    return Finding(found.ours, found.method, found.verdict, told + found.explanation)


def undetermined(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Not determined: no size was published, so ours is one of many that the published figures allow."""
    rows = estimates[(estimates["method"] == EVER_NEVER) & (estimates["endpoint"] == figure["endpoint"])]
    rows = rows[rows["estimate"].notna() & (rows["population"] == figure["population"]) & ~is_analysis(rows)]
    ours = "; ".join(
        f"{row['term']} {fmt.significant(row['estimate'])}" for _, row in rows.drop_duplicates("term").iterrows()
    )
    method = EVER_NEVER if ours else ""
    return Finding(ours or "not estimated here", method, "not determined by what was published", _compatible_sizes())


def _compatible_sizes() -> str:
    """How widely the claimed effects range over the cohorts that match every published figure."""
    summary = read_ensemble()
    found = ranges(summary)
    sizes = [
        f"{row['label']} {fmt.significant(row['lowest'])} to {fmt.significant(row['highest'])}"
        for _, row in found[found["imposed"]].iterrows()
    ]
    told = f"No hazard ratio was given. {len(summary):,} cohorts that match every published figure have: "
    return f"{told}{'; '.join(sizes)}."


def every_test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Holds, or depends on the test: how many of the tests in use give P < 0.05."""
    rows = matching(figure, estimates, study)
    return _counted(figure, rows[rows["p"].notna()], ("test", "tests"))


def every_analysis(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Finding:
    """Holds, or depends on the analysis: how many of the reasonable analyses of the effect give P < 0.05."""
    rows = estimates[is_analysis(estimates) & estimates["estimate"].notna() & estimates["p"].notna()]
    rows = rows[(rows["endpoint"] == figure["endpoint"]) & (rows["measure"] == figure["measure"])]
    found = _counted(figure, rows[rows["term"].map(lambda term: _is_of(figure, term, study)).astype(bool)], ANALYSES)
    return found if figure["term"] == "contrast" or not found.ours else replace(found, explanation=_shares(found))


def _is_of(figure: pd.Series, term: str, study: Study) -> bool:
    """Whether an analysis is of the published effect."""
    labels = [item.label for item in study.exposures if item.key == figure["term"]]
    return any(term.startswith(f"{label} [") for label in (labels or [study.comparison]))


def _counted(figure: pd.Series, rows: pd.DataFrame, words: tuple[str, str]) -> Finding:
    """How many rows give P < 0.05, and what that makes of a claim of significance."""
    if rows.empty:
        return missing(figure)
    directed = figure["value"] in ("above 1", "below 1")
    agree = [_agrees(figure, row) if directed else below(row["p"], SIGNIFICANT) for _, row in rows.iterrows()]
    count, where = int(sum(agree)), f" and ratio {figure['value']}" if directed else ""
    ours = f"P < {SIGNIFICANT:g}{where} in {count} of {len(rows)} {words[1]}"
    verdict = {0: f"holds under no {words[0]} tried", len(rows): f"holds under every {words[0]} tried"}
    ends = f"P from {fmt.number(rows['p'].min(), 3)} to {fmt.number(rows['p'].max(), 3)}."
    return Finding(
        ours, "; ".join(dict.fromkeys(rows["method"])), verdict.get(count, f"depends on the {words[0]}"), ends
    )


def _shares(found: Finding) -> str:
    """What the cohorts that match every published figure add to the analyses of one of them."""
    rows = ranges(read_ensemble()).set_index("key").loc[["consolidation_lfs_time", "consolidation_lfs_landmark"]]
    shares = [f"{fmt.number(100 * row['significant'], 1)}% ({row['label']})" for _, row in rows.iterrows()]
    told = "Over the cohorts that match every published figure, P is below 0.05 in"
    return f"{found.explanation} {told} {' and '.join(shares)} of those estimable."


def missing(figure: pd.Series) -> Finding:
    """What is said of a figure for which the estimates hold nothing."""
    looked = ", ".join(figure[name] for name in ("endpoint", "population", "group", "term", "measure") if figure[name])
    return Finding("", "", "not recomputed", f"No estimate was found for: {looked}.")


def _multivariable(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Hazard ratios of the term from models with more than one term, one row per method."""
    rows = matching(figure, estimates, study)
    rows = rows[rows["method"].str.startswith("Cox") & ~rows["method"].str.contains("unadjusted|landmark")]
    sizes = estimates[estimates["measure"] == "hazard_ratio"].groupby(["endpoint", "population", "method"])["term"]
    several = sizes.nunique().loc[lambda count: count > 1].index
    kept = [key in several for key in zip(rows["endpoint"], rows["population"], rows["method"], strict=True)]
    # A model with the exposure alone has the same method; the adjusted one is published after it.
    return rows[pd.Series(kept, rows.index, dtype=bool)].drop_duplicates("method", keep="last")


def _effect(figure: pd.Series, rows: pd.DataFrame, usual: str) -> Finding:
    """The verdict on a direction with P < 0.05 under the usual method, and failing that under others."""
    first = rows[rows["method"] == usual]
    if first.empty:
        return missing(figure)
    row = first.iloc[0]
    ours = "hazard ratio " + ratio_text(row)
    told = "Only the direction and P below 0.05 can be compared."
    if _agrees(figure, row):
        return Finding(ours, usual, "reproduced", told)
    others = [other["method"] for _, other in rows.iterrows() if _agrees(figure, other)]
    if others:
        return Finding(ours, "; ".join(others), "reproduced only under " + "; ".join(others), told)
    return Finding(ours, usual, "differs", told)


def _agrees(figure: pd.Series, row: pd.Series) -> bool:
    """Whether an effect has the published direction and P < 0.05."""
    side = above if figure["value"] == "above 1" else below
    return bool(side(row["estimate"], 1) and below(row["p"], SIGNIFICANT))


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


RULES: dict[str, Callable[[pd.Series, pd.DataFrame, Study], Finding]] = {
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
