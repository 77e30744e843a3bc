"""Tables of the survival report that are not a plain listing of estimates."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, months, p_only, under_headings
from helpers.present.values import capital, marked, value_with_interval, within
from helpers.stats.estimates import FEW_AT_RISK, NOT_REACHED, filter_rows, single
from helpers.stats.exposure.landmarks import EXPOSED, NOT_EXPOSED
from helpers.stats.survival.curves import KAPLAN_MEIER_EXACT
from helpers.stats.survival.incidence import AALEN_JOHANSEN_EXACT
from helpers.stats.survival.log_rank import LOG_RANK
from helpers.study import DAYS_PER_MONTH

DURATIONS = {"median": "Median", "rmst": "Restricted mean"}
LANDMARK_COLUMNS = ("Event before", "Lost before", "Without it by then", "With it by then", "Hazard ratio (95% CI)")
COMPARISON_COLUMNS: tuple[str, ...] = (
    "Survival, difference (95% CI)",
    "P",
    "Restricted mean, months, difference (95% CI)",
    "P",
)
COMPARISON_COLUMNS += ("P, test of the curves",)
FEW, FEW_NOTE = "\N{EN DASH}", "\N{EN DASH}: too few patients at risk for a value here (it is in estimates.csv)."
EXACT_NOTE = "Limits of 0% and 100% are exact (Clopper-Pearson), from the patients whose state is then known."


def by_time(estimates: pd.DataFrame, *, id: str = "", caption: str = "") -> Table | Text:
    """Survival or incidence with its interval: one row per time in months under its endpoint, one column per group.

    Without `id` and `caption` these name the endpoints and, where there is only one, their population.
    """
    if estimates.empty:
        return absent(caption)
    names = ("endpoint", "endpoint_label", "population")
    keys, labels, populations = (list(estimates[name].unique()) for name in names)
    subject = " and ".join([labels[0], *map(within, labels[1:])])
    caption = caption or ", ".join([subject, *populations] if len(populations) == 1 else [subject])
    timed = estimates.assign(term=[f"{time:g} months" for time in estimates["time_months"]])
    notes, corner = _reasons(timed), "Time"
    if len(labels) > 1:
        parts = timed.groupby("endpoint_label", sort=False)
        notes = [f"{label}. {reason}" for label, part in parts for reason in _reasons(part)]
        corner = "Endpoint and time"
    exact = timed["method"].isin([KAPLAN_MEIER_EXACT, AALEN_JOHANSEN_EXACT]) & (timed["status"] != FEW_AT_RISK)
    notes = [*_few(timed), *([EXACT_NOTE] if exact.any() else []), *notes]
    id = id or "-".join(keys)
    return crosstab(timed, id=id, caption=caption, corner=corner, text=_cell, notes=notes, by="endpoint_label")


def _cell(row: pd.Series) -> str:
    """A value with its interval; a dash where too few patients are at risk."""
    return FEW if row["status"] == FEW_AT_RISK else value_with_interval(row)


def _few(estimates: pd.DataFrame) -> list[str]:
    """What a dash means, where there is one."""
    return [FEW_NOTE] if (estimates["status"] == FEW_AT_RISK).any() else []


def durations(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Under "Median" and under "Restricted mean" one row per endpoint, in months; one column per group."""
    headings = []
    for _, row in estimates.iterrows():
        horizon = f" to {months(row)} months" if row["measure"] == "rmst" else ""
        headings.append(f"{DURATIONS[row['measure']]}{horizon}")
    renamed = estimates.assign(term=estimates["endpoint_label"], heading=headings)
    notes = [*_few(renamed), *_reasons(renamed)]
    return crosstab(renamed, id=id, caption=caption, corner="Months", text=_cell, notes=notes, by="heading")


