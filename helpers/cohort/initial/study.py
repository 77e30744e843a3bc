"""The text of a first study.toml, and the account of how it came about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.cohort.dictionary import dictionary
from helpers.cohort.findings import CohortError
from helpers.cohort.initial.arms import arms_of
from helpers.cohort.initial.exports import with_exports
from helpers.cohort.initial.guess import TableGuess, guess_table
from helpers.cohort.initial.lines import Line, comment, quoted, toml_list, toml_table
from helpers.cohort.initial.tables import Table, read_tables
from helpers.faults import list_words
from helpers.study.definition import SECTIONS
from helpers.study.todo import open_decisions

# What makes a table one of events or of blood samples: canonical columns that it must have.
NEEDED = {"adverse_events": {"patient_id", "term", "grade"}, "blood_counts": {"patient_id", "day"}}
COUNTS = {"anc_e9_per_l", "platelets_e9_per_l", "haemoglobin_g_per_l"}
WITHOUT = {
    "patient_id": "no column numbers the patients: name it, or confirm that the number of the row may stand for them",
    "last_contact_day": "map the day (or date) on which each patient was last known alive or died",
    "death_day": "map the day (or date) of death, or a time with its indicator",
    "infusion_date": "map the date of infusion: days are counted from it",
}
HEAD = """# Written by "second-cart init". Each line that says TODO is a guess or a decision: confirm or correct it, then delete
# its TODO; "second-cart check" refuses the file until none is left. data/study.example.toml shows every key.
title = "Untitled study"  # TODO give the study its title
synthetic = false
"""


@dataclass(frozen=True)
class InitialStudy:
    """The text of a first study.toml and the account of it: one line each, for the analyst to read."""

    text: str
    account: tuple[str, ...]

    @property
    def open(self) -> int:
        """How many lines of it are to be confirmed."""
        return len(open_decisions(self.text))


@dataclass(frozen=True)
class Used:
    """A table that is used, and what is guessed of it."""

    table: Table
    guess: TableGuess


def initial_study(paths: Sequence[str | Path]) -> InitialStudy:
    """A study.toml guessed from the headers and the cells of files of one folder, the account of each guess beside it.

    Raises CohortError when none of the files holds a table of patients. The text is valid TOML; its lines are still to
    be confirmed, and nothing has been checked against the patients.
    """
    reading = with_exports(read_tables([Path(path) for path in paths]), Path(paths[0]).parent)
    used, left_out = _arranged(reading.tables)
    if "patients" not in used:
        raise CohortError(", ".join(Path(path).name for path in paths), reading.faults)
    left_out += [f"{fault.file}: {fault.problem}. {fault.remedy}" for fault in reading.faults]
    lines = [*HEAD.splitlines(), *_time(used), *_files(used), *_columns(used), *_arms(used["patients"].guess)]
    text = "\n".join([*lines, *_endpoints(used["patients"].guess), *_suggestions(used["patients"].guess)]) + "\n"
    return InitialStudy(text, tuple(_account(used, left_out)))


def _arranged(tables: Iterable[Table]) -> tuple[dict[str, Used], list[str]]:
    """Which table is that of the patients, the events, the samples: the one with most canonical columns."""
    used: dict[str, Used] = {}
    left_out = []
    ranked: list[tuple[int, str, Used]] = []
    for table in tables:
        guesses = {name: guess_table(table.columns, name) for name in SECTIONS}
        kind = table.kind or next((name for name in NEEDED if _is_kind(name, guesses)), "patients")
        ranked.append((guesses[kind].hits, kind, Used(table, guesses[kind])))
    for hits, kind, found in sorted(ranked, key=lambda item: (item[1] == "patients", item[0]), reverse=True):
        if kind in used or (not hits and len(ranked) > 1):
            left_out.append(
                f"{found.table.place}: not used{f', as the {kind} are in {used[kind].table.place}' * (kind in used)}"
            )
        else:
            used[kind] = found if kind == "patients" else _with_id(found, kind, used.get("patients"))
    return used, left_out


def _with_id(found: Used, kind: str, patients: Used | None) -> Used:
    """A table of records, numbered by the column that numbers the patients if it has one of that name."""
    identifier = patients.guess.chosen.get(("patient_id", "")) if patients else None
    name = identifier.source.name if identifier else ""
    return Used(found.table, guess_table(found.table.columns, kind, name))


def _is_kind(name: str, guesses: Mapping[str, TableGuess]) -> bool:
    """True for a table of events or samples that says less of patients."""
    found = {column for column, _ in guesses[name].chosen}
    enough = found >= NEEDED[name] and (name != "blood_counts" or found & COUNTS)
    return bool(enough) and ("patient_id", "") not in guesses["patients"].chosen


def _time(used: Mapping[str, Used]) -> list[str]:
    guess = used["patients"].guess
    reason = f"  # TODO confirm: {comment(guess.unit_reason)}" if guess.unit_reason else ""
    zero = guess.chosen.get(("infusion_date", ""))
    counted = f'confirm: days are counted from "{zero.source.name}"' if zero else "say what every day is counted from"
    return [
        "",
        "[time]",
        f"unit = {quoted(guess.unit)}{reason}",
        f'zero = "infusion"  # TODO {comment(counted)}',
        'treated = "infused"',
    ]


def _files(used: Mapping[str, Used]) -> list[str]:
    lines = ["", "[files]"]
    plain = {name: found for name, found in used.items() if set(found.table.how) == {"file"}}
    lines += [f"{name} = {quoted(found.table.how['file'])}" for name, found in plain.items()]
    for name, found in used.items():
        if name not in plain:
            lines += [f"[files.{name}]", *(f"{key} = {_toml(value)}" for key, value in found.table.how.items())]
            lines += [f"# TODO confirm: {comment(doubt)}" for doubt in found.table.doubts]
    return lines


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return toml_list(value)
    if isinstance(value, Mapping):
        return toml_table({quoted(key): _toml(item) for key, item in value.items()}, raw=True)
    return quoted(value) if isinstance(value, str) else str(value)


def _columns(used: Mapping[str, Used]) -> list[str]:
    """The mapping of each table, with what is needed and was not found."""
    lines = []
    for name, found in used.items():
        guess = found.guess
        mapped = [line.text for line in guess.lines if line.name != "arm"]
        if name == "patients":
            _, arm = arms_of(guess.chosen)
            mapped = [*mapped[:1], *([arm.text] if arm else []), *mapped[1:]]
        mapped += _absent(guess, name)
        lines += ["", f"[{SECTIONS[name]}]", *mapped]
        lines += [f"# TODO decide: {comment(question)}" for question in guess.open]
    return lines


def _absent(guess: TableGuess, table: str) -> list[str]:
    """Lines for what a table needs and no column of the file is."""
    there = {line.name for line in guess.lines} | {name for name, _ in guess.chosen}
    dated = any("{ date" in line.source for line in guess.lines)
    needed = [column.name for column in dictionary() if column.table == table and column.required != "no"]
    lines = []
    for name in [*needed, *(["infusion_date"] if dated and table == "patients" else [])]:
        if name not in there and name != "arm":
            start = "patient_id = { row_number = true }  " if (table, name) == ("patients", "patient_id") else ""
            lines.append(f"{start}# TODO {name}: {WITHOUT.get(name, 'map it; the table needs it')}")
    return lines


def _arms(guess: TableGuess) -> list[str]:
    arms, line = arms_of(guess.chosen)
    lines = []
    for key, label in arms.items():
        todo = "" if line and not label.startswith("Arm ") else "  # TODO say what the reader sees"
        if not line:
            todo = "  # TODO confirm: no column of groups was found, so everybody is in one arm"
        lines += ["", "[[arms]]", f"key = {quoted(key)}", f"label = {quoted(label)}{todo}"]
    if len(arms) > 2:
        lines += ["", "# [contrast]", f"# treated = {toml_list([*arms][1:])}", f"# control = {toml_list([*arms][:1])}"]
    return lines


def _endpoints(guess: TableGuess) -> list[str]:
    return [
        text
        for name, pair in guess.endpoints.items()
        for text in ("", f"[endpoints.{name}]", *(line.text for line in pair))
    ]


def _suggestions(guess: TableGuess) -> list[str]:
    """Baseline columns as covariates, and transplants as exposures: the analyst's decision, so in comments."""
    lines = []
    there = {name for name, _ in guess.chosen}
    kinds = {"number": 'type = "continuous"', "integer": 'type = "continuous"', "category": 'type = "binary"'}
    for column in dictionary():
        if (
            column.table == "patients"
            and column.role == "baseline"
            and column.name in there
            and column.name != "infusion_date"
        ):
            lines += ["# [[covariates]]", f"# column = {quoted(column.name)}", f"# label = {quoted(column.label)}"]
            lines += (
                [f"# {kinds[column.type]}"]
                if len(column.words) <= 2
                else ['# type = "categorical"', f"# reference = {quoted(column.words[0])}"]
            )
    treated = [
        name for name in ("transplant_day", "dac_consolidation_day") if any(line.name == name for line in guess.lines)
    ]
    if treated:
        lines += [
            "# [[exposures]]",
            '# key = "consolidation"',
            '# label = "Consolidation"',
            f"# columns = {toml_list(treated)}",
        ]
    return (
        ["", "# Decide before the analysis what is adjusted for, and which treatments after time zero count:", *lines]
        if lines
        else []
    )


