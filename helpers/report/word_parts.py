"""Pieces of a Word document that python-docx has no word for."""

import io
import re
from collections.abc import Sequence
from html import escape

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from PIL import Image

from helpers.report.markup import plain
from helpers.report.page import PageFigure

FONT = "Calibri"
COLOURS = 64
LETTER = 0.56  # mean width of a letter, in font sizes
PAGE_WIDTH = Cm(16.6)
BREAKS = re.compile(r"[\s/-]")
RULES = (("top", 8), ("bottom", 8), ("insideH", 4))
VECTOR = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
    '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{}"/></a:ext></a:extLst>'
)


def set_styles(document: Document, accent: RGBColor) -> None:
    """One typeface; headings in the accent colour; captions black."""
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Heading 4", "Caption", "Intense Quote"):
        style = document.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        style.font.color.rgb = accent if name.startswith(("Heading", "Title")) else RGBColor(0x1A, 0x1D, 0x21)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Title"].font.size = Pt(22)
    document.styles["Caption"].font.size = Pt(9.5)


def add_table(
    document: Document, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], size: float = 9
) -> None:
    """Add a table whose header row is repeated on every page and whose rows are not split; sizes in points.

    Written as XML at once: cell by cell, python-docx needs seconds for a report.
    """
    widths = [round(width / 635) for width in _widths([heads, *rows], size)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    style = "".join(f'<w:{edge} w:val="single" w:sz="{line}" w:color="808890"/>' for edge, line in RULES)
    lines = [_row(values, right, widths, size, head=not number) for number, values in enumerate([heads, *rows])]
    table = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{style}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(lines)}</w:tbl>'
    )
    document.element.body._insert_tbl(table)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def add_caption(document: Document, text: str, *, above: bool) -> None:
    """Add a caption; one above a table stays with it."""
    document.add_paragraph(text, style="Caption").paragraph_format.keep_with_next = above


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
            right = [cell["attrs"]["align"] == "right" for cell in head["children"]]
            rows = [[plain(cell) for cell in row["children"]] for part in body for row in part["children"]]
            add_table(document, [plain(cell) for cell in head["children"]], rows, right=right)
        elif kind == "block_quote":
            add_prose(document, token["children"], "Quote")
        elif kind == "block_code":
            document.add_paragraph(token["raw"].strip())


def _small_picture(png: bytes) -> io.BytesIO:
    """Return a drawing with a palette of its own: few colours, a third of the size."""
    small = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(small, "png", compress_level=9)
    small.seek(0)
    return small


def add_picture(document: Document, figure: PageFigure) -> None:
    """Add a figure's PNG on the page of its caption, with its name and its description for screen readers.

    The drawing itself stands beside it: Word 2016 and later show the vector, others the picture.
    """
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(_small_picture(figure.png), width=Cm(15.2))
    if shape.height > Cm(20):
        shape.width, shape.height = int(shape.width * Cm(20) / shape.height), Cm(20)
    for properties in shape._inline.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("name", figure.label)
        properties.set("descr", figure.alt)
    if not figure.svg:
        return
    package = document.part.package
    place = PackURI(f"/word/media/drawing{sum(1 for _ in package.iter_parts())}.svg")
    part = Part(place, "image/svg+xml", figure.svg.encode(), package)
    number = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    next(shape._inline.iter(qn("a:blip"))).append(parse_xml(VECTOR.format(number)))


def number_pages(paragraph: Paragraph, text: str) -> None:
    """Write text and then the page's number, as a field."""
    paragraph.text = text
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _runs(paragraph: Paragraph, children: Sequence[dict], **font: bool) -> None:
    """Add inline tokens with their emphasis."""
    for child in children:
        kind = child["type"]
        if kind in ("strong", "emphasis"):
            _runs(paragraph, child["children"], **font, **{"bold" if kind == "strong" else "italic": True})
            continue
        run = paragraph.add_run("" if kind == "inline_html" else plain(child))
        run.bold, run.italic = font.get("bold"), font.get("italic")


def _row(values: Sequence[str], right: Sequence[bool], widths: Sequence[int], size: float, *, head: bool) -> str:
    """One row as XML; Word reads widths from the cells, LibreOffice from the grid."""
    font = f'<w:rPr>{"<w:b/>" if head else ""}<w:sz w:val="{round(2 * size)}"/></w:rPr>'
    cells = [
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:spacing w:after="20"/>'
        f'<w:jc w:val="{"right" if to_right else "left"}"/></w:pPr>'
        f'<w:r>{font}<w:t xml:space="preserve">{escape(value)}</w:t></w:r></w:p></w:tc>'
        for value, to_right, width in zip(values, right, widths, strict=True)
    ]
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>"


def _widths(rows: Sequence[Sequence[str]], size: float) -> list[int]:
    """Column widths in EMU: as wide as the text needs, and within the page: long texts share what is left."""
    letter = Pt(size * LETTER)
    columns = list(zip(*rows, strict=True))
    needs = [max(map(len, column)) * letter + Pt(16) for column in columns]
    words = [max(len(word) for value in column for word in BREAKS.split(value)) for column in columns]
    least = [min(count * letter + Pt(16), PAGE_WIDTH // len(words)) for count in words]
    if sum(needs) <= PAGE_WIDTH:
        return [int(need) for need in needs]
    extra = [need - floor for need, floor in zip(needs, least, strict=True)]
    share = (PAGE_WIDTH - sum(least)) / sum(extra)
    return [int(floor + share * more) for floor, more in zip(least, extra, strict=True)]