def comparisons(
    differences: pd.DataFrame, means: pd.DataFrame, tests: pd.DataFrame, *, id: str, caption: str
) -> Table | Text:
    """One row per endpoint and comparison: difference in survival (points) and in restricted mean (months), tests.

    A comparison of all arms together has a test alone; a test stratified by the study's factors has a row of its own.
    """
    if tests.empty:
        return absent(caption)
    sections: dict[str, list[list[str]]] = {}
    for _, test in tests.iterrows():
        rows = [_of_comparison(part, test) for part in (differences, means)] if test["method"] == LOG_RANK else [[], []]
        group = "All arms" if test["comparison"] == "arms" else test["group"]
        name = group if test["method"] == LOG_RANK else f"{group}: {within(test['method'])}"
        lines = [[first, second] for first, second in zip(*rows, strict=True)] or [[("", "", ""), ("", "", "")]]
        for (what, point, p_point), (_, mean, p_mean) in lines:
            title = f"{name}: {what}" if len(lines) > 1 else name
            cells = [title, point, p_point, mean, p_mean, p_only(test) or fmt.NOT_ESTIMABLE]
            sections.setdefault(capital(test["endpoint_label"]), []).append(cells)
    lines, indent = under_headings(sections)
    titles = [("Endpoint and comparison", "left"), *((title, "right") for title in COMPARISON_COLUMNS)]
    return Table(id, caption, titles, lines, _warnings(differences, means), indent)


def _of_comparison(rows: pd.DataFrame, test: pd.Series) -> list[tuple[str, str, str]]:
    """Term, difference with its time, and P of each row of the test's endpoint and comparison."""
    same = filter_rows(rows, endpoint=test["endpoint"], group=test["group"])
    return [_difference(row) for _, row in same.iterrows()]


def _difference(row: pd.Series) -> tuple[str, str, str]:
    """The cells of one difference; a dash alone where too few patients are at risk."""
    few = row["status"] == FEW_AT_RISK
    known = not few and not fmt.is_missing(row["estimate"])
    at = "" if row["measure"] == "rmst_difference" or not known else f" at {months(row)} months"
    return row["term"], f"{_cell(row)}{at}", "" if few else p_only(row)


def _warnings(*tables: pd.DataFrame) -> list[str]:
    """What a dash means, and what is noted of differences, each once."""
    rows = pd.concat(tables)
    noted = rows[(rows["note"] != "") & (rows["status"] != FEW_AT_RISK)]
    notes = [f"{capital(row['endpoint_label'])}, {row['term']}: {row['note']}." for _, row in noted.iterrows()]
    return [*_few(rows), *dict.fromkeys(notes)]


def _reasons(estimates: pd.DataFrame) -> list[str]:
    """Why cells are not estimable."""
    return [f"{row['group']}, {row['term']}: {row['note']}." for _, row in _silent(estimates).iterrows()]


def _silent(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows without a number that ought to have one; a median beyond the curve's end is none of them."""
    told = estimates["status"].isin([NOT_REACHED, FEW_AT_RISK])
    return estimates[estimates[["estimate", "p"]].isna().all(axis=1) & ~told]


def landmarks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per exposure and landmark day: who is dropped, who is compared, hazard ratio and log-rank P."""
    if estimates.empty:
        return absent(caption)
    sections = {
        str(label): [_landmark(part) for _, part in exposure.groupby("time_months")]
        for label, exposure in estimates.groupby("variable_label", sort=False)
    }
    rows, indent = under_headings(sections)
    titles = [("Landmark", "left"), *((name, "right") for name in (*LANDMARK_COLUMNS, "Log-rank P"))]
    silent = _silent(filter_rows(estimates, measure="hazard_ratio"))
    notes = ["Without and with it: events/patients."]
    notes += [f"{row['term']}: {row['note']}." for _, row in silent.iterrows()]
    return Table(id, caption, titles, rows, notes, indent)


def _landmark(rows: pd.DataFrame) -> list[str]:
    """The cells of one landmark day."""
    dropped = [single(rows, measure="dropped", level=level) for level in ("event", "censored")]
    sides = [single(rows, measure="count", level=level) for level in (NOT_EXPOSED, EXPOSED)]
    return [
        f"Day {fmt.plain(rows['time_months'].iloc[0] * DAYS_PER_MONTH)}",
        *(marked(row, fmt.count(row["estimate"])) for row in dropped),
        *(marked(row, fmt.count_of(row["events"], row["estimate"])) for row in sides),
        value_with_interval(single(rows, measure="hazard_ratio", comparison="exposure")),
        p_only(single(rows, measure="p_value")),
    ]
