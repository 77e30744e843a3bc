"""Paragraphs of a Word document: text with signs of where its numbers come from, fields with their results written."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from helpers import marks
from helpers.report.origin import SIGNS, only_origin
from helpers.report.typeset import together
from helpers.report.word_styles import CONTENTS, SIGN


def pieces(text: str, *, said: str = "") -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the sign of its origin after it; no sign for the origin `said` elsewhere."""
    for part in marks.parts(together(text)):
        yield part.text, "" if part.origin == said else SIGNS.get(part.origin, "")


def add_text(paragraph: Paragraph, text: str, said: str = "") -> None:
    """Add text to a paragraph; one sign at its end when all its numbers have one origin, none when that is `said`."""
    whole = only_origin([text])
    last = "" if whole == said else SIGNS.get(whole, "")
    add_pieces(paragraph, [*pieces(text.replace("\n", " "), said=whole or said), ("", last)])


def add_pieces(paragraph: Paragraph, found: Iterable[tuple[str, str]]) -> None:
    """Add pieces of text with their signs, as XML at once, for python-docx is slow one by one."""
    runs = "".join(run(words) + run(sign, SIGN) for words, sign in found)
    paragraph._p.extend(list(parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>")))


def run(text: str, style: str = "") -> str:
    """A run of text as XML, in a style of letters; "" without text."""
    form = f'<w:rPr><w:rStyle w:val="{style_id(style)}"/></w:rPr>' if style else ""
    return f'<w:r>{form}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


def style_id(style: str) -> str:
    """The id that python-docx gives to a style's name."""
    return style.replace(" ", "")


def add_bookmark(paragraph: Paragraph, name: str, number: int) -> None:
    """Put a bookmark around all that a paragraph holds; its number is its own in the document."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    paragraph._p.insert(1, start)  # behind its properties
    paragraph._p.append(end)


def add_field(paragraph: Paragraph, instruction: str, result: str, style: str = "") -> None:
    """Add a field with the result that is shown until a reader updates it; `style` is one of letters."""
    form = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    paragraph._p.append(
        parse_xml(
            f'<w:fldSimple {nsdecls("w")} w:instr=" {escape(instruction)} ">'
            f"<w:r>{form}<w:t>{escape(result)}</w:t></w:r></w:fldSimple>"
        )
    )


def add_references(paragraph: Paragraph, places: Sequence[tuple[str, str]]) -> None:
    """Add "Table 2; Figure 1" as references: (name of the bookmark, its text) each."""
    for number, (name, text) in enumerate(places):
        paragraph.add_run("; " if number else "")
        add_field(paragraph, f"REF {name} \\h", text.replace(" ", "\u00a0"))


def add_contents(before: Paragraph, headings: Iterable[tuple[int, str, str]]) -> None:
    """Write the contents before a paragraph: (level, text, bookmark) each, as links.

    Page numbers come when a reader updates the field: only Word knows where its pages end.
    """
    lines = list(headings)
    for number, (level, text, name) in enumerate(lines):
        paragraph = before.insert_paragraph_before(style=CONTENTS[level - 1])
        if not number:
            _mark(paragraph, "begin")
            code = '<w:r {}><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
            paragraph._p.append(parse_xml(code.format(nsdecls("w"))))
            _mark(paragraph, "separate")
        link = f'<w:hyperlink {nsdecls("w")} w:anchor="{name}" w:history="1"><w:r><w:t>{escape(text)}</w:t></w:r>'
        paragraph._p.append(parse_xml(f"{link}</w:hyperlink>"))
        if number == len(lines) - 1:
            _mark(paragraph, "end")


def _mark(paragraph: Paragraph, kind: str) -> None:
    """One end, or the middle, of a field that spans paragraphs."""
    code = f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="{kind}"/></w:r>'
    paragraph._p.append(parse_xml(code))
