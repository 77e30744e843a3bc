"""The rules for claims about effects without a printed number: direction, size, or an analysis that is missing."""

from collections.abc import Callable
from functools import lru_cache

import pandas as pd

from helpers.audit.ensemble import Stamp, stamp, values_in
from helpers.audit.matching import matching, why_not
from helpers.audit.published import ABOVE
from helpers.audit.quantities import ranges
from helpers.audit.verdict import AGREES, DIFFERS, NOT_COMPARABLE, ONE_METHOD, UNKNOWN, NotRecomputed, Verdict
from helpers.present import format as fmt
from helpers.present.values import MEASURE_NAMES, value, value_format, value_with_p
from helpers.stats.estimates import filter_rows
from helpers.stats.exposure.effects import EVER_NEVER
from helpers.stats.levels import ALPHA
from helpers.stats.ties import above, below
from helpers.study import Study

IMPOSED = (
    f"Imposed: the generator was made to give this direction with P below {ALPHA:g}, because the publication claims it."
)
DIRECTION_ONLY = f"Only the direction and P below {ALPHA:g} can be compared."


def direction(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Agrees when the effect has the published direction and P < 0.05, by the usual method or with exposure ever/never.

    How an exposure enters a published model is often not said; ever or never from time zero is what such reports do.
    """
    return _effect(figure, estimates, study, figure["default"] or EVER_NEVER)


def exposure(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """As `direction`, but the usual method counts an exposure after time zero from the day it happens.

    In a synthetic cohort its own numbers decide nothing: what compatible cohorts say is given, where they are known.
    """
    shares = _shares(figure, study)
    if shares.empty:
        verdict = _effect(figure, estimates, study, figure["default"])
        return Verdict(verdict.ours, verdict.verdict, f"{_credit(figure, study)}{verdict.explanation}", verdict.method)
    return Verdict(_share_text(shares), UNKNOWN, f"{_credit(figure, study)}{_share_notes(shares)}")


def _credit(figure: pd.Series, study: Study) -> str:
    """What counting an exposure from the start does."""
    labels = [item.label for item in study.exposures if item.key == figure["variable"]]
    if not labels:
        return ""
    return (
        f"{labels[0]} comes after the start of follow-up; counted as ever or never, it is credited with the time in "
        "which it had not yet happened. "
    )


def undetermined(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Cannot be known: no size was published, so ours is one of many that the published figures allow."""
    rows = filter_rows(estimates, method=EVER_NEVER, endpoint=figure["endpoint"], population=figure["population"])
    rows = rows[rows["estimate"].notna() & (rows["analysis"] == "")].drop_duplicates("term")
    name = MEASURE_NAMES.get(figure["measure"], figure["measure"])
    ours = f"{name} {' / '.join(value(row) for _, row in rows.iterrows())}" if len(rows) else ""
    order = f" Here, in this order: {'; '.join(rows['term'])}." if len(rows) else ""
    sizes = filter_rows(_quantities(study), endpoint=figure["endpoint"], imposed=True)
    if sizes.empty:
        return Verdict(ours, NOT_COMPARABLE, f"No size was published.{order}")
    spans = "; ".join(_span(row) for _, row in sizes.iterrows())
    cohorts = f"{sizes['cohorts'].iloc[0]:,} cohorts that match every published figure"
    return Verdict(ours, UNKNOWN, f"No size was published. {cohorts} have: {spans}.{order}")


def not_analysed(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """Cannot be known: no analysis was published, and the cohorts that match everything else disagree on it."""
    shares = _shares(figure, study)
    if shares.empty:
        return Verdict("", NOT_COMPARABLE, "No analysis was published.")
    return Verdict(_share_text(shares), UNKNOWN, _share_notes(shares))


def _effect(figure: pd.Series, estimates: pd.DataFrame, study: Study, usual: str) -> Verdict:
    """The verdict on a direction with P < 0.05 under the usual method, and failing that under others."""
    rows = _adjusted(figure, estimates, study).set_index("method", drop=False)
    if rows.empty or (usual not in rows.index and figure["default"]):
        raise NotRecomputed(why_not(figure, estimates, study))
    row = rows.loc[usual] if usual in rows.index else rows.iloc[0]
    ours = f"{MEASURE_NAMES.get(row['measure'], row['measure'])} {value_with_p(row)}"
    explanation = IMPOSED if row["origin"] == "imposed" else DIRECTION_ONLY
    agreeing = [method for method, other in rows.iterrows() if _agrees(figure, other)]
    if row["method"] in agreeing:
        return Verdict(ours, AGREES, explanation, row["method"])
    if not agreeing:
        return Verdict(ours, DIFFERS, explanation, row["method"])
    return Verdict(f"{ours} ({row['method']})", ONE_METHOD, explanation, "; ".join(agreeing))


def _adjusted(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The estimates of an effect, one a method, from models with other terms where there are such.

    A model with the exposure alone may have the same method; the adjusted one is published after it.
    """
    rows = matching(figure, estimates, study)
    several = rows[rows["model_terms"] > 1]
    return (several if len(several) else rows).drop_duplicates("method", keep="last")


def _agrees(figure: pd.Series, row: pd.Series) -> bool:
    """Whether an effect has the published direction and P < 0.05."""
    side = above if figure["value"] == ABOVE else below
    return bool(side(row["estimate"], 1) and below(row["p"], ALPHA))


def _quantities(study: Study) -> pd.DataFrame:
    """The ranges over the compatible cohorts; no rows for real patients, whose own data decide."""
    found = _ranges(stamp(study))
    return found if study.synthetic else found.iloc[:0]


@lru_cache(maxsize=2)
def _ranges(files: Stamp) -> pd.DataFrame:
    """The same of any study, found once for several figures."""
    return ranges(values_in(files))


def _shares(figure: pd.Series, study: Study) -> pd.DataFrame:
    """The effects of the ensemble that a claim is about (all of its endpoint without a variable), with their shares."""
    rows = filter_rows(_quantities(study), endpoint=figure["endpoint"], measure=figure["measure"])
    rows = rows[rows["significant"].notna()]
    return filter_rows(rows, variable=figure["variable"]) if figure["variable"] else rows


def _share_text(shares: pd.DataFrame) -> str:
    """ "P < 0.05 in 100% (imposed) / 40% / 9% of compatible cohorts: ever-never / time-dependent / day-90 landmark".

    Of several variables the ways stand in the explanation alone.
    """
    parts = [_share(row) + (" (imposed)" if row["imposed"] else "") for _, row in shares.iterrows()]
    ways = f": {' / '.join(shares['way'])}" if shares["variable_label"].nunique() == 1 else ""
    return f"P < {ALPHA:g} in {' / '.join(parts)} of compatible cohorts{ways}"


def _share(row: pd.Series) -> str:
    """In how many of the cohorts with an estimate P is below 0.05."""
    return fmt.whole_percent(row["significant"])


def _share_notes(shares: pd.DataFrame) -> str:
    """What each share is about, and of how many cohorts it is."""
    cohorts = shares["cohorts"].iloc[0]
    lead = f"The shares are of {cohorts:,} cohorts that match every published figure; they are not probabilities."
    several = shares["variable_label"].nunique() > 1
    notes = [
        f"{row['variable_label']} {row['way']} {_share(row)}{_few(row)}"
        for _, row in shares.iterrows()
        if several or row["estimable"] < 1
    ]
    return f"{lead} {'; '.join(notes)}." if notes else lead


def _few(row: pd.Series) -> str:
    """Of how many cohorts a share is, where not all have an estimate."""
    return f" (of the {row['estimable'] * row['cohorts']:,.0f} with an estimate)" if row["estimable"] < 1 else ""


def _span(row: pd.Series) -> str:
    """The range of a quantity, and the bound of the generator that it touches."""
    text = value_format(row["measure"])
    bound = f" ({row['touched']} is a bound of the generator)" if row["touched"] else ""
    return f"{row['label']} {text(row['lowest'])} to {text(row['highest'])}{bound}"


EFFECT_RULES: dict[str, Callable[[pd.Series, pd.DataFrame, Study], Verdict]] = {
    rule.__name__: rule for rule in (direction, exposure, undetermined, not_analysed)
}
