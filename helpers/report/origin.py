"""Where the numbers of a page come from, as quiet signs beside them; numbers of real patients have none."""

from collections.abc import Iterable

from helpers import marks
from helpers.stats.estimates import ORIGINS

# the fuller a sign, the more of its number stands in the publication; style.css draws the same ones
PUBLISHED = "published"
SIGNS = {PUBLISHED: "●", "imposed": "◆", "implied": "◐", "invented": "○"}


def key() -> list[tuple[str, str, str]]:
    """The signs of a synthetic cohort: (origin, sign, meaning)."""
    return [(word, sign, ORIGINS[word]) for word, sign in SIGNS.items()]


def origins_of(texts: Iterable[str]) -> list[str]:
    """Where the marked numbers of texts come from, the surest first."""
    found = set().union(*map(marks.origins, texts))
    return [word for word in SIGNS if word in found]


def only_origin(texts: Iterable[str]) -> str:
    """Where every marked number of texts comes from, if that can be said once for all; "" for real patients.

    What was published is said of each number: a number beside it that knows no estimate must not pass for published.
    """
    found = origins_of(texts)
    return found[0] if len(found) == 1 and found != [PUBLISHED] else ""
