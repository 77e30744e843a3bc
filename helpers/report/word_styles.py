"""How a Word document looks: page, typeface, named styles for text and tables, language; no person's name."""

import io
from functools import cache

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

FONT, LANGUAGE = "Calibri", "en-GB"
ACCENT, INK, QUIET = RGBColor(0x0B, 0x4F, 0x8C), RGBColor(0x1A, 0x1D, 0x21), RGBColor(0x5A, 0x62, 0x6B)
SHORT_SIDE, LONG_SIDE, SIDE_MARGIN, TOP_MARGIN = Cm(21), Cm(29.7), Cm(2.2), Cm(2)
TEXT_WIDTH, WIDE_WIDTH = SHORT_SIDE - 2 * SIDE_MARGIN, LONG_SIDE - 2 * SIDE_MARGIN
SIZES = {"Normal": 10.5, "Title": 22, "Heading 1": 15, "Heading 2": 12.5, "Heading 3": 11, "Heading 4": 10.5}
SIZES |= {"Caption": 9.5, "Intense Quote": 10.5, "Quote": 10.5, "List Bullet": 10.5, "List Number": 10.5}
TABLE_SIZE, LEVELS = 9, 2  # points; how deep the rows of a table are nested
TABLE, HEAD, NUMBER_HEAD = "Report Table", "Table Head", "Table Number Head"
CELL, NUMBER, REMARK, NOTE = "Table Text", "Table Number", "Table Remark", "Table Note"
ANSWER, REMARKED, SIGN, LABEL, CONTENTS = "Answer", "Remark", "Origin Sign", "Strong", ("toc 1", "toc 2")
# lines above and below the table and under its head; the head's own line is what a reader finds the columns by
TABLE_STYLE = (
    '<w:style {} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="Report Table"/>'
    '<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/><w:tblPr><w:tblBorders>'
    '<w:top w:val="single" w:sz="8" w:color="808890"/><w:bottom w:val="single" w:sz="8" w:color="808890"/>'
    '<w:insideH w:val="single" w:sz="4" w:color="D5D9DD"/></w:tblBorders><w:tblCellMar>'
    '<w:top w:w="20" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
    '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
    '<w:bottom w:val="single" w:sz="8" w:color="808890"/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>'
    "</w:tblStylePr></w:style>"
)
MODERN = "15"  # the layout of today's Word; else it opens the file in its compatibility mode


def new_document() -> Document:
    """An empty document with our page, typeface, styles and language."""
    return docx.Document(io.BytesIO(_empty()))


@cache
def _empty() -> bytes:
    """The same as a file, made once in a process, for styles are slow to make."""
    document, file = docx.Document(), io.BytesIO()
    section = document.sections[0]
    section.page_width, section.page_height = SHORT_SIDE, LONG_SIDE
    section.left_margin = section.right_margin = SIDE_MARGIN
    section.top_margin = section.bottom_margin = TOP_MARGIN
    for name, size in SIZES.items():
        _typeface(document.styles[name], size)
    _spaces(document)
    _table_styles(document)
    _small_styles(document)
    _language(document)
    document.save(file)
    return file.getvalue()


def _typeface(style: ParagraphStyle, size: float) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    style.font.color.rgb = ACCENT if style.name.startswith(("Heading", "Title")) else INK


def _spaces(document: Document) -> None:
    """Space around paragraphs; headings stay with what follows them; of a caption only the label is bold."""
    document.styles["Caption"].font.bold = False
    spaces = {"Normal": (0, 6), "Caption": (8, 4), "List Bullet": (0, 3), "List Number": (0, 3)}
    for name, (before, after) in spaces.items():
        form = document.styles[name].paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.1
        form.widow_control = True
    for level, before in (("Heading 1", 16), ("Heading 2", 12), ("Heading 3", 10), ("Heading 4", 8)):
        form = document.styles[level].paragraph_format
        form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(4), True


def _table_styles(document: Document) -> None:
    """A style for tables, and those of the texts in them."""
    document.styles.element.append(parse_xml(TABLE_STYLE.format(nsdecls("w"))))
    head = _style(document, HEAD, TABLE_SIZE)
    head.font.bold, head.paragraph_format.keep_with_next = True, True
    _style(document, CELL, TABLE_SIZE)
    for level in range(1, LEVELS + 1):
        nested = _style(document, f"{CELL} {level}", TABLE_SIZE)
        nested.paragraph_format.left_indent = Cm(0.35 * level)
    _style(document, NUMBER, TABLE_SIZE).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _style(document, NUMBER_HEAD, TABLE_SIZE, HEAD).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _style(document, REMARK, TABLE_SIZE).paragraph_format.left_indent = Cm(0.35)
    note = _style(document, NOTE, 8.5)
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(2), Pt(4)


def _small_styles(document: Document) -> None:
    """Styles of answers, of remarks, of the signs that say where a number comes from, and of the contents."""
    _style(document, ANSWER, 12).paragraph_format.space_after = Pt(6)
    _style(document, REMARKED, 10.5).font.italic = True
    sign = document.styles.add_style(SIGN, WD_STYLE_TYPE.CHARACTER)
    sign.font.superscript, sign.font.color.rgb = True, QUIET
    for level, name in enumerate(CONTENTS):
        _style(document, name, 9.5).paragraph_format.left_indent = Cm(0.6 * level)


def _style(document: Document, name: str, size: float, base: str = "Normal") -> ParagraphStyle:
    """A new paragraph style without space around it."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in CONTENTS)
    style.base_style = document.styles[base]
    style.font.size = Pt(size)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1
    return style


def _language(document: Document) -> None:
    """British English, and the layout of today's Word."""
    settings = document.settings.element
    for language in [*document.styles.element.iter(qn("w:lang")), *settings.iter(qn("w:themeFontLang"))]:
        language.set(qn("w:val"), LANGUAGE)
    document.core_properties.language = LANGUAGE
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), MODERN)
