"""How the value of each measure is printed: percent, ratio, count, P value, time or plain number."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from helpers import marks
from helpers.present import format as fmt
from helpers.stats.estimates import NOT_REACHED

EFFECT_RATIOS = ("odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio")
RATIOS = {*EFFECT_RATIOS, "e_value", "e_value_limit", "influence_lowest", "influence_highest"}
SHARES = {"proportion", "survival", "one_minus_survival", "cumulative_incidence"}
POINTS = {"risk_difference", "survival_difference"}
SHARES |= {"completeness", "immortal_share", "missing_information", "between_share"}
COUNTS = {"count", "fragility_index", "missing", "touched", "at_risk", "dropped"}
COUNTS |= {"required_events", "required_patients"}
PROBABILITIES = {"p_value", "p_adjusted"}
TIMES = {"median", "minimum", "maximum", "rmst", "rmst_difference"}
MEASURE_NAMES = {name: name.replace("_", " ") for name in (*EFFECT_RATIOS, "risk_difference")}
MEASURE_NAMES |= {"rmst": "restricted mean", "rmst_difference": "difference in restricted mean survival time"}
MEASURE_NAMES |= {"e_value": "E-value", "survival_difference": "difference in survival"}


def capital(label: str) -> str:
    """A label at the start of a sentence, abbreviations left alone."""
    return label[:1].upper() + label[1:]


def within(label: str) -> str:
    """A label inside a sentence: its first letter small unless it begins an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def marked(row: pd.Series, text: str) -> str:
    """A number of an estimate, marked with the estimate's id and origin once it is published (helpers.marks)."""
    return marks.mark(text, row.get("id", ""), row.get("origin", ""))


def count_with_percent(row: pd.Series) -> str:
    """ "10/18 (55.6%)"."""
    if not row["n"]:
        return "no patients"
    return marked(row, f"{fmt.count_of(row['events'], row['n'])} ({fmt.percent(row['estimate'])})")


def share_of_cohorts(row: pd.Series) -> str:
    """ "40%" of the compatible cohorts, and "9% of 709" where not every one has an estimate."""
    of = "" if row["events"] == row["n"] else f" of {fmt.count(row['events'])}"
    return marked(row, fmt.whole_percent(row["estimate"]) + of)


def value_format(measure: str) -> Callable[[float], str]:
    """The way a measure's value is printed."""
    kinds = {fmt.percent: SHARES, fmt.points: POINTS, fmt.ratio: RATIOS, fmt.count: COUNTS}
    kinds |= {fmt.p_value: PROBABILITIES, fmt.time: TIMES, partial(fmt.number, digits=1): {"events_per_variable"}}
    return next((show for show, names in kinds.items() if measure in names), fmt.number)


def value(row: pd.Series) -> str:
    """The estimate of one row as printed; a median or a limit that was not reached says so."""
    return marked(row, _value(row))


def _value(row: pd.Series) -> str:
    if row["status"] == NOT_REACHED:
        return "not reached"
    if row["measure"] in PROBABILITIES and fmt.is_missing(row["estimate"]):
        return ""  # a test: its P has a column of its own
    return value_format(row["measure"])(row["estimate"])


def interval(row: pd.Series) -> str:
    """The limits of an estimate with its decimals, without its unit; empty when there are none."""
    show = value_format(row["measure"])
    if row["measure"] in SHARES | POINTS:
        show = fmt.percentage
    if row["measure"] in RATIOS:
        show = partial(fmt.ratio, like=row["estimate"])
    return fmt.interval(row["ci_low"], row["ci_high"], show)


def value_with_interval(row: pd.Series) -> str:
    """ "55.6% (30.8 to 78.5)"; without an interval the value alone."""
    return marked(row, f"{_value(row)} ({interval(row)})" if interval(row) else _value(row))


def value_with_ci(row: pd.Series) -> str:
    """ "55.6% (95% CI 30.8 to 78.5)"; without an interval the value alone."""
    return marked(row, f"{_value(row)} (95% CI {interval(row)})" if interval(row) else _value(row))


def p_text(row: pd.Series) -> str:
    """ "P = 0.070"; empty without a P."""
    return "" if fmt.is_missing(row["p"]) else marked(row, fmt.equals_p(row["p"]))


def value_with_p(row: pd.Series) -> str:
    """ "5.45 (0.97 to 30.65), P = 0.0539"; without a P the value with its interval."""
    return value_with_interval(row) + (f", {p_text(row)}" if p_text(row) else "")
