"""Sentences made from estimates: each states its numbers with their interval, and claims no more than it holds.

Functions return plain text, "" for an empty table; `say` and `answer` make it a thing to show. No sentence reads a
number from anywhere but the rows it is given.
"""

from collections.abc import Iterable

import pandas as pd

from helpers.present import format as fmt
from helpers.present.names import NAMES
from helpers.present.show import NOT_RECORDED, Text
from helpers.present.values import RATIOS, value, value_format
from helpers.present.values import capital as _capital
from helpers.stats.ties import above, below

ALPHA = 0.05


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
    name = _capital(NAMES.get(row["endpoint"], row["endpoint"]))
    when = "" if fmt.is_missing(row["time_months"]) else f" at {row['time_months']:g} months"
    return _card_label(name + when, row["group"])


def effect_cards(estimates: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Headline cards of model terms: "Odds ratio, Tandem vs single", the value, its interval."""
    named = [(_capital(NAMES.get(row["measure"], row["measure"])), row) for _, row in estimates.iterrows()]
    return [(f"{name}, {row['term']}", value(row), _detail(row)) for name, row in named]


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


def at_time(estimates: pd.DataFrame) -> str:
    """Survival or incidence at one time, each group with its interval."""
    phrases = [f"{_value(row)}{_of(row)}" for _, row in estimates.iterrows()]
    if not phrases:
        return ""
    first = estimates.iloc[0]
    name = NAMES.get(first["endpoint"], first["endpoint"])
    return f"{_capital(name)} at {first['time_months']:g} months: {_join(phrases)}."


def _of(row: pd.Series) -> str:
    where = f"{int(row['n'])} patients" if not fmt.is_missing(row["n"]) else "patients"
    if fmt.is_missing(row["estimate"]):
        return f" in {where}" if row["group"] == "All" else f" in {row['group']} ({where})"
    return f" of {where}" if row["group"] == "All" else f" in {row['group']} ({where})"


def _value(row: pd.Series) -> str:
    limits = fmt.interval(row["ci_low"], row["ci_high"], value_format(row["measure"]))
    return f"{value(row)} (95% CI {limits})" if limits else value(row)


def medians(estimates: pd.DataFrame) -> str:
    """Median times, each group with its interval; a median that was not reached says so."""
    phrases = [_median(row) for _, row in estimates.iterrows()]
    if not phrases:
        return ""
    name = NAMES.get(estimates.iloc[0]["endpoint"], estimates.iloc[0]["endpoint"])
    return f"Median {name}: {_join(phrases)}."


def _median(row: pd.Series) -> str:
    unit = "" if fmt.is_missing(row["estimate"]) else " months"
    limits = fmt.interval(row["ci_low"], row["ci_high"], fmt.time)
    shown = value(row) if not unit else fmt.time(row["estimate"]) + unit
    return f"{shown}{f' (95% CI {limits})' if limits else ''}{_of(row)}"


def effect(row: pd.Series) -> str:
    """One effect with its interval, P and test, and whether the interval includes no difference."""
    name = NAMES.get(row["measure"], row["measure"].replace("_", " "))
    about = row["term"] or row["group"]
    if fmt.is_missing(row["estimate"]):
        return f"{about}: {name} {row['note'] or fmt.NOT_ESTIMABLE}."
    p = "" if fmt.is_missing(row["p"]) else f", {fmt.equals_p(row['p'])}"
    return f"{about}: {name} {_value(row)}{p} ({row['method']}); {_reading(row)}."


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
