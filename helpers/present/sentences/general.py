"""Sentences made from estimates alone: each states its numbers with their interval, and claims no more than it holds.

Functions return plain text, "" for an empty table; `say`, `answer` and `warn` make it a thing to show.
"""

from collections.abc import Iterable

import pandas as pd

from helpers import marks
from helpers.present import format as fmt
from helpers.present.show import INVENTED, NOT_RECORDED, Text
from helpers.present.values import MEASURE_NAMES, RATIOS, interval, value, value_with_ci
from helpers.stats.ties import above, below

ALL_INVENTED = "Nothing here was published: every number of this report was invented with the synthetic cohort."


def say(*parts: str) -> Text | None:
    """A computed sentence below a table or figure; nothing when all parts are empty."""
    return Text("sentence", join(parts)) if any(parts) else None


def answer(*parts: str) -> Text:
    """The paragraph that opens a report, one sentence a part; a cohort that records nothing of it is told so.

    The first part stands for the report on the front page. Line breaks, shown as spaces, stand between the parts.

    What a generator invented is no headline: parts with such a number are left out.
    """
    found = [part for part in parts if INVENTED not in marks.origins(part)]
    nothing = f"{NOT_RECORDED}." if found == list(parts) else ALL_INVENTED
    return Text("answer", "\n".join(filter(None, found)) or nothing)


def warn(*parts: str) -> Text | None:
    """A warning; nothing when all parts are empty."""
    return Text("warning", join(parts)) if any(parts) else None


def caption(title: str, *findings: str) -> str:
    """A caption that says what is found: the title as a sentence, then the sentences that are not empty."""
    return join((title.rstrip(".") + ("." if any(findings) else ""), *findings)).replace("\n", " ")


def join(sentences: Iterable[str]) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(filter(None, sentences))


def cards(estimates: pd.DataFrame, label: str) -> list[tuple[str, str, str]]:
    """Headline cards, one per row: label and group, the value, and its interval or counts."""
    return [_card(label, row) for _, row in estimates.iterrows()]


def measure_name(row: pd.Series) -> str:
    """The measure of a row as it is printed: "hazard ratio"."""
    return MEASURE_NAMES.get(row["measure"], row["measure"].replace("_", " "))


def _card(label: str, row: pd.Series) -> tuple[str, str, str]:
    return label if row["group"] == "All" else f"{label}, {row['group']}", value(row), _detail(row)


def _detail(row: pd.Series) -> str:
    """What stands under a card's value: the interval if there is one, else counts, else the method."""
    if interval(row):
        return f"95% CI {interval(row)}"
    if row["measure"] == "count":
        return "patients"
    counted = not fmt.is_missing(row["n"]) and not fmt.is_missing(row["events"])
    return f"{fmt.count_of(row['events'], row['n'])} patients" if counted else row["method"]


def effect(row: pd.Series) -> str:
    """One effect with its interval, P and test, and whether the interval includes no difference."""
    lead = f"{row['term'] or row['group']}: {measure_name(row)}"
    if fmt.is_missing(row["estimate"]):
        return f"{lead} {row['note'] or fmt.NOT_ESTIMABLE}."
    p = "" if fmt.is_missing(row["p"]) else f", {fmt.equals_p(row['p'])}"
    null = 1.0 if row["measure"] in RATIOS else 0.0
    excludes = above(row["ci_low"], null) or below(row["ci_high"], null)
    reading = f"the interval {'excludes' if excludes else 'includes'} no difference"
    if row[["ci_low", "ci_high"]].isna().any():
        reading = "no interval is available"
    return f"{lead} {value_with_ci(row)}{p} ({row['method']}); {reading}."


def effects(estimates: pd.DataFrame) -> str:
    """Every effect of a model, one clause each."""
    return " ".join(effect(row) for _, row in estimates.iterrows())


def missing_cards(what: str) -> list[tuple[str, str, str]]:
    """The one card of a report for which the cohort has no data."""
    return [(what, "not recorded", "in this cohort")]


def listed(items: Iterable[str]) -> str:
    """ "a", "a and b", "a; b; and c"."""
    phrases = list(items)
    if len(phrases) < 3:
        return " and ".join(phrases)
    return "; ".join(phrases[:-1]) + "; and " + phrases[-1]
