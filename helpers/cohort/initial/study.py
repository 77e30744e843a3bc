"""The text of a first study.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.cohort.dictionary import Column, dictionary
from helpers.cohort.findings import CohortError
from helpers.cohort.initial.account import account, all_lines
from helpers.cohort.initial.arms import arms_of
from helpers.cohort.initial.arranged import Used, arranged
from helpers.cohort.initial.codes import TODO, meanings
from helpers.cohort.initial.exports import with_exports
from helpers.cohort.initial.guess import TableGuess
from helpers.cohort.initial.lines import comment, named, quoted, toml_list, toml_table
from helpers.cohort.initial.tables import read_tables
from helpers.faults import list_words
from helpers.study.definition import SECTIONS
from helpers.study.todo import open_decisions

WITHOUT = {  # what to do where a table needs a column and none was found
    "patient_id": "no column numbers the patients: name it, or confirm that the number of the row stands for them",
    "last_contact_day": "map the day (or date) on which each patient was last known alive or died",
    "death_day": "map the day (or date) of death, or a time with its indicator",
    "infusion_date": "map the date of infusion: days are counted from it",
}
ZERO = {"second": "second", "cart": "CAR-T"}  # how a header may call the infusion
DOUBTFUL = ("vgpr", "pr", "mr")  # responses that are remission in some diseases only
TREATMENTS = ("transplant_day", "dac_consolidation_day")
HEAD = """# Written by "second-cart init". Each line that says TODO is a guess or a decision: confirm it or correct it,
# then delete its TODO; "second-cart check" refuses the file until none is left. study.example.toml shows every key.
title = "Untitled study"  # TODO give the study its title
synthetic = false
"""
DECIDE = "# Decide before the analysis what is adjusted for, and which treatments after time zero count:"


@dataclass(frozen=True)
class InitialStudy:
    """The text of a first study.toml and the account of it: one line each, for the analyst to read."""

    text: str
    account: tuple[str, ...]

    @property
    def open(self) -> int:
        """How many lines of it are to be confirmed."""
        return len(open_decisions(self.text))


def initial_study(paths: Sequence[str | Path]) -> InitialStudy:
    """A study.toml guessed from the headers and the cells of files of one folder, with the account of each guess.

    Raises CohortError when none of the files holds a table. The text is valid TOML; its lines are still to be
    confirmed, and nothing has been checked against the patients.
    """
    files = [Path(path) for path in paths]
    reading = with_exports(read_tables(files), files[0].parent)
    used, left_out = arranged(reading)
    if "patients" not in used:
        raise CohortError(", ".join(file.name for file in files), reading.faults)
    guess = used["patients"].guess
    parts = [*_time(guess), *_files(used), *_columns(used), *_arms(guess), *_endpoints(guess), *_suggestions(guess)]
    faults = [f"{fault.file}: {fault.problem}. {fault.remedy}" for fault in reading.faults]
    return InitialStudy("\n".join([HEAD, *parts]) + "\n", tuple(account(used, [*left_out, *faults])))


def _time(guess: TableGuess) -> list[str]:
    reason = f"  # TODO confirm: {comment(guess.unit_reason)}" if guess.unit_reason else ""
    zero = guess.chosen.get(("infusion_date", ""))
    counted = f"confirm: days are counted from {named(zero)}" if zero else "say what every day is counted from"
    said = zero.header.meanings if zero else frozenset()
    words = " ".join([word for meaning, word in ZERO.items() if meaning in said] + ["infusion"])
    lines = [f"unit = {quoted(guess.unit or TODO)}{reason}", f"zero = {quoted(words)}  # TODO {comment(counted)}"]
    return ["[time]", *lines, 'treated = "infused"']


def _files(used: Mapping[str, Used]) -> list[str]:
    """The file of each table; how it is read, where that must be said."""
    names, tables = [], []
    for name, found in used.items():
        how = found.table.how
        if set(how) == {"file"}:
            names.append(f"{name} = {quoted(how['file'])}")
        else:
            tables += [f"[files.{name}]", *(f"{key} = {_toml(value)}" for key, value in how.items())]
            tables += [f"# TODO confirm: {comment(doubt)}" for doubt in found.table.doubts]
    return ["", *(["[files]"] if names else []), *names, *tables]


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return toml_table({quoted(key): _toml(item) for key, item in value.items()}, raw=True)
    if isinstance(value, list):
        return toml_list(value)
    return quoted(value) if isinstance(value, str) else str(value)


def _columns(used: Mapping[str, Used]) -> list[str]:
    """The mapping of each table, with what is needed and was not found."""
    lines = []
    for name, found in used.items():
        guess = found.guess
        mapped = [line.text for line in all_lines(guess)]
        questions = [f"# TODO decide: {comment(question)}" for question in (*guess.open, *_remission(guess))]
        lines += ["", f"[{SECTIONS[name]}]", *mapped, *_absent(guess, name), *questions]
    return lines


def _remission(guess: TableGuess) -> list[str]:
    """What counts as remission, where the file has responses that may or may not."""
    found = guess.chosen.get(("response", ""))
    words = meanings(found.source.cells.codes, found.concept.column, found.header.legend) if found else {}
    doubtful = [word for word in DOUBTFUL if word in words.values()]
    counted = 'write [response] and remission = ["cr", ...] as in study.example.toml, or leave them as failures'
    return [f"whether {list_words(doubtful)} counts as remission: {counted}"] if doubtful else []


def _absent(guess: TableGuess, table: str) -> list[str]:
    """Lines for what a table needs and no column of the file is."""
    there = {line.name for line in guess.lines} | {name for name, _ in guess.chosen}
    needed = [column.name for column in dictionary() if column.table == table and column.required != "no"]
    if table == "patients":
        needed.remove("arm")
        needed += ["infusion_date"] if any("{ date" in line.source for line in guess.lines) else []
    number = "patient_id = { row_number = true }  " if table == "patients" else ""
    return [
        f"{number if name == 'patient_id' else ''}# TODO {name}: {WITHOUT.get(name, 'map it; the table needs it')}"
        for name in needed
        if name not in there
    ]


def _arms(guess: TableGuess) -> list[str]:
    arms, line = arms_of(guess.chosen)
    lines = []
    for key, label in arms.items():
        todo = "  # TODO say what the reader sees" if label.startswith("Arm ") else ""
        if not line:
            todo = "  # TODO confirm: no column of groups was found, so everybody is in one arm"
        lines += ["", "[[arms]]", f"key = {quoted(key)}", f"label = {quoted(label)}{todo}"]
    if len(arms) > 2:
        first, *others = arms
        lines += ["", "# [contrast]", f"# treated = {toml_list(others)}", f"# control = {toml_list([first])}"]
    return lines


def _endpoints(guess: TableGuess) -> list[str]:
    """Endpoints as the file records them."""
    lines = []
    for name, pair in guess.endpoints.items():
        lines += ["", f"[endpoints.{name}]", *(line.text for line in pair)]
    relapses = any(line.name == "relapse_day" for line in guess.lines)
    if relapses and ("response", "") not in guess.chosen and "lfs" not in guess.endpoints:
        reason = "confirm: no response is recorded, so all patients count as in remission at time zero"
        lines += ["", "[response]", f"at_time_zero = true  # TODO {reason}"]
        lines += ["", "[endpoints.lfs]", 'population = "all"  # TODO confirm: for the same reason']
        lines += ['label = "Relapse-free survival"  # TODO confirm: what survival without relapse is called here']
    return lines


def _suggestions(guess: TableGuess) -> list[str]:
    """Baseline columns as covariates, treatments as exposures: the analyst's decision, so in comments."""
    mapped = {name for name, _ in guess.chosen}
    columns = [column for column in dictionary() if column.table == "patients" and column.name in mapped]
    lines = [line for column in columns if column.role == "baseline" for line in _covariate(column)]
    if treatments := [line.name for line in guess.lines if line.name in TREATMENTS]:
        lines += ["[[exposures]]", 'key = "consolidation"', 'label = "Consolidation"']
        lines.append(f"columns = {toml_list(treatments)}")
    return ["", DECIDE, *(f"# {line}" for line in lines)] if lines else []


def _covariate(column: Column) -> list[str]:
    """A column as a covariate."""
    lines = ["[[covariates]]", f"column = {quoted(column.name)}", f"label = {quoted(column.label)}"]
    if column.is_number:
        return [*lines, 'type = "continuous"']
    kind = "binary" if len(column.words) <= 2 else "categorical"
    reference = [f"reference = {quoted(column.words[0])}"] if column.words and column.words[0] != "no" else []
    return [*lines, f'type = "{kind}"', *reference]
