"""What is said in, under and about a figure of curves: box, caption, description."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from helpers.frames import about
from helpers.present.figures.curve_lines import by_group, coinciding, least_patients, paired, value_column
from helpers.present.format import interval, number, percent, percentage, plural
from helpers.present.layout.colors import INK, Style
from helpers.present.layout.kept import kept
from helpers.present.layout.risk_table import time_column
from helpers.present.layout.text_layout import extent, literal, shorten
from helpers.present.layout.theme import SMALL, add_notes
from helpers.present.values import capital, p_text, value, value_with_interval, within
from helpers.stats.estimates import FEW_AT_RISK, NOT_REACHED, filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.survival.curve import Curve
from helpers.stats.survival.gray import GRAY
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.stats.ties import below

UNITS = {"time_days": "days", "time_months": "months"}
GROUPED = {None: ", all patients", "arm": " by arm", "contrast": " by comparison group"}
TEST_NAMES = {LOG_RANK: "log-rank", GRAY: "Gray's test"}
COMPARISONS = {"arm": "arms", "contrast": "contrast"}  # of a test between the groups of a column; else an exposure's


class Said(NamedTuple):
    """Estimates of what is drawn: values at times (`at`), medians, tests between the groups; each may be missing."""

    at: pd.DataFrame | None = None
    medians: pd.DataFrame | None = None
    tests: pd.DataFrame | None = None


class Drawn(NamedTuple):
    """What a figure shows: its rows, what its intervals are, groups left to the table, groups without patients."""

    rows: pd.DataFrame
    intervals: str = ""
    few: Sequence[str] = ()
    absent: Sequence[str] = ()


@kept
def said_of(curve: pd.DataFrame, groups: Sequence[str], said: Said, horizon: float | None) -> Said:
    """Those estimates that belong to the lines: of their groups, at the horizon, between just these groups."""
    at, medians, tests = (None if rows is None else _of_endpoint(rows, about(curve).key) for rows in said)
    if at is not None:
        at = _of_groups(filter_rows(at, time_months=horizon or 0.0), groups)
    if medians is not None:
        medians = _of_groups(medians[medians["estimate"].notna() | (medians["status"] == NOT_REACHED)], groups)
    if tests is not None:
        between = COMPARISONS.get(str(curve.by), "exposure") if isinstance(curve, Curve) else None
        tests = tests[(tests["comparison"] == between) & tests["p"].notna()].head(1)
    return Said(at, medians, tests)


def _of_endpoint(rows: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    """The rows of an endpoint, of estimates of several."""
    return rows[rows["endpoint"] == endpoint] if endpoint else rows


def _of_groups(rows: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The rows of the drawn groups, in the order of the lines."""
    known = rows[rows["group"].isin(groups)]
    return known.sort_values("group", key=lambda names: names.map(list(groups).index), kind="stable")


def box_lines(said: Said, styles: Mapping[str, Style], names: Mapping[str, str], width: float) -> list[tuple[str, str]]:
    """The lines of the box in the plot, each with its colour: medians with intervals, then the test between groups.

    `names` are what groups are called; no line is wider than `width` points.
    """
    lines = []
    if said.medians is not None and len(said.medians):
        lines.append(("Median, months (95% CI)", INK))
    for _, row in () if said.medians is None else said.medians.iterrows():
        name, text = names[row["group"]], literal(value_with_interval(row))
        whole = text if len(styles) == 1 else f"{name} {text}"
        split = [shorten(name, width, size=SMALL), text] if extent(whole, SMALL) > width else [whole]
        lines += [(part, styles[row["group"]].color) for part in split]
    for _, row in () if said.tests is None else said.tests.iterrows():
        lines.append((literal(capital(_test(row))), INK))
    return lines


def heading_of(curve: pd.DataFrame) -> str:
    """What stands over the plot: the quantity, and what divides the lines where that is neither arms nor sides."""
    by = curve.by if isinstance(curve, Curve) else None
    return about(curve).label + ("" if by in GROUPED else f", {within(str(by))}")


