"""Every published figure beside ours, with a verdict reached by rules that are written down.

Neither a defence of the publication nor an attack on it: the verdicts compare numbers.
"""

from dataclasses import replace

import pandas as pd

from helpers.audit.effects import EFFECT_RULES
from helpers.audit.figures import FIGURE_RULES
from helpers.audit.published import published_text
from helpers.audit.verdict import (
    AGREES,
    BY_CONSTRUCTION,
    NOT_COMPARABLE,
    NOT_RECOMPUTED,
    VERDICTS,
    NotRecomputed,
    Verdict,
)
from helpers.study import Study

RULES = FIGURE_RULES | EFFECT_RULES
COLUMNS = ["key", "section", "claim", "published", "ours", "verdict", "explanation", "method", "fold"]
PLAIN = ("count", "proportion", "survival", "cumulative_incidence", "median", "minimum", "maximum")
PLAIN_RULES = ("value", "events", "period", "follow_up")
A_PART = Verdict("", NOT_COMPARABLE, "Only a part of the published cohort was analysed.")


def compare(
    published: pd.DataFrame, estimates: pd.DataFrame, study: Study, *, section: str = "", subgroup: str = ""
) -> pd.DataFrame:
    """One row per published figure: key, section, claim, published, ours, verdict, explanation, method, fold.

    `published` is `read_published(study)`, `estimates` the tidy table (of one report or of all). With `section`
    ("response") only its figures are compared; there may be none. No figure is skipped: one without a matching
    estimate gets the verdict "not recomputed" and why. In a subgroup of the cohort all are "not comparable". Problems
    come first, in the order of the verdicts; `fold` is "yes" for a printed count, percentage or time that agrees.
    """
    figures = published[published["section"] == section] if section else published
    found = [A_PART if subgroup else _verdict(figure, estimates, study) for _, figure in figures.iterrows()]
    rows = pd.DataFrame([vars(verdict) for verdict in found], index=figures.index, columns=list(vars(A_PART)))
    plain = figures["measure"].isin(PLAIN) & figures["rule"].isin(PLAIN_RULES)
    agrees = rows["verdict"].isin([AGREES, BY_CONSTRUCTION])
    rows["published"] = [published_text(figure) for _, figure in figures.iterrows()]
    rows["fold"] = (plain & agrees).map({True: "yes", False: ""})
    rows = figures[["key", "section", "claim"]].join(rows).reindex(columns=COLUMNS)
    order = rows["verdict"].map(list(VERDICTS).index).sort_values(kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _verdict(figure: pd.Series, estimates: pd.DataFrame, study: Study) -> Verdict:
    """The verdict on one figure, with what the publication leaves unsaid about it."""
    try:
        verdict = RULES[figure["rule"]](figure, estimates, study)
    except NotRecomputed as reason:
        verdict = Verdict("", NOT_RECOMPUTED, str(reason))
    word = BY_CONSTRUCTION if study.synthetic and verdict.verdict == AGREES else verdict.verdict
    explanation = " ".join(filter(None, (verdict.explanation, figure["remark"])))
    return replace(verdict, verdict=word, explanation=explanation)
