"""What the claims say together: the answer of the front page, and the card on what the publication leaves open."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from helpers.audit.verdict import (
    AGREES,
    BY_CONSTRUCTION,
    DIFFERS,
    NOT_COMPARABLE,
    NOT_RECOMPUTED,
    ONE_METHOD,
    UNKNOWN,
    VERDICTS,
    WRONG_LABEL,
)
from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import marked, within
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA

Claim = Mapping[str, str]
MOST_NAMED = 3


def answer(claims: Iterable[Claim]) -> list[str]:
    """What became of the published figures, in up to three sentences; none where nothing could be compared.

    `claims` are rows of `compare` or of the pages. First what hangs on the method, then what has the wrong label or
    differs, last what was left open and how many figures agree.
    """
    by_verdict: dict[str, list[Claim]] = {word: [] for word in VERDICTS}
    for claim in claims:
        by_verdict[claim["verdict"]].append(claim)
    found = [_depends(by_verdict[ONE_METHOD]), _labels(by_verdict[WRONG_LABEL]), _differs(by_verdict[DIFFERS])]
    return [sentence for sentence in (*found, _rest(by_verdict)) if sentence]


def _depends(claims: Sequence[Claim]) -> str:
    """What holds under one method and not under the usual one."""
    named = [f"{claim['claim']}: published {claim['published']}, here {claim['ours']}" for claim in claims[:MOST_NAMED]]
    return f"{'; '.join(named)}{_more(claims)}." if named else ""


def _labels(claims: Sequence[Claim]) -> str:
    """What the publication calls by another name."""
    named = [claim["ours"] for claim in claims[:MOST_NAMED]]
    return f"What was printed as a hazard ratio is {'; '.join(named)}{_more(claims)}." if named else ""


def _differs(claims: Sequence[Claim]) -> str:
    """What is another number here."""
    named = [
        f"{within(claim['claim'])} (published {claim['published']}, here {claim['ours']})"
        for claim in claims[:MOST_NAMED]
    ]
    return f"Other numbers here: {'; '.join(named)}{_more(claims)}." if named else ""


def _more(claims: Sequence[Claim]) -> str:
    """How many claims were not named."""
    return f"; and {len(claims) - MOST_NAMED} more" if len(claims) > MOST_NAMED else ""


def _rest(by_verdict: Mapping[str, Sequence[Claim]]) -> str:
    """What the publication leaves open, and how many figures agree."""
    unknown = [within(claim["claim"]) for claim in by_verdict[UNKNOWN]]
    clauses = [f"not determined by what was printed: {_in_words(unknown)}"] if unknown else []
    text = "; ".join([*clauses, *_agreeing(by_verdict)])
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _in_words(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; items that hold commas are set apart by semicolons."""
    if len(items) < MOST_NAMED or any("," in item for item in items):
        return listed(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _agreeing(by_verdict: Mapping[str, Sequence[Claim]]) -> list[str]:
    """How many figures agree, and whether they had to."""
    built, alike = len(by_verdict[BY_CONSTRUCTION]), len(by_verdict[AGREES])
    compared = sum(len(rows) for word, rows in by_verdict.items() if word not in (NOT_RECOMPUTED, NOT_COMPARABLE))
    number = fmt.plural(built, "claim agrees", "claims agree")
    if compared > built:
        number = "the other claim agrees" if built == 1 else f"the other {built} claims agree"
    synthetic = f"{number} by construction, for the cohort is synthetic and was built to match"
    real = f"{alike} of {fmt.plural(compared, 'published figure')} {'agrees' if alike == 1 else 'agree'}"
    return [text for count, text in ((built, synthetic), (alike, real)) if count]


def shares_card(published: pd.DataFrame) -> list[tuple[str, str, str]]:
    """A headline card on the first later treatment of the ensemble: in how many compatible cohorts P is below 0.05.

    `published` are the rows of `range_estimates` as published. No card where they hold no such share.
    """
    rows = filter_rows(published, measure="compatible_significant")
    rows = rows[rows["level"] != ""]
    several = rows.groupby(["variable", "endpoint"], sort=False)["level"].transform("size") > 1
    rows = rows[several & (rows["variable"] != "")]
    if rows.empty:
        return []
    first = rows.iloc[0]
    rows = filter_rows(rows, variable=first["variable"], endpoint=first["endpoint"])
    values = " / ".join(marked(row, fmt.whole_percent(row["estimate"])) for _, row in rows.iterrows())
    ways = " / ".join(_way(row) for _, row in rows.iterrows())
    about = f"{first['variable_label']} and {first['endpoint_label']}"
    label = f"{about}: P < {ALPHA:g} in {first['n']:,.0f} compatible cohorts"
    return [(label, values, ways)]


def _way(row: pd.Series) -> str:
    """ "ever-never (imposed)", "day-90 landmark (709 with an estimate)"."""
    notes = ["imposed"] if row["origin"] == "imposed" else []
    notes += [f"{row['events']:,.0f} with an estimate"] if row["events"] < row["n"] else []
    return f"{row['level']} ({', '.join(notes)})" if notes else row["level"]
