"""The order of a page: the answer first, provenance last, no heading without content."""

from helpers.report.page import Block, Code


def lead_first(cells: list[list[Block]]) -> tuple[list[Block], list[Block]]:
    """Take texts and cards of the cells with the first answer and the first cards to the front."""
    lead, rest = [], []
    for blocks in cells:
        answer = any(b.kind == "text" and b.role == "answer" for b in blocks)
        if answer or (any(b.kind == "cards" for b in blocks) and not any(b.kind == "cards" for b in lead)):
            lead += [block for block in blocks if block.kind in ("text", "cards")]
            blocks = [block for block in blocks if block.kind not in ("text", "cards")]
        rest += blocks
    order = {"answer": 0, "cards": 1}
    return sorted(lead, key=lambda b: order.get(getattr(b, "role", b.kind), 2)), rest


def provenance_apart(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Take what a last section named Provenance shows to the page's own provenance."""
    sections = [i for i, block in enumerate(blocks) if block.kind == "heading" and block.level == 2]
    if not sections or blocks[sections[-1]].text.lower() != "provenance":
        return blocks, []
    return blocks[: sections[-1]], blocks[sections[-1] + 1 :]


def tidy(blocks: list[Block]) -> list[Block]:
    """Join code that shows nothing with the code after it, and drop headings left without content."""
    tidy: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            tidy = _without_empty_heading(tidy, block.level)
        if block.kind == "code" and tidy and tidy[-1].kind == "code":
            block = Code(f"{tidy.pop().source}\n\n{block.source}")
        tidy.append(block)
    return _without_empty_heading(tidy, 0)


def _without_empty_heading(blocks: list[Block], level: int) -> list[Block]:
    """Drop a last heading that only code follows, unless a section inside it comes next."""
    tail = [block for block in blocks[-2:] if block.kind in ("heading", "code")]
    if not tail or tail[0].kind != "heading" or level > tail[0].level or tail != blocks[-len(tail) :]:
        return blocks
    kept = blocks[: -len(tail)]
    code = [block for block in tail if block.kind == "code"]
    if code and kept and kept[-1].kind == "code":
        code = [Code(f"{kept.pop().source}\n\n{code[0].source}")]
    return kept + code
