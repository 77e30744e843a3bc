"""The one tidy table that every statistic is returned in, and the vocabulary of its measures."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps

import numpy as np
import pandas as pd

from helpers.frames import ROWS_SHOWN, Frame, filled_columns
from helpers.frames import about as about_of

COLUMNS = {
    "section": "the report that published the row",
    "endpoint": "key of the endpoint or outcome",
    "population": "whose patients",
    "group": "the patients of the row: an arm, a side of the comparison, All; for a test, what is compared",
    "term": "what the row is about, in words; made of variable_label, level and reference where these are given",
    "time_months": "months of 30.4375 days since the clock's origin; for a landmark, the landmark",
    "measure": "what the estimate is; see the measures",
    "estimate": "the value, unrounded; never a test statistic; empty when there is none",
    "ci_low": "lower 95% confidence limit",
    "ci_high": "upper 95% confidence limit",
    "p": "P value, two-sided",
    "n": "patients",
    "events": "patients with the event or outcome",
    "method": "estimator, test or rule",
    "note": "a remark for the reader; no fact stands in it alone",
    "std_error": "standard error of the estimate; of ratios, of their logarithm",
    "statistic": "the test's statistic",
    "df": "degrees of freedom of the statistic",
    "comparison": "what kind of things are compared; see the comparisons",
    "status": "whether there is an estimate and how far it can be trusted; see the statuses",
    "origin": "synthetic cohorts only: where the number comes from; see the origins",
    "endpoint_label": "the endpoint as the study names it",
    "variable": "column of the covariate, key of the exposure, or item that the row is about; empty for a whole group",
    "variable_label": "the same as the reader sees it",
    "level": "its category, grade or step, or the way in which an exposure is counted",
    "reference": "what the level is compared with",
    "analysis": "empty for an analysis of the report; else the family of alternatives that the row is one of",
    "model_terms": "number of terms in the model, for rows of regression models",
}
LIMITS = ["estimate", "ci_low", "ci_high"]
NUMBER_COLUMNS = [*LIMITS, "time_months", "p", "n", "events", "std_error", "statistic", "df", "model_terms"]
REPEATED = ("section", "endpoint_label", "variable", "variable_label", "level", "reference")  # in term and endpoint
TEXT_COLUMNS = [name for name in COLUMNS if name not in NUMBER_COLUMNS]

OK, NO_ESTIMATE, NOT_REACHED = "ok", "not_estimable", "not_reached"
SEPARATED, FEW_AT_RISK, FEW_EVENTS, NOT_RECORDED = "separated", "few_at_risk", "few_events", "not_recorded"
STATUSES = {
    OK: "estimated",
    NO_ESTIMATE: "cannot be estimated; the note says why",
    NOT_REACHED: "the curve does not fall so far",
    SEPARATED: "the likelihood has no maximum: the ratio runs to zero or without limit",
    FEW_AT_RISK: "estimated where fewer patients than the study's min_at_risk are at risk",
    FEW_EVENTS: "estimated from a model with fewer than ten events per term",
    NOT_RECORDED: "the cohort does not record what is needed",
}
COMPARISONS = {
    "": "nothing is compared",
    "arms": "all arms together",
    "contrast": "the study's declared comparison, treated against control",
    "exposure": "exposed against not exposed after time zero",
    "level": "a level of a covariate against its reference",
    "step": "one step of a continuous covariate",
    "interaction": "the effects within subgroups",
    "strategy": "one way to analyse against another",
}
ORIGINS = {
    "": "real patients, or nothing is declared",
    "published": "printed in the publication",
    "imposed": "the generator was made to satisfy it",
    "implied": "follows by arithmetic from what was printed",
    "invented": "drawn by the generator",
}

NOT_ESTIMABLE = "not estimable: "

MEASURES = {
    # counts and rates
    "count": "number of patients or events",
    "proportion": "patients with the outcome divided by patients, 0-1",
    "risk_difference": "proportion in the treated group minus proportion in the control group",
    "risk_ratio": "proportion in the treated group divided by proportion in the control group",
    "odds_ratio": "odds in the treated group (or per step of the term) divided by odds in the reference",
    "fragility_index": "patients whose outcome must change for P to cross 0.05",
    "smd": "standardised mean difference between two groups",
    "mean": "arithmetic mean",
    "missing": "patients without a value",
    "touched": "rows of a data file that a check found at fault or noted",
    "lower_quartile": "value below which a quarter of the patients lie",
    "upper_quartile": "value below which three quarters of the patients lie",
    "minimum": "smallest value",
    "maximum": "largest value",
    "p_value": "a test; P is in p, its statistic and degrees of freedom in columns of their own",
    # time to event
    "survival": "probability of being free of the event at time_months",
    "one_minus_survival": "1 - Kaplan-Meier, competing events censored; overstates cumulative incidence",
    "cumulative_incidence": "probability of the event by time_months in the presence of the competing events",
    "median": "median, in months for times to event",
    "completeness": "observed follow-up divided by the follow-up possible (Clark's C), 0-1",
    "rmst": "restricted mean survival time up to time_months, in months",
    "rmst_difference": "restricted mean survival time, treated minus control group, in months",
    "identity_departure": "largest distance of LFS + relapse + non-relapse mortality from 1 at any time",
    "hazard_ratio": "hazard in the treated group (or per step of the term) over that in the reference",
    "subdistribution_hazard_ratio": "ratio of subdistribution hazards (Fine-Gray)",
    "at_risk": "patients still under observation and free of the event just before time_months",
    "dropped": "patients left out of a landmark analysis, by reason",
    "immortal_time": "months that patients lived before their exposure, summed over the exposed",
    "immortal_share": "immortal time divided by all the time of the ever exposed, 0-1",
    # models
    "coefficient": "regression coefficient on the scale of the linear predictor",
    "concordance": "probability that the patient with the higher predicted risk fails first",
    "optimism": "apparent minus bootstrap-validated concordance",
    "influence_lowest": "lowest hazard ratio that leaving out one patient gives",
    "influence_highest": "highest hazard ratio that leaving out one patient gives",
    "missing_information": "share of the information on a coefficient that missing covariate values take, 0-1",
    "events_per_variable": "events (or the rarer outcome) divided by model terms",
    "e_value": "strength of unmeasured confounding that would explain the estimate away",
    "e_value_limit": "the same for the confidence limit nearer to 1",
    "p_adjusted": "P value adjusted for the number of tests",
    # planning
    "required_events": "events a future trial needs",
    "required_patients": "patients a future trial needs",
    "power": "probability of a significant result if the stated effect were true, 0-1",
    "detectable_ratio": "hazard ratio nearest to 1 that the observed events could show with the stated power",
    # cohorts that all match the publication; how often a value occurs among them is no probability
    "compatible_lowest": "smallest value among the compatible cohorts",
    "compatible_low": "value below which 5% of the compatible cohorts lie",
    "compatible_median": "median of the compatible cohorts",
    "compatible_high": "value above which 5% of the compatible cohorts lie",
    "compatible_highest": "largest value among the compatible cohorts",
    "compatible_significant": "share of the compatible cohorts with an estimate that have P below 0.05",
}


def if_recorded(function: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Make a statistic return an empty table when the cohort does not record what it needs.

    That is an outcome without patients, data without columns, or groups without categories (no contrast declared).
    A recorded endpoint in which nobody is left is another matter: its rows say that they are not estimable.
    """

    @wraps(function)
    def guarded(data: pd.Series | pd.DataFrame, *args: object, **options: object) -> pd.DataFrame:
        absent = data.shape[1] == 0 if isinstance(data, pd.DataFrame) else data.empty
        groups = [value for value in [*args, *options.values()] if isinstance(value, pd.Series)]
        named = [value for value in [*args, options.get("by")] if isinstance(value, str)]
        groups += [data[name] for name in named if isinstance(data, pd.DataFrame) and name in data]
        undeclared = any(isinstance(g.dtype, pd.CategoricalDtype) and g.cat.categories.empty for g in groups)
        return estimates([]) if absent or undeclared else function(data, *args, **options)

    return guarded


