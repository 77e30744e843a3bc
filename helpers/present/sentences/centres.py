"""Sentences on one estimate in several centres: what they have in common, how far they differ, who lies outside."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.sentences.general import join, listed, measure_name
from helpers.present.values import SHARES, capital, interval, value, value_with_ci
from helpers.stats.centres import BETWEEN, FEWEST, HOMOGENEITY, LEVELS, PREDICTION, RANDOM_EFFECTS, SHARE_BETWEEN
from helpers.stats.estimates import FEW_AT_RISK, single
from helpers.study import EVERYBODY

FEW_CENTRES = 10  # below which the variance between centres is poorly known
POOLABLE = "shares, ratios, differences and means up to a time"
REPEATED, COPIED, FEW, UNMEASURED = "repeated", "copied", "few", "unmeasured"  # reasons not to pool


def subject(row: pd.Series) -> str:
    """What a row estimates, without its number: "Overall survival at 24 months, patients in CR"."""
    at = "" if fmt.is_missing(row["time_months"]) else f" at {row['time_months']:.4g} months"
    group = "" if row["group"] == "All" else row["group"]
    population = "" if row["population"] == EVERYBODY else row["population"]
    name = "" if row["measure"] in SHARES else measure_name(row)
    term = "" if row["term"] == row["endpoint_label"] else row["term"]
    parts = [capital(row["endpoint_label"]) + at, term, group, population, name]
    return ", ".join(dict.fromkeys(filter(None, parts)))


def progress(runs: pd.DataFrame) -> str:
    """How many runs are done, failed and not yet begun."""
    counts = runs["status"].value_counts()
    done, failed, waiting = (int(counts.get(status, 0)) for status in ("done", "failed", "not yet"))
    rest = [f"{failed:,} failed" if failed else "", f"{waiting:,} not yet done" if waiting else ""]
    lead = f"{done:,} of {fmt.plural(len(runs), 'run')} done"
    return f"{', '.join(filter(None, [lead, *rest]))}."


def in_common(centres: pd.DataFrame, pooled: pd.DataFrame) -> str:
    """The pooled estimate, and the interval of a further centre."""
    mean, further = single(pooled, method=RANDOM_EFFECTS), single(pooled, method=PREDICTION)
    patients = int(centres["n"].sum())
    who = fmt.plural(len(centres), "centre") + (f" with {fmt.plural(patients, 'patient')}" if patients else "")
    return (
        f"{subject(centres.iloc[0])} was {value_with_ci(mean)} over {who} (random effects); "
        f"the 95% prediction interval of a further centre is {interval(further)}."
    )


def apart(centres: pd.DataFrame, pooled: pd.DataFrame) -> str:
    """How far centres differ, how many lie outside the limits of chance, and what is too small to say much."""
    share, spread = single(pooled, method=SHARE_BETWEEN), single(pooled, method=BETWEEN)
    q = single(pooled, method=HOMOGENEITY)
    varied = (
        f"Between centres: I\N{SUPERSCRIPT TWO} {value(share)}, \N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO} "
        f"{fmt.significant(spread['estimate'], 2)} ({spread['term']}), {fmt.equals_p(q['p'])} (Cochran's Q)."
    )
    return join([varied, outside(centres), small(centres)])


def outside(centres: pd.DataFrame) -> str:
    """How many centres lie outside the limits of chance, and how many would by chance alone."""
    beyond = {"95": centres["outside"] != "", "998": centres["outside"] == "99.8%"}
    counts = [f"{int(beyond[name].sum()) or 'none'}" for name in LEVELS]
    by_chance = [f"({fmt.significant(len(centres) * (1 - level), 1)} expected by chance)" for level in LEVELS.values()]
    return (
        f"Outside the 95% limits of the funnel: {counts[0]} of {len(centres)} {by_chance[0]}; "
        f"outside the 99.8% limits: {counts[1]} {by_chance[1]}."
    )


def small(centres: pd.DataFrame) -> str:
    """What is too small to say much: the number of centres, and centres themselves."""
    few = int((centres["status"] == FEW_AT_RISK).sum())
    number = f"{len(centres)} centres are few: the variance between them is poorly known."
    sizes = f"{fmt.plural(few, 'centre has', 'centres have')} too few patients at risk for a curve."
    return join([number if len(centres) < FEW_CENTRES else "", sizes if few else ""])


def not_pooled(reason: str, runs: pd.DataFrame, row: pd.Series) -> str:
    """Why there is neither a pooled estimate nor a funnel; `runs` are those that are the reason."""
    names = listed(runs["name"].head(3))
    more = f" and {len(runs) - 3:,} more" if len(runs) > 3 else ""
    told = {
        REPEATED: f"several runs are of one study ({names}{more}), so they share patients and are no separate centres; "
        "a table of runs with one run for each study is pooled",
        COPIED: f"the numbers of {names}{more} are all equal, so their patients are the same",
        FEW: f"{fmt.plural(len(runs), 'centre has', 'centres have')} this estimate; {FEWEST} are needed to see how far "
        "centres differ",
        UNMEASURED: f"what can be pooled are {POOLABLE}; this is of another kind ({measure_name(row)})",
    }
    return f"{subject(row)}: not pooled, and no funnel plot. {capital(told[reason])}."


def unlike(synthetic: int) -> str:
    """That runs of synthetic data are not pooled with real patients."""
    runs = fmt.plural(synthetic, "run of synthetic data is", "runs of synthetic data are")
    return f"{runs} listed, but not pooled with real patients." if synthetic else ""
