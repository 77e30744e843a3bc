"""Sentences made from estimates: each states its numbers with their interval, and claims no more than it holds.

Functions return plain text, "" for an empty table; `say` and `answer` make it a thing to show. No sentence reads a
number from anywhere but the rows it is given.
"""

from collections.abc import Iterable

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import NOT_RECORDED, Text
from helpers.present.values import MEASURE_NAMES, RATIOS, capital, value, value_format
from helpers.stats.ties import above, below


def say(*parts: str) -> Text | None:
    """A computed sentence below a table or figure; nothing when all parts are empty."""
    text = " ".join(part for part in parts if part)
    return Text("sentence", text) if text else None


def answer(*parts: str) -> Text:
    """The paragraph that opens a report; a cohort that records nothing of it is told so."""
    return Text("answer", " ".join(part for part in parts if part) or f"{NOT_RECORDED}.")


def warn(*parts: str) -> Text | None:
    """A warning; nothing when all parts are empty."""
    text = " ".join(part for part in parts if part)
    return Text("warning", text) if text else None


def cards(estimates: pd.DataFrame, label: str) -> list[tuple[str, str, str]]:
    """Headline cards, one per row: label and group, the value, and its interval or counts."""
    return [(_card_label(label, row["group"]), value(row), _detail(row)) for _, row in estimates.iterrows()]


def endpoint_cards(estimates: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Headline cards of timed estimates: "Overall survival at 24 months", the value, its interval."""
    return [(_timed(row), value(row), _detail(row)) for _, row in estimates.iterrows()]


def _timed(row: pd.Series) -> str:
    when = "" if fmt.is_missing(row["time_months"]) else f" at {row['time_months']:g} months"
    return _card_label(capital(row["endpoint_label"]) + when, row["group"])


def effect_cards(estimates: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Headline cards of model terms: "Odds ratio, Tandem vs single", the value, its interval."""
    rows = [row for _, row in estimates.iterrows()]
    return [(f"{capital(measure_name(row))}, {row['term']}", value(row), _detail(row)) for row in rows]


def measure_name(row: pd.Series) -> str:
    """The measure of a row as it is printed: "hazard ratio"."""
    return MEASURE_NAMES.get(row["measure"], row["measure"].replace("_", " "))


def _card_label(label: str, group: str) -> str:
    return label if group == "All" else f"{label}, {group}"


def _detail(row: pd.Series) -> str:
    """What stands under a card's value: the interval if there is one, else counts, else the method."""
    limits = fmt.interval(row["ci_low"], row["ci_high"], value_format(row["measure"]))
    if limits:
        return f"95% CI {limits}"
    if row["measure"] == "count":
        return "patients"
    counted = not fmt.is_missing(row["n"]) and not fmt.is_missing(row["events"])
    return f"{fmt.count_of(row['events'], row['n'])} patients" if counted else row["method"]


def _join(phrases: list[str]) -> str:
    """ "a", "a and b", "a; b; and c"."""
    if len(phrases) < 3:
        return " and ".join(phrases)
    return "; ".join(phrases[:-1]) + "; and " + phrases[-1]


def with_interval(row: pd.Series) -> str:
    """ "55.6% (95% CI 30.8% to 78.5%)"; without an interval the value alone."""
    limits = fmt.interval(row["ci_low"], row["ci_high"], value_format(row["measure"]))
    return f"{value(row)} (95% CI {limits})" if limits else value(row)


def effect(row: pd.Series) -> str:
    """One effect with its interval, P and test, and whether the interval includes no difference."""
    name = measure_name(row)
    about = row["term"] or row["group"]
    if fmt.is_missing(row["estimate"]):
        return f"{about}: {name} {row['note'] or fmt.NOT_ESTIMABLE}."
    p = "" if fmt.is_missing(row["p"]) else f", {fmt.equals_p(row['p'])}"
    return f"{about}: {name} {with_interval(row)}{p} ({row['method']}); {_reading(row)}."


def _reading(row: pd.Series) -> str:
    """What an interval allows to be said."""
    if fmt.is_missing(row["ci_low"]) or fmt.is_missing(row["ci_high"]):
        return "no interval is available"
    null = 1.0 if row["measure"] in RATIOS else 0.0
    includes = not (above(row["ci_low"], null) or below(row["ci_high"], null))
    return "the interval includes no difference" if includes else "the interval excludes no difference"


def effects(estimates: pd.DataFrame) -> str:
    """Every effect of a model, one clause each."""
    return " ".join(effect(row) for _, row in estimates.iterrows())


def test(row: pd.Series, question: str) -> str:
    """ "Overall survival between the arms: log-rank P = 0.21."""
    if fmt.is_missing(row["p"]):
        return f"{question}: {row['method']} {row['note'] or fmt.NOT_ESTIMABLE}."
    return f"{question}: {row['method']}, {fmt.equals_p(row['p'])}."


def each_test(estimates: pd.DataFrame, *, about: str = "group") -> str:
    """Every test of a table, one clause each: what column `about` says is compared, the test and its P."""
    return " ".join(test(row, row[about]) for _, row in estimates.iterrows())


def missing_cards(what: str) -> list[tuple[str, str, str]]:
    """The one card of a report for which the cohort has no data."""
    return [(what, "not recorded", "in this cohort")]


def listed(items: Iterable[str]) -> str:
    """Words joined for a sentence."""
    return _join(list(items))
