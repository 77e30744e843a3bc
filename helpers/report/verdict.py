"""The verdicts on published figures: in which order they are read, how each looks, what each means."""

from collections.abc import Iterable, Mapping, Sequence

from helpers.stats.estimates import vocabulary

# problems first; the class decides colour and mark (style.css)
CLASSES = {
    "wrong label": "wrong",
    "differs": "differs",
    "holds under one method": "partly",
    "cannot be known": "open",
    "not recomputed": "none",
    "not comparable": "none",
    "agrees": "agrees",
    "agrees (by construction)": "built",
}
ORDER = list(CLASSES)
Numbered = list[tuple[int, Mapping[str, str]]]  # claims with their number in the whole list


def verdict_class(verdict: str) -> str:
    """The class of a verdict's cell; "none" for other words."""
    return CLASSES.get(verdict.strip(), "none")


def rank(verdict: str) -> int:
    """The place of a verdict among the others; words that are none of them stand before those that agree."""
    return ORDER.index(verdict) if verdict in CLASSES else ORDER.index("not comparable")


def meanings(verdicts: Iterable[str]) -> list[tuple[str, str]]:
    """The verdicts that occur, each with its meaning, in order."""
    defined, found = vocabulary("verdict"), set(verdicts)
    return [(word, defined[word]) for word in ORDER if word in found and word in defined]


def fold_claims(claims: Sequence[Mapping[str, str]]) -> tuple[Numbered, list[tuple[str, Numbered]]]:
    """The claims that are shown one by one, and those that are folded into a line for each verdict."""
    shown: Numbered = []
    folded: dict[str, Numbered] = {}
    for number, claim in enumerate(claims, 1):
        together = claim.get("fold") == "yes"
        (folded.setdefault(claim["verdict"], []) if together else shown).append((number, claim))
    return shown, list(folded.items())
