"""Printed text for Word: no break inside a number, and a small sign that says where each number comes from."""

from collections.abc import Iterable, Iterator

from docx.text.paragraph import Paragraph

from helpers import marks
from helpers.report.origin import SIGNS, only_origin
from helpers.report.typeset import together
from helpers.report.word_styles import SIGN


def pieces(text: str, *, said: str = "") -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the sign of its origin after it; no sign for the origin `said` elsewhere."""
    for part in marks.parts(together(text)):
        yield part.text, "" if part.origin == said else SIGNS.get(part.origin, "")


def add_text(paragraph: Paragraph, text: str) -> None:
    """Add text to a paragraph; one sign at its end when all its numbers have the same origin."""
    whole = only_origin([text])
    for words, sign in [*pieces(text.replace("\n", " "), said=whole), ("", SIGNS.get(whole, ""))]:
        if words:
            paragraph.add_run(words)
        if sign:
            paragraph.add_run(sign, style=SIGN)


def signs(origins: Iterable[str]) -> str:
    """The signs of some origins."""
    return "".join(SIGNS[origin] for origin in origins if origin in SIGNS)
