"""The page over all runs of a batch: one estimate compared between centres, key figures of every run, what failed."""

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup

from helpers import marks
from helpers.faults import PlainError
from helpers.frames import printed_rows
from helpers.present import show
from helpers.present.figures import plot_funnel
from helpers.present.format import plural
from helpers.present.layout.axis import Scale, scale_for
from helpers.present.sentences import centres as sentences
from helpers.present.values import value_with_interval
from helpers.report.export import Link, render
from helpers.report.page import Heading, PageFigure, PageTable
from helpers.report.picture import safe_svg
from helpers.stats.centres import FEWEST, SCALES, comparable, control_limits, funnel, pooled, sizes, target
from helpers.stats.estimates import FEW_AT_RISK, NO_ESTIMATE, NUMBER_COLUMNS, TEXT_COLUMNS
from helpers.study import EVERYBODY

TITLE, NAME = "All runs", "centres"
TOO_FEW, NOT_RECORDED = "too few for a curve", "not recorded"
KEY_FIGURES = (  # head (which may name the runs' labels and the months), endpoint, measure
    ("{}", "cr", "proportion"),
    ("{}, {}", "os", "survival"),
    ("{}, {}", "lfs", "survival"),
    ("{}, {}", "nrm", "cumulative_incidence"),
    ("CRS, grade 3 or more", "severe_crs", "proportion"),
)
COPIED_FROM = 20  # estimates; fewer may be equal in two centres by chance
DRAWN, TINY = 100.0, 1e-6  # width of an interval's drawing; least length of its axis


class OverviewError(PlainError, ValueError):
    """An estimate was chosen that no run has; says where ids are found."""


class Comparison(NamedTuple):
    """The centres that are compared, rows of `stats.centres.funnel`; what they have in common, or why none are."""

    centres: pd.DataFrame
    answer: str
    details: str = ""


def summary_page(runs: pd.DataFrame, estimates: pd.DataFrame, chosen: str = "") -> str:
    """Return the page over all runs as HTML: self-contained, readable without its script.

    `runs` has a row per run: name, study, title, status (done, failed, not yet), synthetic, patients, notebook, cell,
    message and href (of its collection, from the page); `estimates` the estimates of all done runs, each with its
    `run`. `chosen` is the id of the estimate that is compared; without it that is overall survival of all patients at
    the horizon, else complete remission. Raises OverviewError for an id that no run has.
    """
    runs = runs.assign(synthetic=runs["synthetic"].eq(True)).reset_index(drop=True)
    done = runs[runs["status"] == "done"]
    months, key_rows = _key_rows(estimates)
    rows = _chosen_rows(estimates, key_rows, months, chosen)
    compared = _compare(done, rows, estimates)
    table = _table(done, rows, key_rows, months)
    figure = _figure(compared.centres)
    left = runs[runs["status"] != "done"]
    return render(
        "overview.html.j2",
        title=TITLE,
        study="",
        here="index.html",
        after=None,
        links=[Link("index.html", TITLE)],
        files=False,
        synthetic=bool(len(done)) and bool(done["synthetic"].all()),
        contents=_contents(figure is not None, len(left)),
        provenance=_provenance(runs, rows),
        has_code=False,
        progress=sentences.progress(runs),
        answer=compared.answer,
        details=compared.details,
        note=sentences.unlike(int(done["synthetic"].sum())) if not done["synthetic"].all() else "",
        figure=figure,
        table=table,
        left=[_left(run) for _, run in left.iterrows()],
    )


def _contents(drawn: bool, left: int) -> list[Heading]:
    """The sections of the page."""
    sections = {"centres": "Centres" * drawn, "runs": "Runs", "left": "Not done" * bool(left)}
    return [Heading(2, words, words, anchor) for anchor, words in sections.items() if words]


def _provenance(runs: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[str, str]]:
    """What the page was made from."""
    counts = f"{plural(len(runs), 'run')} of {plural(len(_folders(runs).unique()), 'study', 'studies')}"
    compared = [("Compared", rows["id"].iloc[0])] if len(rows) else []
    return [("Runs", counts), *compared, ("Code", f"second-cart {version('second-cart')}")]


# ---- the rows of the page -------------------------------------------------------------------------------------------


