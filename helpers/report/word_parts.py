"""Pictures and prose of a Word document, its turned pages and its footer."""

import io
from collections.abc import Sequence
from functools import cache

from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph
from PIL import Image

from helpers.report.markup import plain
from helpers.report.page import PageFigure
from helpers.report.typeset import together
from helpers.report.word_styles import LONG_SIDE, SHORT_SIDE
from helpers.report.word_table import add_notes, add_table
from helpers.report.word_text import add_field

WIDTH, LEAST_WIDTH = Cm(14.5), Cm(12)
HEIGHT, MOST_HEIGHT = Cm(10.5), Cm(20)  # from which a figure is drawn smaller; that none has
TALL = 1.2
VECTOR = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
    '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{}"/></a:ext></a:extLst>'
)


def add_prose(document: Document, tokens: Sequence[dict], style: str | None = None) -> None:
    """Add Markdown tokens as paragraphs, lists and tables."""
    for token in tokens:
        kind = token["type"]
        if kind in ("paragraph", "block_text"):
            _runs(document.add_paragraph(style=style), token["children"])
        elif kind == "list":
            name = "List Number" if token["attrs"]["ordered"] else "List Bullet"
            for item in token["children"]:
                add_prose(document, item["children"], name)
        elif kind == "table":
            head, *body = token["children"]
            columns = [(plain(cell), cell["attrs"]["align"] or "left") for cell in head["children"]]
            rows = [[plain(cell) for cell in row["children"]] for part in body for row in part["children"]]
            add_table(document, columns, rows)
            add_notes(document, [])
        elif kind == "block_quote":
            add_prose(document, token["children"], "Quote")
        elif kind == "block_code":
            document.add_paragraph(token["raw"].strip())


def is_tall(figure: PageFigure) -> bool:
    """Tell whether a figure needs most of a page."""
    with Image.open(io.BytesIO(figure.png)) as picture:
        return picture.height > TALL * picture.width


def add_picture(document: Document, figure: PageFigure, label: str) -> None:
    """Add a figure's PNG on the page of its caption, with its label and its description for screen readers.

    The drawing itself stands beside it: Word 2016 and later show the vector, others the picture.
    """
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(io.BytesIO(figure.png), width=WIDTH)
    tall = shape.height / WIDTH
    shape.width = int(min(WIDTH, max(LEAST_WIDTH, HEIGHT / tall), MOST_HEIGHT / tall))
    shape.height = int(shape.width * tall)
    for properties in shape._inline.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("name", label)
        properties.set("descr", figure.alt)
    if not figure.svg:
        return
    package = document.part.package
    place = PackURI(f"/word/media/drawing{sum(1 for _ in package.iter_parts())}.svg")
    part = Part(place, "image/svg+xml", figure.svg.encode(), package)
    number = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    next(shape._inline.iter(qn("a:blip"))).append(parse_xml(VECTOR.format(number)))


def remember_styles(document: Document) -> None:
    """Let a document look up each style by its name once, where python-docx goes through all for each paragraph."""
    find = document.part.get_style_id
    by_name = cache(find)

    def style_id(style: object, kind: object) -> str | None:
        return by_name(style, kind) if isinstance(style, str) else find(style, kind)

    document.part.get_style_id = style_id


def turn(document: Document, *, upright: bool) -> None:
    """Begin a page that is upright, or turned for a wide table."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.PORTRAIT if upright else WD_ORIENT.LANDSCAPE
    sides = (SHORT_SIDE, LONG_SIDE)
    section.page_width, section.page_height = sides if upright else sides[::-1]


def number_pages(paragraph: Paragraph, text: str) -> None:
    """Write text and then the page's number, as a field."""
    paragraph.text = text
    add_field(paragraph, "PAGE", "1")


def _runs(paragraph: Paragraph, children: Sequence[dict], **font: bool) -> None:
    """Add inline tokens with their emphasis."""
    for child in children:
        kind = child["type"]
        if kind in ("strong", "emphasis"):
            _runs(paragraph, child["children"], **font, **{"bold" if kind == "strong" else "italic": True})
            continue
        run = paragraph.add_run("" if kind == "inline_html" else together(plain(child)))
        run.bold, run.italic = font.get("bold"), font.get("italic")
