"""Every published figure beside ours, with a verdict reached by rules that are written down.

Neither a defence of the publication nor an attack on it: the verdicts compare numbers.
"""

import pandas as pd

from helpers.audit.published import published_text
from helpers.audit.verdicts import RULES, Finding
from helpers.study import Study

COLUMNS = ["key", "section", "claim", "published", "ours", "method", "verdict", "explanation"]
# The verdicts and when each is given. One of them stands at the start of every verdict below.
VERDICTS = {
    "reproduced": "our figure, at the printed precision and by the usual method, is the published one",
    "reproduced only under": "the usual method gives another figure; the methods named give the published one",
    "mislabelled": "the number is reproduced, but it is not what the publication calls it",
    "arithmetically implies": "the published figures together hold only under a condition that was not stated",
    "not determined by what was published": "no figure was given, and cohorts that match all the others disagree on it",
    "depends on": "some of the tests or analyses in use give P < 0.05 and others do not",
    "holds under": "every test or analysis in use gives P < 0.05, or none does",
    "differs": "our figure is another one under every method tried",
    "not comparable": "the cohort is another one, or a part of the published one",
    "not recomputed": "the estimates hold nothing to compare with; a fault of the report, not of the publication",
}


def compare(
    published: pd.DataFrame, estimates: pd.DataFrame, study: Study, *, section: str = "", subgroup: str = ""
) -> pd.DataFrame:
    """One row per published figure: key, section, claim, published, ours, method, verdict, explanation.

    ``published`` is ``published_figures()``, ``estimates`` the tidy table (of one notebook or of all). With
    ``section`` ("response", or "02_response") only the figures of that section are compared. No figure is
    skipped: one without a matching estimate gets the verdict "not recomputed". A study that is not the published
    one (``study.published`` false), or a subgroup of it, gets "not comparable" throughout.
    """
    chosen = published[published["section"] == _plain(section)] if section else published
    if section and chosen.empty:
        known = ", ".join(sorted(set(published["section"])))
        raise ValueError(f"no published figure belongs to section {section!r}; the sections are {known}")
    rows = [_row(figure, _finding(figure, estimates, study, subgroup)) for _, figure in chosen.iterrows()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _plain(section: str) -> str:
    """The section without the number of its notebook."""
    return section.lstrip("0123456789_")


def _finding(figure: pd.Series, estimates: pd.DataFrame, study: Study, subgroup: str) -> Finding:
    """The verdict on one figure."""
    if not study.published:
        return Finding("", "", "not comparable", "This cohort is not the published one.")
    if subgroup:
        return Finding("", "", "not comparable", "Only a part of the published cohort was analysed.")
    return RULES[figure["rule"]](figure, estimates, study)


def _row(figure: pd.Series, finding: Finding) -> dict[str, str]:
    """One line of the comparison."""
    return {
        **{name: figure[name] for name in ("key", "section", "claim")},
        "published": published_text(figure),
        "ours": finding.ours,
        "method": finding.method,
        "verdict": finding.verdict,
        "explanation": finding.explanation,
    }
