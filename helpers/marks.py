"""Printed numbers that know which estimate they print.

A mark stands around the text of a number, survives every joining of strings, and becomes an HTML `data` element when
the text is shown; a report page makes it a link to the row of estimates.csv and says where the number comes from.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from lxml.html import HtmlElement

BEGIN, OF, END = "\ue000", "\ue001", "\ue002"  # private signs of Unicode: no label may hold them
MARKED = re.compile(f"{BEGIN}([^{OF}]*){OF}([^{END}]*){END}")
SIGNS = re.compile(f"[{BEGIN}{OF}{END}]")
TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"  # written to the left
WORDS_TO_LEFT = re.compile(rf"{TO_LEFT}(?:[^\w{BEGIN}{OF}{END}<>&]*{TO_LEFT})*")
TO_RIGHT_AGAIN = "\u200e"


class Part(NamedTuple):
    """A piece of text; `row` is the id of the estimate it prints ("" for words), `origin` where that comes from."""

    text: str
    row: str
    origin: str


def mark(text: str, row: str, origin: str = "") -> str:
    """The text of a number with the id and the origin of its estimate around it; unchanged without an id."""
    return f"{BEGIN}{row} {origin}{OF}{plain(text)}{END}" if row and text else text


def plain(text: str) -> str:
    """The text without marks: what a reader sees."""
    return text if text.isascii() else SIGNS.sub("", MARKED.sub(r"\2", text))


def keep_order(text: str) -> str:
    """The text with a sign after words that are written to the left: what follows them, a number say, stays behind."""
    return text if text.isascii() else WORDS_TO_LEFT.sub(rf"\g<0>{TO_RIGHT_AGAIN}", text)


def parts(text: str) -> Iterator[Part]:
    """The text in pieces, marked and unmarked in turn; what is empty is left out."""
    if text.isascii():  # marks are not
        yield from [Part(text, "", "")] if text else []
        return
    end = 0
    for match in MARKED.finditer(text):
        if match.start() > end:
            yield Part(plain(text[end : match.start()]), "", "")
        row, _, origin = match[1].partition(" ")
        yield Part(match[2], row, origin)
        end = match.end()
    if end < len(text):
        yield Part(plain(text[end:]), "", "")


def origins(text: str) -> set[str]:
    """Where the marked numbers of a text come from; "" for those of real patients."""
    return {part.origin for part in parts(text) if part.row}


def html(text: str) -> str:
    """The text as HTML: words escaped, each marked number a `data` element whose value is its id and origin.

    Words that are written to the left do not turn what stands around them.
    """
    if text.isascii():
        return escape(text)
    pieces = (
        f'<data value="{escape(part.row)} {escape(part.origin)}">{escape(part.text)}</data>'
        if part.row
        else escape(part.text)
        for part in parts(text)
    )
    return WORDS_TO_LEFT.sub(r"<bdi>\g<0></bdi>", "".join(pieces))


def read(element: HtmlElement | None) -> str:
    """The text of an element that `html` wrote, with its marks; "" without an element."""
    if element is None:
        return ""
    texts = [element.text or ""]
    for child in element:
        value = child.get("value", "") if child.tag == "data" else ""
        row, _, origin = value.partition(" ")
        texts += [mark(child.text_content(), row, origin), child.tail or ""]
    return "".join(texts)
