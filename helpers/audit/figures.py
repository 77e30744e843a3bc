"""The rules for figures that were printed as numbers: one function per rule that published.csv may name."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.audit.matching import found, matching, one, why_not
from helpers.audit.published import UNITS, printed, printed_ratio, prints_p, read_published
from helpers.audit.verdict import AGREES, DIFFERS, ONE_METHOD, WRONG_LABEL, NotRecomputed, Verdict, agreement
from helpers.present import format as fmt
from helpers.present.values import marked, p_text, value_with_ci
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.models.logistic_regression import WALD
from helpers.stats.proportions.effects import WOOLF
from helpers.stats.proportions.tables2x2 import FISHER_ONE_SIDED
from helpers.stats.ties import below
from helpers.study import Study

N_MINUS_1 = "N-1 chi-square"
SMALL = 5  # expected patients in a cell, below which exact tests are usual
HALF = 0.5
SURVIVALS = ("survival", "cumulative_incidence")
SPSS = (
    "SPSS prints two of them side by side, the one-sided Fisher test and, as linear-by-linear association, the N-1 "
    "chi-square: a likely origin."
)
NOBODY_DIED = (
    f"Either nobody died in {{}} before then, or the incidence was computed as 1 {fmt.MINUS} LFS; "
    "the publication does not say which."
)


def value(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when our estimate prints the published value, and the interval, P and counts where they were given."""
    row = one(figure, estimates, study)
    number = printed(row["estimate"], figure)
    same, ours = number == figure["value"], number + UNITS.get(figure["unit"], "")
    if figure["measure"] == "proportion":
        ours = f"{row['events']:.0f}/{row['n']:.0f} ({number}%)"
        same &= not figure["events"] or row["events"] == float(figure["events"])
    same &= not figure["n"] or row["n"] == float(figure["n"])
    if figure["ci"]:
        ours = f"{ours} ({printed(row['ci_low'], figure)}-{printed(row['ci_high'], figure)})"
        same &= ours.endswith(f"({figure['ci']})")
    if figure["p"]:
        ours, same = f"{ours}, {fmt.equals_p(row['p'])}", same and prints_p(row["p"], figure)
    method = row["method"] if figure["ci"] or figure["p"] else ""
    return Verdict(marked(row, ours), agreement(same), _among(figure, row), method)


def _among(figure: pd.Series, row: pd.Series) -> str:
    """Of whom a survival or an incidence is."""
    if figure["measure"] not in SURVIVALS:
        return ""
    return f"Among {_patients(row)}."


def _patients(row: pd.Series) -> str:
    """ "all 35 patients", "23 patients in CR"."""
    everybody = row["population"] == "all patients"
    return f"all {row['n']:.0f} patients" if everybody else f"{row['n']:.0f} {row['population']}"


