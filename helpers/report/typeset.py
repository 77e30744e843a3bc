"""Printed text as HTML: no line breaks inside a number, each number leads to its row and says where it comes from."""

import re
from html import escape

from helpers import marks
from helpers.report.origin import SIGNS, only_origin
from helpers.stats.estimates import ORIGINS

NO_BREAK, JOINER = "\u00a0", "\u2060"
SIGN = "[=<>\u2264\u2265\u00b1]|&[lg]t;"
BEGINS = f"(?:{marks.BEGIN}[^{marks.OF}]*{marks.OF})"  # before a marked number
NUMBER = rf"{BEGINS}?[-\u2212+<>]?{BEGINS}?\d"
SPACES = (
    rf"(?<=[\d%){marks.END}]) (?:to|of) (?=>?{NUMBER}|not reached)",
    rf"(?<=[\d{marks.END}]) (?=(?:months?|days?|years?|points?)\b)",
    rf"\b(?:Table|Figure|day|month|grade) (?={NUMBER})",
    rf"(?:{SIGN}) (?={NUMBER})",
    rf"\b(?:n|N|P|p|HR|OR) (?={SIGN})",
    r"95% (?=CI\b)|not (?=reached)",
)
TOGETHER = re.compile("|".join(SPACES))
RANGE = re.compile(r"(?<=\d)[-\u2013](?=\d)")
MARK = re.compile(f"({BEGINS})")
TAG = re.compile(r"(<[^>]*>)")


def together(text: str) -> str:
    """Text that breaks no line inside a number with its interval, its unit or its sign: "P = 0.018", "1.2 to 30.6".

    Nor do words of Arabic or Hebrew change the order of what follows.
    """
    joined = TOGETHER.sub(lambda found: found[0].replace(" ", NO_BREAK), marks.keep_order(text))
    pieces = MARK.split(joined)  # marks at odd places
    pieces[::2] = [RANGE.sub(lambda found: f"{JOINER}{found[0]}{JOINER}", piece) for piece in pieces[::2]]
    return "".join(pieces)


def prose_together(html: str) -> str:
    """The same for the texts of an HTML fragment."""
    pieces = TAG.split(html)  # tags at odd places
    pieces[::2] = map(together, pieces[::2])
    return "".join(pieces)


def number_html(text: str, *, linked: bool, origin: str = "", reached: bool = True) -> str:
    """Text as HTML; with `linked`, each marked number leads to its row on the page that finds numbers.

    A number says where it comes from, unless that is the `origin` of the whole that it is a part of. Links that the
    Tab key does not reach (`reached`) are those of tables, which hold hundreds and have one to all of their rows.
    """
    return "".join(_part(part, linked, origin, reached) for part in marks.parts(together(text)))


def sentence_html(text: str, *, linked: bool) -> str:
    """A sentence, or several on lines of their own; one sign at its end when all its numbers have the same origin."""
    lines = [(line, only_origin([line])) for line in text.split("\n")]
    return "\n".join(
        number_html(line, linked=linked, origin=origin) + (f"{NO_BREAK}{sign_html(origin)}" if origin else "")
        for line, origin in lines
    )


def sign_html(origin: str) -> str:
    """The sign of an origin, with its meaning for whoever asks or hears it."""
    title = f"{origin}: {ORIGINS[origin]}"
    return f'<span class="sign" role="img" aria-label="{escape(origin)}" title="{escape(title)}">{SIGNS[origin]}</span>'


def _part(part: marks.Part, linked: bool, origin: str, reached: bool) -> str:
    if not part.row:
        return escape(part.text)
    own = f" {part.origin}" if part.origin and part.origin != origin else ""
    if not linked:
        return f'<data class="n{own}" value="{escape(part.row)}">{escape(part.text)}</data>'
    tab = "" if reached else ' tabindex="-1"'
    return f'<a class="n{own}" href="search.html#{escape(part.row)}"{tab}>{escape(part.text)}</a>'
