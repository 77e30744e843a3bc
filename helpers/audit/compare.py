"""Every published figure beside ours, with a verdict reached by rules that are written down.

Neither a defence of the publication nor an attack on it: the verdicts compare numbers.
"""

from dataclasses import asdict

import pandas as pd

from helpers.audit.published import published_text
from helpers.audit.verdicts import RULES, NotRecomputed, Verdict
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
    "not comparable": "only a part of the published cohort was analysed",
    "not recomputed": "the estimates hold nothing to compare with, and the explanation says what they lack",
}


def compare(
    published: pd.DataFrame, estimates: pd.DataFrame, study: Study, *, section: str = "", subgroup: str = ""
) -> pd.DataFrame:
    """One row per published figure: key, section, claim, published, ours, method, verdict, explanation.

    `published` is `read_published(study)`, `estimates` the tidy table (of one report or of all). With `section`
    ("response") only its figures are compared; there may be none. No figure is skipped: one without a matching
    estimate gets the verdict "not recomputed" and why. In a subgroup of the cohort all are "not comparable".
    """
    figures = published[published["section"] == section] if section else published
    rows = []
    for _, figure in figures.iterrows():
        verdict = Verdict("", "", "not comparable", "Only a part of the published cohort was analysed.")
        try:
            verdict = verdict if subgroup else RULES[figure["rule"]](figure, estimates, study)
        except NotRecomputed as reason:
            verdict = Verdict("", "", "not recomputed", str(reason))
        rows.append({**figure, "published": published_text(figure), **asdict(verdict)})
    return pd.DataFrame(rows, columns=COLUMNS)
