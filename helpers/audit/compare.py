"""Every published figure beside ours, with a verdict reached by rules that are written down.

Neither a defence of the publication nor an attack on it: the verdicts compare numbers.
"""

from dataclasses import asdict

import pandas as pd

from helpers.audit.published import published_text
from helpers.audit.verdicts import RULES, NotRecomputed, Verdict
from helpers.study import Study

COLUMNS = ["key", "section", "claim", "published", "ours", "method", "verdict", "explanation"]
# Every verdict begins with one of the words of vocabulary("verdict").


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
