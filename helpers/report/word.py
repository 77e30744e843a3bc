"""All reports of a collection as one Word document: tables with repeated headers, figures with descriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import docx
from docx.document import Document
from docx.shared import Cm, Pt, RGBColor

from helpers.present.show import Cards, Text
from helpers.report import word_parts as parts
from helpers.report.index import all_claims, claims_sentence, study_paragraph
from helpers.report.markup import printable
from helpers.report.page import Block, Heading, Page, PageClaims, PageFigure, PageTable, Prose
from helpers.report.parse_notebook import SYNTHETIC
from helpers.study import Study

ACCENT = RGBColor(0x0B, 0x4F, 0x8C)
LONGEST_TITLE = 255  # letters that a document's properties take
INTERNAL = "Internal: contains small counts."
CLAIM_HEADS = ("Claim", "Published", "Here", "Verdict", "Method and explanation")


def write_document(path: Path, study: Study, pages: Sequence[Page], facts: Mapping) -> None:
    """Write every page's answer, headline, text, tables and figures to a .docx file.

    Code, the long lists of estimates and the data behind figures stay out: they are in the CSV files.
    """
    document = docx.Document()
    study = replace(study, title=printable(study.title))
    _set_up(document, study)
    _front(document, study, pages)
    for page in pages:
        _report(document, page)
    _methods(document, pages, facts)
    document.save(str(path))


def _set_up(document: Document, study: Study) -> None:
    """Page, styles, header and footer, properties without a person's name."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    parts.set_styles(document, ACCENT)
    section.header.paragraphs[0].text = SYNTHETIC if study.synthetic else study.title
    parts.number_pages(section.footer.paragraphs[0], f"{INTERNAL} Page ")
    properties = document.core_properties
    properties.title, properties.author, properties.comments = study.title[:LONGEST_TITLE], "", ""
    properties.subject = SYNTHETIC if study.synthetic else ""


def _front(document: Document, study: Study, pages: Sequence[Page]) -> None:
    """Title, the study in a paragraph, each report's answer, the claims audit."""
    document.add_heading(study.title, 0)
    if study.synthetic:
        document.add_paragraph(SYNTHETIC, style="Intense Quote")
    document.add_paragraph(printable(study_paragraph(study, pages)))
    for page in [page for page in pages if page.answer]:
        line = document.add_paragraph(style="List Bullet")
        line.add_run(f"{page.title}. ").bold = True
        line.add_run(page.answer)
    claims = all_claims(pages)
    if claims:
        document.add_heading("Claims audit", 1)
        document.add_paragraph(claims_sentence(claims))
        _claims(document, "Every published figure beside ours.", claims, study.synthetic)


def _report(document: Document, page: Page) -> None:
    """One report as a chapter, without headings that have neither text nor a section of their own under them."""
    document.add_heading(page.title, 1).paragraph_format.page_break_before = True
    for block in page.lead:
        _block(document, block, page)
    blocks = [block for block in page.blocks if _has_place(block)]
    for block, after in zip_longest(blocks, blocks[1:]):
        ends = after is None or (isinstance(after, Heading) and after.level <= getattr(block, "level", 0))
        if not (isinstance(block, Heading) and ends):
            _block(document, block, page)


def _has_place(block: Block) -> bool:
    """Tell whether a block is shown in Word."""
    if isinstance(block, PageTable):
        return not block.folded
    if isinstance(block, PageFigure):
        return bool(block.png)
    return isinstance(block, Heading | Prose | Text | Cards | PageClaims)


def _block(document: Document, block: Block, page: Page) -> None:
    """One block."""
    match block:
        case Heading():
            document.add_heading(block.text, min(block.level, 4))
        case Prose():
            parts.add_prose(document, block.tokens)
        case Text():
            _text(document, block)
        case Cards():
            parts.add_table(document, ["Headline", "Value", ""], block.cards, right=(False, True, False))
        case PageClaims():
            caption = f"{_number(page, block.label)} Published figures and what this cohort gives."
            _claims(document, caption, block.claims, page.synthetic)
        case PageTable():
            _table(document, block, page)
        case PageFigure():
            parts.add_picture(document, block)
            parts.add_caption(document, f"{_number(page, block.label)} {block.caption}", above=False)


def _text(document: Document, text: Text) -> None:
    """A computed sentence; the answer and warnings stand out."""
    paragraph = document.add_paragraph()
    if text.role == "warning":
        paragraph.add_run("Warning. ").bold = True
    run = paragraph.add_run(text.text)
    run.font.size = Pt(12) if text.role == "answer" else None
    run.italic = text.role in ("note", "absent")


def _table(document: Document, table: PageTable, page: Page) -> None:
    """A table with its caption above and its notes below."""
    parts.add_caption(document, f"{_number(page, table.label)} {table.caption}", above=True)
    rows = [["\u2003" * level + row[0], *row[1:]] for row, level in zip(table.rows, table.levels, strict=True)]
    right = [align == "right" for _, align in table.columns]
    parts.add_table(document, [label for label, _ in table.columns], rows, right=right)
    for note in table.notes:
        document.add_paragraph().add_run(note).font.size = Pt(8.5)


def _claims(document: Document, caption: str, claims: Sequence[Mapping], synthetic: bool) -> None:
    """A claims table; its last column: by which method a claim was checked, and why the verdict."""
    parts.add_caption(document, f"{caption} {SYNTHETIC}" if synthetic else caption, above=True)
    names = ("claim", "published", "ours", "verdict")
    rows = [[*(claim[name] for name in names), f"{claim['method']}. {claim['explanation']}"] for claim in claims]
    parts.add_table(document, CLAIM_HEADS, rows, right=[False] * len(CLAIM_HEADS), size=8)


def _methods(document: Document, pages: Sequence[Page], facts: Mapping) -> None:
    """The methods in a paragraph, from the estimates themselves, then software and data."""
    document.add_heading("Methods and provenance", 1)
    used = dict.fromkeys(str(record["method"]) for page in pages for record in page.records if record.get("method"))
    document.add_paragraph("Estimators and tests, by name as in estimates.csv: " + printable("; ".join(used)) + ".")
    software = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    code = f"second-cart {facts['code']['package']} (commit {facts['code']['commit']})"
    document.add_paragraph(f"Computed with {code}, {software}, on {facts['started']}.")
    rows = [[name, digest] for name, digest in facts["data"].items()]
    parts.add_caption(document, "Data files and their SHA-256 checksums.", above=True)
    parts.add_table(document, ["File", "SHA-256"], rows, right=(False, False), size=7.5)


def _number(page: Page, label: str) -> str:
    """A caption's number with the report's own before it: "Table 2." of report 4 -> "Table 4.2."."""
    chapter = page.short.partition(" ")[0]
    return f"{label.replace(' ', f' {chapter}.')}." if chapter.isdigit() else f"{label}."
