"""The verdicts on published figures on a page: how each looks, what each means, which claims are folded."""

from collections.abc import Iterable, Mapping, Sequence

from helpers.audit.verdict import VERDICTS

# the class decides colour and mark (style.css)
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
Numbered = list[tuple[int, Mapping[str, str]]]  # claims with their number in the whole list


def verdict_class(verdict: str) -> str:
    """The class of a verdict's cell; "none" for other words."""
    return CLASSES.get(verdict.strip(), "none")


def meanings(verdicts: Iterable[str]) -> list[tuple[str, str]]:
    """The verdicts that occur, each with its meaning, problems first."""
    found = set(verdicts)
    return [(word, meaning) for word, meaning in VERDICTS.items() if word in found]


def fold_claims(claims: Sequence[Mapping[str, str]]) -> tuple[Numbered, list[tuple[str, Numbered]]]:
    """The claims that are shown one by one, and those that are folded into a line for each verdict."""
    shown: Numbered = []
    folded: dict[str, Numbered] = {}
    for number, claim in enumerate(claims, 1):
        together = claim.get("fold") == "yes"
        (folded.setdefault(claim["verdict"], []) if together else shown).append((number, claim))
    return shown, list(folded.items())