class EstimatesError(ValueError):
    """A record that does not fit the table: unknown column, unknown measure or an infinite number."""


class Estimates(Frame):
    """The tidy table; shows itself as a data frame without its empty columns."""

    def heading(self) -> str:
        """ "4 estimates: survival"."""
        kinds = ", ".join(dict.fromkeys(self["measure"])) if "measure" in self else ""
        return f"{len(self)} estimates" + (f": {kinds}" if kinds else "")

    def first_rows(self) -> pd.DataFrame:
        """The first rows, without what is empty or repeats another column."""
        return printed_part(self).head(ROWS_SHOWN)


def printed_part(estimates: pd.DataFrame) -> pd.DataFrame:
    """What a reader sees of estimates: no empty column, none that repeats another, no status when all are "ok"."""
    rows = filled_columns(estimates).drop(columns=list(REPEATED), errors="ignore")
    plain = "status" in rows and bool((rows["status"] == OK).all())
    return rows.drop(columns="status") if plain else rows


def estimates(records: Iterable[Mapping[str, object]]) -> Estimates:
    """Return records as the tidy table: one row per estimate, all COLUMNS present and typed.

    Missing numbers become NaN and missing texts ""; an endpoint without a label is its own label. `status` is "ok"
    where there is an estimate or P, else "not_estimable", unless the record says more. Raises EstimatesError without
    measure or method, on an unknown column, measure, status, comparison or origin, an infinite number, or a row with
    neither estimate nor P nor note.
    """
    rows = [dict(record) for record in records]
    faults = [fault for number, row in enumerate(rows) for fault in _faults(number, row)]
    if faults:
        raise EstimatesError("; ".join(faults))
    frame = Estimates(rows, columns=list(COLUMNS))
    frame[TEXT_COLUMNS] = frame[TEXT_COLUMNS].fillna("").astype(str).astype(object)
    frame[NUMBER_COLUMNS] = frame[NUMBER_COLUMNS].astype(float)
    frame["endpoint_label"] = frame["endpoint_label"].where(frame["endpoint_label"] != "", frame["endpoint"])
    known = frame["estimate"].notna() | frame["p"].notna()
    frame["status"] = frame["status"].where(frame["status"] != "", known.map({True: OK, False: NO_ESTIMATE}))
    return frame


