"""What became of a published figure: the verdict in one of a few words, our number, and why."""

from dataclasses import dataclass

from helpers.stats.estimates import vocabulary

VERDICTS = vocabulary("verdict")  # problems first
AGREES, BY_CONSTRUCTION, DIFFERS = "agrees", "agrees (by construction)", "differs"
WRONG_LABEL, ONE_METHOD, UNKNOWN = "wrong label", "holds under one method", "cannot be known"
NOT_RECOMPUTED, NOT_COMPARABLE = "not recomputed", "not comparable"


class NotRecomputed(LookupError):
    """The estimates hold nothing to compare a figure with; the text says why."""


@dataclass(frozen=True)
class Verdict:
    """What became of one published figure; `method` only where it matters by which one a number was reached."""

    ours: str
    verdict: str
    explanation: str = ""
    method: str = ""


def agreement(same: bool) -> str:
    """The verdict on a figure that ours equals or not."""
    return AGREES if same else DIFFERS
