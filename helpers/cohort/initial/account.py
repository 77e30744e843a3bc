"""What is told of a first study.toml: each guess and its reason, what is open, what is not used."""

from collections.abc import Iterable, Mapping

from helpers.cohort.initial.arms import arms_of
from helpers.cohort.initial.arranged import Used
from helpers.cohort.initial.guess import TableGuess
from helpers.cohort.initial.lines import Line, comment
from helpers.faults import list_words


def account(used: Mapping[str, Used], left_out: Iterable[str]) -> list[str]:
    """The lines, table by table."""
    lines = []
    for name, found in used.items():
        raw = found.table.raw
        lines.append(f"{name} <- {comment(found.table.place)}")
        lines += [f"  note: {comment(said)}" for said in (*raw.said, *found.table.doubts)]
        lines += [f"  found by their canonical names: {list_words(found.guess.exact)}"] if found.guess.exact else []
        lines += [f"  {line.name} <- {comment(line.source)}: {comment(line.reason)}" for line in all_lines(found.guess)]
        ends = [(name, line) for name, pair in found.guess.endpoints.items() for line in pair]
        lines += [f"  endpoint {end}, {line.name} <- {line.source}: {comment(line.reason)}" for end, line in ends]
        lines += [f"  open: {comment(question)}" for question in found.guess.open]
        left = [item for item in raw.left_out if item.kind != "sheet"]  # sheets are looked at one by one
        lines += [f"  not read: {item.kind} {comment(item.name)}, {comment(item.reason)}" for item in left]
        lines += _unused(found.guess)
    return lines + [f"not used: {comment(place)}" for place in left_out]


def all_lines(guess: TableGuess) -> list[Line]:
    """The lines of a table's columns in the order of study.toml; the arms follow the patient's number."""
    _, arm = arms_of(guess.chosen)
    others = [line for line in guess.lines if line.name != "arm"]
    first = 1 if others and others[0].name == "patient_id" else 0
    return [*others[:first], *([arm] if arm else []), *others[first:]]


def _unused(guess: TableGuess) -> list[str]:
    """The columns that are not used, together where the reason is the same."""
    reasons: dict[str, list[str]] = {}
    for column, reason in guess.unused.items():
        reasons.setdefault(reason, []).append(comment(column))
    return [f"  not used, {comment(reason)}: {list_words(columns)}" for reason, columns in reasons.items()]
