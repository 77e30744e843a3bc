"""The published figures as data, and how each is printed.

``data/published.csv`` has one row per published figure:

- key, section (the notebook that compares it: cohort, response, safety, survival, multivariate), claim (our words);
- quantity, endpoint, population, group (an arm's key, "contrast" or "All"), term (a covariate's column, an
  exposure's key or column, or "contrast"), time_months, measure: which estimate it is compared with;
- value, ci, p, events, n as published (value and ci in the unit), precision (decimals printed);
- method (as the publication names it, empty when it does not), default (the method that is usual for the question
  where that matters), rule (how the verdict is reached, see ``helpers.audit.compare``).
"""

from functools import cache

import pandas as pd

from helpers.present import format as fmt
from helpers.stats.ties import below
from helpers.study import PROJECT_ROOT

PUBLISHED_FILE = PROJECT_ROOT / "data" / "published.csv"
SCALES = {"%": 100.0}


@cache
def _read() -> pd.DataFrame:
    return pd.read_csv(PUBLISHED_FILE, dtype=str, keep_default_na=False)


def published_figures() -> pd.DataFrame:
    """The published figures, one row each, every column as text exactly as printed (empty = not given)."""
    return _read().copy()


def published_text(row: pd.Series) -> str:
    """One published figure as it was printed: "10/18 (55.6%)", "0.128 (0.017-0.974)", "P = 0.045"."""
    if row["measure"] == "proportion":
        return f"{row['events']}/{row['n']} ({row['value']}%)"
    value = row["value"] + {"%": "%", "months": " months"}.get(row["unit"], "")
    interval = f" ({row['ci']})" if row["ci"] else ""
    p = (f"P {row['p'][0]} {row['p'][1:]}" if row["p"].startswith("<") else f"P = {row['p']}") if row["p"] else ""
    return ", ".join(part for part in (value + interval, p) if part)


def printed(value: float, row: pd.Series) -> str:
    """A number of ours in the unit and with the decimals of a published figure."""
    return fmt.number(value * SCALES.get(row["unit"], 1.0), int(row["precision"]))


def ratio_text(row: pd.Series) -> str:
    """An odds or hazard ratio of ours with its interval and P: "4.07 (1.21-13.7), P = 0.023"."""
    numbers = [fmt.significant(row[name]) for name in ("estimate", "ci_low", "ci_high")]
    p = "P < 0.001" if below(row["p"], 0.001) else f"P = {fmt.number(row['p'], 3)}"
    return f"{numbers[0]} ({numbers[1]}-{numbers[2]}), {p}"