def stack(*frames: pd.DataFrame) -> Estimates:
    """Return estimate tables one under the other, in the order given, with a fresh row index."""
    filled = [frame for frame in frames if len(frame)]
    return Estimates(pd.concat(filled, ignore_index=True)[list(COLUMNS)]) if filled else estimates([])


def scope(data: pd.DataFrame) -> dict[str, str]:
    """The columns endpoint, endpoint_label and population of estimates made from an endpoint's table."""
    about = about_of(data)
    return {"endpoint": about.key, "endpoint_label": about.label, "population": about.population}


def compared(data: pd.DataFrame, by: str) -> dict[str, str]:
    """The columns group and comparison of a test between the groups of column `by`.

    `by` is "arm" (all arms), "contrast" (the sides of the study's declared comparison, whose label is the group) or
    another column, whose name is the group.
    """
    if by == "arm":
        return {"group": "Arms", "comparison": "arms"}
    if by == "contrast":
        return {"group": about_of(data).comparison or "Comparison of arms", "comparison": "contrast"}
    return {"group": by}


def filter_rows(estimates: pd.DataFrame, **match: object) -> pd.DataFrame:
    """The rows whose columns equal the given values; a list matches any of its values."""
    keep = pd.Series(True, index=estimates.index)
    for name, wanted in match.items():
        keep &= estimates[name].isin(wanted if isinstance(wanted, list) else [wanted])
    return estimates[keep]


def single(estimates: pd.DataFrame, **match: object) -> pd.Series:
    """The single row that matches; raises LookupError when there is none or more than one."""
    rows = filter_rows(estimates, **match)
    if len(rows) != 1:
        raise LookupError(f"expected one estimate for {match}, found {len(rows)}")
    return rows.iloc[0]


def not_estimable(reason: str, **fields: object) -> dict:
    """Return a record without a number, whose note says why: "not estimable: <reason>".

    Its status is "not_estimable" unless the fields give another.
    """
    return {"status": NO_ESTIMATE, **fields, "estimate": np.nan, "note": NOT_ESTIMABLE + reason}


def _faults(number: int, row: dict) -> list[str]:
    """Say everything that is wrong with one record."""
    where = f"estimate {number} ({row.get('measure', 'no measure')}, {row.get('method', 'no method')})"
    faults = [f"{where}: unknown column {name!r}; use {list(COLUMNS)}" for name in row if name not in COLUMNS]
    if row.get("measure") not in MEASURES:
        faults.append(f"{where}: unknown measure; add it with its meaning to MEASURES")
    for name, known in (("status", STATUSES), ("comparison", COMPARISONS), ("origin", ORIGINS)):
        if row.get(name) and row[name] not in known:
            faults.append(f"{where}: unknown {name} {row[name]!r}; use {list(known)}")
    if not row.get("method"):
        faults.append(f"{where}: no method; name the estimator or test")
    if any(np.isinf(float(row[name])) for name in NUMBER_COLUMNS if row.get(name) is not None):
        faults.append(f"{where}: infinite number; return NaN and a note")
    if pd.isna(row.get("estimate")) and pd.isna(row.get("p")) and not row.get("note"):
        faults.append(f"{where}: neither estimate nor P nor note; say why it is not estimable")
    return faults
