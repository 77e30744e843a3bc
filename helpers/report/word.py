"""All reports of a collection as one Word document: tables with repeated headers, figures with descriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from helpers.report import word_parts as parts
from helpers.report.index import all_claims, claims_sentence, study_paragraph
from helpers.report.markup import printable
from helpers.report.page import Block, Page, PageFigure, PageTable
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
    footer = section.footer.paragraphs[0]
    footer.text = f"{INTERNAL} Page "
    parts.add_page_number(footer)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = study.title[:LONGEST_TITLE], "", ""
    properties.subject = SYNTHETIC if study.synthetic else ""


def _front(document: Document, study: Study, pages: Sequence[Page]) -> None:
    """Title, the study in a paragraph, each report's answer, the claims audit."""
    document.add_heading(study.title, 0)
    if study.synthetic:
        document.add_paragraph(SYNTHETIC, style="Intense Quote")
    document.add_paragraph(printable(study_paragraph(study, pages)))
    for page in pages:
        if page.answer:
            line = document.add_paragraph(style="List Bullet")
            line.add_run(f"{page.title}. ").bold = True
            line.add_run(page.answer)
    claims = all_claims(pages)
    if claims:
        document.add_heading("Claims audit", 1)
        document.add_paragraph(claims_sentence(claims))
        _claims(document, "Every published figure beside ours.", claims, study.synthetic)


def _report(document: Document, page: Page) -> None:
    """One report as a chapter."""
    heading = document.add_heading(page.title, 1)
    heading.paragraph_format.page_break_before = True
    for block in page.lead:
        _block(document, block, page)
    kept = [block for block in page.blocks if _has_place(block)]
    for number, block in enumerate(kept):
        if block.kind != "heading" or _leads_somewhere(block, kept[number + 1 :]):
            _block(document, block, page)


def _leads_somewhere(heading: Block, after: Sequence[Block]) -> bool:
    """Tell whether a heading has text, or a section of its own, under it."""
    return bool(after) and not (after[0].kind == "heading" and after[0].level <= heading.level)


def _has_place(block: Block) -> bool:
    """Tell whether a block is shown in Word."""
    if block.kind == "table":
        return not block.folded
    return block.kind in ("heading", "prose", "text", "cards", "claims") or (block.kind == "figure" and bool(block.png))


def _block(document: Document, block: Block, page: Page) -> None:
    """One block."""
    if block.kind == "heading":
        document.add_heading(block.text, min(block.level, 4))
    elif block.kind == "prose":
        parts.add_prose(document, block.tokens)
    elif block.kind == "text":
        _text(document, block.role, block.text)
    elif block.kind == "cards":
        parts.add_table(document, ["Headline", "Value", ""], block.cards, right=(False, True, False))
    elif block.kind == "claims":
        caption = f"{_number(page, block.label)} Published figures and what this cohort gives."
        _claims(document, caption, block.claims, page.synthetic)
    elif block.kind == "table":
        _table(document, block, page)
    else:
        _figure(document, block, page)


def _text(document: Document, role: str, text: str) -> None:
    """A computed sentence; the answer and warnings stand out."""
    paragraph = document.add_paragraph()
    if role == "warning":
        paragraph.add_run("Warning. ").bold = True
    run = paragraph.add_run(text)
    run.font.size = Pt(12) if role == "answer" else None
    run.italic = role in ("note", "absent")


def _table(document: Document, block: PageTable, page: Page) -> None:
    """A table with its caption above and its notes below."""
    parts.add_caption(document, f"{_number(page, block.label)} {block.caption}", above=True)
    rows = [["\u2003" * level + row[0], *row[1:]] for row, level in zip(block.rows, block.levels, strict=True)]
    right = [align == "right" for _, align in block.columns]
    parts.add_table(document, [label for label, _ in block.columns], rows, right=right)
    for note in block.notes:
        parts.add_note(document, note)


def _claims(document: Document, caption: str, claims: Sequence[Mapping], synthetic: bool) -> None:
    """A claims table."""
    parts.add_caption(document, f"{caption} {SYNTHETIC}" if synthetic else caption, above=True)
    rows = [[*(claim[name] for name in ("claim", "published", "ours", "verdict")), _reason(claim)] for claim in claims]
    parts.add_table(document, CLAIM_HEADS, rows, right=[False] * len(CLAIM_HEADS), size=8)


def _reason(claim: Mapping) -> str:
    """By which method a claim was checked, and why the verdict."""
    return f"{claim['method']}. {claim['explanation']}"


def _figure(document: Document, block: PageFigure, page: Page) -> None:
    """A figure with its description, on one page with its caption."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(parts.small_picture(block.png), width=Cm(15.2))
    if shape.height > Cm(20):
        shape.width, shape.height = int(shape.width * Cm(20) / shape.height), Cm(20)
    parts.describe(shape, block.label, block.alt)
    if block.svg:
        parts.add_vector(document, shape, block.svg)
    parts.add_caption(document, f"{_number(page, block.label)} {block.caption}", above=False)


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
    kind, _, number = label.partition(" ")
    chapter = page.short.partition(" ")[0]
    return f"{kind} {chapter}.{number}." if chapter.isdigit() else f"{label}."