def _key_rows(estimates: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """The month at which most runs are read, and the rows of everybody from which the key figures come."""
    keys, measures = zip(*((key, measure) for _, key, measure in KEY_FIGURES), strict=True)
    kept = estimates["endpoint"].isin(keys) & estimates["measure"].isin([*measures, "rmst"])
    rows = _filled(estimates[kept & (estimates["group"] == "All")])
    rows = rows[(rows["variable"] == "") & (rows["analysis"] == "")]
    times = rows.loc[rows["measure"] == "survival", "time_months"]
    means = rows.loc[(rows["measure"] == "rmst") & rows["time_months"].isin(times), "time_months"]  # up to the horizon
    counts = (means if len(means) else times).value_counts()
    months = counts.index[counts == counts.max()].max() if len(counts) else np.nan
    return months, rows[rows["time_months"].isna() | (rows["time_months"] == months)]


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of estimates as the tidy table has them: texts without holes, numbers as floats."""
    texts = {name: rows[name].astype(object).where(rows[name].notna(), "") for name in TEXT_COLUMNS}
    return pd.DataFrame(rows.assign(**texts, **{name: rows[name].astype(float) for name in NUMBER_COLUMNS}))


def _chosen_rows(estimates: pd.DataFrame, key_rows: pd.DataFrame, months: float, chosen: str) -> pd.DataFrame:
    """The rows of the estimate that is compared, one a run; none when no run is done or has the default."""
    if not chosen:
        found = [_of(key_rows, key, measure) for key, measure in (("os", "survival"), ("cr", "proportion"))]
        ids = next((rows["id"] for rows in found if len(rows)), pd.Series(dtype=object))
        if ids.empty:
            return key_rows.iloc[:0]
        chosen = ids.value_counts(sort=False).idxmax()
    rows = _filled(estimates[estimates["id"] == chosen])
    if rows.empty and len(estimates):
        raise OverviewError(
            f"no run has an estimate with the id {chosen!r}; ids stand in the column id of every estimates.csv and "
            "beside each number on the page search.html of a collection"
        )
    return rows.drop_duplicates("run")


def _of(rows: pd.DataFrame, endpoint: str, measure: str) -> pd.DataFrame:
    """The rows of an endpoint, one a run."""
    return rows[(rows["endpoint"] == endpoint) & (rows["measure"] == measure)].drop_duplicates("run")


# ---- what is compared -----------------------------------------------------------------------------------------------


def _compare(done: pd.DataFrame, rows: pd.DataFrame, estimates: pd.DataFrame) -> Comparison:
    """Compare the runs that are centres: of different studies, without the same patients, all real or all synthetic."""
    nothing = rows.iloc[:0]
    if rows.empty:
        return Comparison(nothing, "No run has an estimate to compare.")
    real = done[~done["synthetic"]]
    members = real if len(real) else done
    centres = comparable(rows[rows["run"].isin(members["name"])])
    reason, runs = _obstacle(members[members["name"].isin(centres["run"])], estimates)
    if rows["measure"].iloc[0] not in SCALES:
        reason, runs = sentences.UNMEASURED, done
    if reason:
        return Comparison(nothing, sentences.not_pooled(reason, runs, rows.iloc[0]))
    centres = funnel(centres)
    together = pooled(centres)
    return Comparison(centres, sentences.in_common(centres, together), sentences.apart(centres, together))


def _obstacle(runs: pd.DataFrame, estimates: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Why runs cannot be pooled, and which runs are the reason; "" where they can."""
    repeated = _folders(runs).duplicated(keep=False)
    if repeated.any():
        return sentences.REPEATED, runs[repeated]
    copied = runs["name"].isin(_copies(estimates, runs["name"]))
    if copied.any():
        return sentences.COPIED, runs[copied]
    return (sentences.FEW if len(runs) < FEWEST else ""), runs


def _folders(runs: pd.DataFrame) -> pd.Series:
    """The study folders of runs, each written in one way."""
    return runs["study"].map(lambda path: os.path.normpath(str(path)))


def _copies(estimates: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """The runs whose estimates are all equal to those of another run."""
    known = estimates.loc[estimates["run"].isin(names) & estimates["estimate"].notna(), ["run", "estimate"]]
    hashed = known.assign(estimate=pd.util.hash_array(known["estimate"].to_numpy(float)))
    sums = hashed.groupby("run", observed=True)["estimate"].agg(["sum", "size"])
    many = sums[sums["size"] >= COPIED_FROM]
    return list(many.index[many.duplicated(keep=False)])


# ---- what is shown --------------------------------------------------------------------------------------------------


def _figure(centres: pd.DataFrame) -> PageFigure | None:
    """The funnel plot with its data; None where nothing is compared."""
    if centres.empty:
        return None
    limits = control_limits(centres["measure"].iloc[0], target(centres), sizes(centres))
    label = sentences.subject(centres.iloc[0])
    drawing = plot_funnel(centres, limits, id="centres", caption=f"{label}, by centre", label=label)
    if not isinstance(drawing, show.Figure):
        return None
    columns = [(name.replace("_", " "), "left" if name in ("run", "outside") else "right") for name in drawing.data]
    rows = printed_rows(drawing.data)
    data = PageTable("centres", "Data behind Figure 1", columns, rows, anchor="figure-data", name=NAME, folded=True)
    svgs, words = (safe_svg(drawing.svg), safe_svg(drawing.narrow_svg)), drawing.caption
    return PageFigure("figure", NAME, "Figure 1", words, drawing.alt, svgs[0], b"", data, narrow=svgs[1])


def _table(done: pd.DataFrame, rows: pd.DataFrame, key_rows: pd.DataFrame, months: float) -> dict:
    """The table of all done runs: the chosen estimate with its drawing, then the key figures."""
    columns = {sentences.subject(rows.iloc[0]) if len(rows) else "Estimate": rows}
    for head, endpoint, measure in KEY_FIGURES:
        found = _of(key_rows, endpoint, measure)
        if len(found) and not set(found["id"]) <= set(rows["id"]):
            label = " or ".join(dict.fromkeys(found["endpoint_label"]))
            columns[head.format(label, f"{months:g} months") + _whose(found)] = found
    cells = [_cells(found, done["name"]) for found in columns.values()]
    events = rows.set_index("run")["events"].reindex(done["name"])
    several = done["title"].nunique() > 1
    lines = [
        {
            "name": run.name,
            "href": run.href,
            "title": run.title if several and run.title != run.name else "",
            "synthetic": run.synthetic,
            "numbers": [_whole(run.patients), _whole(count)],
            "drawing": drawing,
            "cells": texts,
        }
        for run, count, drawing, texts in zip(
            done.itertuples(index=False), events, _drawings(rows, done["name"]), zip(*cells, strict=True), strict=True
        )
    ]
    return {"heads": list(columns), "lines": lines}


def _left(run: pd.Series) -> dict:
    """A run without a collection: where and why it stopped."""
    texts = run[["notebook", "message"]].fillna("").to_dict()
    return {"name": run["name"], **run[["status", "synthetic"]], **texts, "cell": _whole(run["cell"])}


def _whole(value: object) -> str:
    """A count; empty where it is not known."""
    return value if isinstance(value, str) else "" if pd.isna(value) else f"{value:,.0f}"


def _cells(rows: pd.DataFrame, names: pd.Series) -> list[str]:
    """The printed value of every run."""
    texts = {row["run"]: _printed(row) for _, row in rows.iterrows()}
    return [texts.get(name, NOT_RECORDED) for name in names]


def _whose(rows: pd.DataFrame) -> str:
    """Whose figure a column holds, where that is not everybody; the studies may differ in it."""
    populations = rows["population"].unique()
    return "" if list(populations) == [EVERYBODY] else f", {' or '.join(filter(None, populations))}"


def _printed(row: pd.Series) -> str:
    """A value with its interval, or why there is none."""
    return TOO_FEW if row["status"] == FEW_AT_RISK else marks.plain(value_with_interval(row))


def _drawings(rows: pd.DataFrame, names: pd.Series) -> list[Markup]:
    """A small drawing of each run's interval, all on one axis; empty where there is none to see."""
    if rows.empty:
        return [Markup("")] * len(names)
    known = rows[~rows["status"].isin([FEW_AT_RISK, NO_ESTIMATE])].dropna(subset=["estimate", "ci_low", "ci_high"])
    if known.empty:
        return [Markup("")] * len(names)
    measure, ends = rows["measure"].iloc[0], known[["estimate", "ci_low", "ci_high"]].to_numpy()
    scale = scale_for(measure, ends[:, 0], ends.ravel())
    if not scale.log:
        scale = replace(scale, low=ends.min(), high=max(ends.max(), ends.min() + TINY))
    drawn = {row.run: _drawing(scale, row.estimate, row.ci_low, row.ci_high) for row in known.itertuples()}
    return [drawn.get(name, Markup("")) for name in names]


def _drawing(scale: Scale, *ends: float) -> Markup:
    """One interval and its estimate."""
    inside = [min(max(end, scale.low), scale.high) for end in ends]
    middle, low, high = (f"{DRAWN * scale.place(end):.1f}" for end in inside)
    return Markup(
        f'<svg class="ci" aria-hidden="true" viewBox="0 0 100 10"><path d="M{low} 5H{high}M{middle} 1V9"/></svg>'
    )