def _account(used: Mapping[str, Used], left_out: Iterable[str]) -> list[str]:
    """What was guessed and why, what is open, what is not used."""
    lines = []
    for name, found in used.items():
        guess = found.guess
        lines.append(f"{name} <- {found.table.place}")
        lines += [f"  note: {comment(said)}" for said in (*found.table.raw.said, *found.table.doubts)]
        lines += [f"  {line.name} <- {comment(line.source)}: {comment(line.reason)}" for line in _all_lines(guess)]
        lines += [f"  open: {comment(question)}" for question in guess.open]
        lines += [f"  {item.kind} {comment(item.name)} is not read: {item.reason}" for item in found.table.raw.left_out]
        reasons = sorted({*guess.unused.values()}, key=[*guess.unused.values()].index)
        for reason in reasons:
            columns = list_words([comment(column) for column, why in guess.unused.items() if why == reason])
            lines.append(f"  not used, {comment(reason)}: {columns}")
    return lines + [f"not used: {comment(place)}" for place in left_out]


def _all_lines(guess: TableGuess) -> list[Line]:
    _, arm = arms_of(guess.chosen)
    others = [line for line in guess.lines if line.name != "arm"]
    return [
        *others[:1],
        *([arm] if arm else []),
        *others[1:],
        *(line for pair in guess.endpoints.values() for line in pair),
    ]