@kept
def caption_of(curve: pd.DataFrame, said: Said, horizon: float | None, drawn: Drawn) -> str:
    """What is drawn, what was found, what its bands are and what was left out.

    "Overall survival by arm (Kaplan-Meier). At 24 months: A 35.7% (13.0 to 59.4), B 20.1% (8.0 to 36.0). Median,
    months: A 16.8 (4.2 to not reached), B 17.9 (8.5 to 21.5). Log-rank P = 0.38: no difference is shown."
    """
    subject = about(curve)
    title = heading_of(curve)
    if isinstance(curve, Curve):
        title += f"{GROUPED.get(curve.by, '')} ({curve.estimator})"
    found = _findings(said, horizon, len(by_group(drawn.rows)) > 1)
    pairs = coinciding(drawn.rows)
    notes = [*found, f"The lines of {paired(pairs)} coincide." if pairs else "", drawn.intervals]
    if subject.min_at_risk > 1:
        notes.append(f"Lines stop where fewer than {subject.min_at_risk} patients remain at risk.")
    least = least_patients(curve)
    notes.append(f"Not drawn (fewer than {least} patients): {_listed(drawn.few)}." if drawn.few else "")
    notes.append(f"Not drawn (no patients): {_listed(drawn.absent)}." if drawn.absent else "")
    return add_notes(title, *notes)


def _listed(groups: Sequence[str]) -> str:
    return ", ".join(map(literal, groups))


def _test(row: pd.Series) -> str:
    """A test with its P: "log-rank P = 0.38", "Gray's test P = 0.32"."""
    return f"{TEST_NAMES.get(row['method'], row['method'])} {p_text(row)}"


def _findings(said: Said, horizon: float | None, several: bool) -> list[str]:
    """The values at the horizon, the medians and the test with what it says, as sentences."""
    parts = []
    if said.at is not None and len(said.at):
        month = number(horizon or 0, 1).removesuffix(".0")
        parts.append(f"At {month} months: {_named(said.at, _value, several)}.")
    if said.medians is not None and len(said.medians):
        parts.append(f"Median, months: {_named(said.medians, _median, several)}.")
    if said.tests is not None:
        parts += [f"{capital(_test(row))}: {_verdict(row)}." for _, row in said.tests.iterrows()]
    return parts


def _verdict(row: pd.Series) -> str:
    """What a test between the lines says."""
    return "a difference is shown" if below(row["p"], ALPHA) else "no difference is shown"


def _value(row: pd.Series) -> str:
    """A value with its interval; where few remain at risk it is not printed."""
    return "too few at risk" if row["status"] == FEW_AT_RISK else value_with_interval(row)


def _median(row: pd.Series) -> str:
    """A median with its interval; one that was not reached has none."""
    return value(row) if row["status"] == NOT_REACHED else value_with_interval(row)


def _named(rows: pd.DataFrame, text: Callable[[pd.Series], str], several: bool) -> str:
    """ "A 35.7% (13.0 to 59.4), B ..."; without names where there is one line."""
    return ", ".join((f"{literal(row['group'])} " if several else "") + text(row) for _, row in rows.iterrows())


@kept
def description_of(label: str, drawn: pd.DataFrame, at: float, said: Said) -> str:
    """The figure in words: every line with its value where it is read, and the test between them."""
    parts = [_describe_one(rows, at) for rows in by_group(drawn).values()]
    tests = [] if said.tests is None else [f"{capital(_test(row))}." for _, row in said.tests.iterrows()]
    return " ".join([f"{literal(label)} over time, {plural(len(parts), 'curve')}.", *parts, *map(literal, tests)])


def _describe_one(rows: pd.DataFrame, at: float) -> str:
    """One group in words."""
    time, quantity = time_column(rows), value_column(rows)
    last = rows[rows[time] <= at + 1e-9].iloc[-1]
    when = f"at {number(at, 1).removesuffix('.0')} {UNITS[time]}"
    if rows[time].iloc[-1] < at - 1e-9:
        when = f"at {number(last[time], 1)} {UNITS[time]}, where the line ends"
    start = rows["at_risk"].iloc[0]
    patients = f" ({plural(int(start), 'patient')})" if start == rows["at_risk"].max() else ""
    limits = interval(last["ci_low"], last["ci_high"], percentage)
    interval_text = f" (95% CI {limits})" if limits else ""
    return f"{literal(rows['group'].iloc[0])}{patients}: {percent(last[quantity])}{interval_text} {when}."
