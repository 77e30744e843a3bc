"""The order of a page: the answer first, provenance last, no heading without content."""

from helpers.present.show import Cards, Text
from helpers.report.page import Block, Code, Heading


def lead_first(cells: list[list[Block]]) -> tuple[list[Block], list[Block]]:
    """Take texts and cards of the cells with the first answer and the first cards to the front."""
    lead: list[Block] = []
    rest: list[Block] = []
    for blocks in cells:
        answer = any(isinstance(block, Text) and block.role == "answer" for block in blocks)
        cards = any(isinstance(block, Cards) for block in blocks)
        if answer or (cards and not any(isinstance(block, Cards) for block in lead)):
            lead += [block for block in blocks if isinstance(block, Text | Cards)]
            blocks = [block for block in blocks if not isinstance(block, Text | Cards)]
        rest += blocks
    order = {"answer": 0, "cards": 1}
    return sorted(lead, key=lambda block: order.get(getattr(block, "role", block.kind), 2)), rest


def provenance_apart(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Take what a last section named Provenance shows to the page's own provenance."""
    sections = [(i, block) for i, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 2]
    if not sections or sections[-1][1].text.lower() != "provenance":
        return blocks, []
    start = sections[-1][0]
    return blocks[:start], blocks[start + 1 :]


def tidy(blocks: list[Block]) -> list[Block]:
    """Join code that shows nothing with the code after it, and drop headings left without content."""
    tidy: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            tidy = _without_empty_heading(tidy, block.level)
        _append(tidy, block)
    return _without_empty_heading(tidy, 0)


def _without_empty_heading(blocks: list[Block], level: int) -> list[Block]:
    """Drop a last heading that only code follows, unless a section inside it comes next."""
    tail = [block for block in blocks[-2:] if isinstance(block, Heading | Code)]
    if not tail or not isinstance(tail[0], Heading) or level > tail[0].level or tail != blocks[-len(tail) :]:
        return blocks
    before = blocks[: -len(tail)]
    if isinstance(tail[-1], Code):
        _append(before, tail[-1])
    return before


def _append(blocks: list[Block], block: Block) -> None:
    """Add a block; code directly after code is joined with it."""
    if isinstance(block, Code) and blocks and isinstance(blocks[-1], Code):
        block = Code(f"{blocks[-1].source}\n\n{block.source}")
        blocks.pop()
    blocks.append(block)