def events(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when as many patients of the group had the event; without n the published denominator is not known."""
    if figure["n"]:
        row = one(figure, estimates, study, measure="proportion")
        same = (row["events"], row["n"]) == (float(figure["events"]), float(figure["n"]))
        return Verdict(marked(row, f"{row['events']:.0f} of {row['n']:.0f}"), agreement(same))
    row = one(figure, estimates, study, measure="proportion", variable="", level="")
    return Verdict(marked(row, f"{row['events']:.0f}"), agreement(row["events"] == float(figure["events"])))


def period(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when the first and the last treatment fall in the published months."""
    row = found(figure, estimates, study).iloc[0]
    return Verdict(marked(row, row["level"]), agreement(row["level"] == figure["value"]))


def follow_up(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `value`; the method that gives the median had to be looked for, because it was not named."""
    row = one(figure, estimates, study)
    number = printed(row["estimate"], figure)
    explanation = "" if figure["method"] else f"The method was not named. {_too_long(figure, study)}".strip()
    ours = marked(row, number + UNITS.get(figure["unit"], ""))
    return Verdict(ours, agreement(number == figure["value"]), explanation, row["method"])


def _too_long(figure: pd.Series, study: Study) -> str:
    """Why the median of the observed times cannot be as published: too few survived so long; "" where it can be.

    Kaplan-Meier survival is at least the share of patients who are still observed.
    """
    printed_shares = filter_rows(read_published(study), group=figure["group"], unit="%", rule="value")
    survived = filter_rows(printed_shares, endpoint="os", measure="survival")
    for _, other in survived.iterrows():
        at, patients = float(other["time_months"] or "inf"), float(other["n"] or "nan")
        share = (float(other["value"]) + 0.5 * 10 ** -int(other["precision"])) / 100
        if at <= float(figure["value"]) and share < HALF and patients > 0:
            return (
                f"It is not the median of the observed times: with overall survival of {other['value']}% at {at:g} "
                f"months, at most {np.floor(share * patients):.0f} of {patients:.0f} patients were observed longer."
            )
    return ""


def test(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when the usual test prints the published P; else the tests that print it are named."""
    rows = matching(figure, estimates, study)
    rows = rows[rows["p"].notna()]
    chosen = filter_rows(rows, method=figure["default"])
    if chosen.empty:
        raise NotRecomputed(why_not(figure, estimates, study))
    row, count = chosen.iloc[0], int(below(rows["p"], ALPHA).sum())
    many = f"; below {ALPHA:g} under {count} of {fmt.plural(len(rows), 'test')}" if len(rows) > 1 else ""
    ours = f"{_p(row, figure)} ({row['method']}){many}"
    alike = list(dict.fromkeys(rows.loc[[prints_p(p, figure) for p in rows["p"]], "method"]))
    if row["method"] in alike:
        return Verdict(ours, AGREES)
    if not alike:
        return Verdict(ours, DIFFERS, "No test tried prints the published P.")
    parts = [_usual(figure, row, estimates, study), _likely_origin(alike), _all_arms(figure, estimates)]
    return Verdict(ours, ONE_METHOD, " ".join(filter(None, parts)), "; ".join(alike))


def _p(row: pd.Series, figure: pd.Series) -> str:
    """ "P = 0.070", with the decimals of the figure where these show something."""
    text = printed(row["p"], figure)
    return marked(row, f"P = {text}") if text.strip("0.") else p_text(row)


def _usual(figure: pd.Series, row: pd.Series, estimates: pd.DataFrame, study: Study) -> str:
    """Which test is usual and why, and that the tests that print the published P cannot be told apart."""
    named = "" if figure["method"] else "The test was not named. "
    expected = _smallest_expected(figure, estimates, study)
    lead = f"The usual test is {row['method']}"
    if expected < SMALL:
        lead = f"The smallest expected count is {fmt.number(expected, 1)}, so the usual test is {row['method']}"
    side = "below" if below(row["p"], ALPHA) else "not below"
    return f"{named}{lead}, and its P is {side} {ALPHA:g}. The tests that print the published P cannot be told apart."


def _smallest_expected(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> float:
    """The smallest expected count of the two-by-two table of the comparison; NaN where the estimates lack it."""
    if study.contrast is None:
        return np.nan
    sides = [study.contrast.treated_label, study.contrast.control_label]
    rows = filter_rows(estimates, endpoint=figure["endpoint"], measure="proportion", variable="", analysis="")
    rows = filter_rows(rows, group=sides).drop_duplicates("group")
    if len(rows) < len(sides):
        return np.nan
    happened = rows["events"].sum()
    return float(rows["n"].min() * min(happened, rows["n"].sum() - happened) / rows["n"].sum())


def _likely_origin(alike: list[str]) -> str:
    """Where the published P may come from, if a widespread program prints it."""
    return SPSS if {FISHER_ONE_SIDED, N_MINUS_1} <= set(alike) else ""


def _all_arms(figure: pd.Series, estimates: pd.DataFrame) -> str:
    """The test of all arms beside that of the comparison."""
    rows = filter_rows(estimates, endpoint=figure["endpoint"], comparison="arms", measure="p_value", analysis="")
    rows = rows[rows["p"].notna()]
    if figure["comparison"] != "contrast" or rows.empty:
        return ""
    row = rows.iloc[0]
    return f"All arms, not put together: {p_text(row)} ({row['method']})."


def odds_called_hazard(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Wrong label when an odds ratio of our logistic model, upright or inverted, prints the published figures."""
    row = found(figure, estimates, study, WALD, measure="odds_ratio").iloc[0]
    published = f"{figure['value']} ({figure['ci']})"
    remission = study.response.noun
    for outcome, inverted in ((remission, False), (f"no {remission}", True)):
        if printed_ratio(row, figure, inverted) == published:
            ours = f"an odds ratio of {outcome}, {marked(row, published)}"
            lead = f"It comes from a logistic model: an odds ratio of {outcome}, not a hazard ratio."
            parts = [
                lead,
                _turned(figure, remission) if inverted else "",
                _crude(figure, row, estimates, study, outcome),
            ]
            return Verdict(ours, WRONG_LABEL, " ".join(filter(None, parts)), WALD)
    ours = f"an odds ratio of {remission}, {marked(row, printed_ratio(row, figure, False))}"
    return Verdict(
        ours, DIFFERS, "Neither the odds ratio of the model nor its inverse prints the published figures.", WALD
    )


def _turned(figure: pd.Series, remission: str) -> str:
    """The published ratio of not reaching remission the other way round."""
    low, high = figure["ci"].split("-")
    turned = [fmt.significant(1 / float(text)) for text in (figure["value"], high, low)]
    return f"As an odds ratio of {remission}, the published figures are {turned[0]} ({turned[1]}-{turned[2]})."


def _crude(figure: pd.Series, row: pd.Series, estimates: pd.DataFrame, study: Study, outcome: str) -> str:
    """The odds ratio without the other factors, and whether these make it significant."""
    rows = filter_rows(matching(figure, estimates, study, measure="odds_ratio", variable=""), method=WOOLF)
    if rows.empty:
        return ""
    crude = rows.iloc[0]
    makes = below(row["p"], ALPHA) and not below(crude["p"], ALPHA)
    ratio = marked(crude, printed_ratio(crude, figure, outcome != study.response.noun))
    text = f"Without the other factors the odds ratio of {outcome} is {ratio}, {p_text(crude)}"
    return f"{text}: only with them is P below {ALPHA:g}." if makes else f"{text}."


def identity(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when LFS and the incidence of relapse add up to 100%, which leaves no room for other deaths."""
    lfs = found(figure, estimates, study).iloc[0]
    relapse = found(figure, estimates, study, endpoint="relapse", measure="cumulative_incidence").iloc[0]
    total = printed(lfs["estimate"] + relapse["estimate"], figure)
    parts = [marked(row, printed(row["estimate"], figure) + "%") for row in (lfs, relapse)]
    ours = f"{' + '.join(parts)} = {total}%"
    if total != figure["value"]:
        return Verdict(ours, DIFFERS, f"Some patients died in {study.response.noun}.")
    other = matching(figure, estimates, study, endpoint="nrm", measure="cumulative_incidence")
    deaths = [f"Here non-relapse mortality is {value_with_ci(row)}." for _, row in other.head(1).iterrows()]
    return Verdict(ours, AGREES, " ".join([NOBODY_DIED.format(study.response.noun), *deaths]))


def denominators(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when survival lies, as published, below another published one at the time, which is of other patients."""
    row = one(figure, estimates, study)
    same_time = filter_rows(read_published(study), measure="survival", time_months=figure["time_months"], rule="value")
    for _, other in same_time[same_time["endpoint"] != figure["endpoint"]].iterrows():
        higher = one(other, estimates, study)
        parts = [f"{marked(at, printed(at['estimate'], figure) + '%')} of {_patients(at)}" for at in (row, higher)]
        same = bool(below(row["estimate"], higher["estimate"])) and row["population"] != higher["population"]
        explanation = f"{row['endpoint_label']} cannot be the lower one in the same patients; these are not the same."
        return Verdict(" and ".join(parts), agreement(same), explanation if same else "")
    raise NotRecomputed("No other survival at this time was published.")


FIGURE_RULES: dict[str, Callable[[pd.Series, pd.DataFrame, Study], Verdict]] = {
    rule.__name__: rule for rule in (value, events, period, follow_up, test, odds_called_hazard, identity, denominators)
}
