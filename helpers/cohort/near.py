"""Names that are nearly those of the dictionary: columns that nobody reads, and files that nobody opens."""

import difflib
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from helpers.cohort.dictionary import Column
from helpers.faults import Fault
from helpers.study.keys import BESIDE, FILE, SUFFIXES

NEAR = 0.8  # how alike two names are, of 1, that may be the same one mistyped
SHORT = 4  # letters of a name that is cut off
BESIDE_NAME = re.compile(r"\s*[(\[].*?[)\]]")  # a unit or a remark
# Other kinds of files that hold tables; none of them is read, so that one of them is said to be there.
TABLES_ELSEWHERE = re.compile(
    r"\.(csv|tsv|txt|dat|xls|xls[xmb]|ods|parquet|feather|z?sav|por|dta|xpt|sas7bdat|rds|rdata|json|zip|mdb)",
    re.IGNORECASE,
)
WHEN = {"first", "day", "days", "date", "dt", "time", "months", "weeks", "datum", "tag"}
OTHER_NAMES = {
    "adverse_events": ("ae", "aes", "adae", "adverse", "toxicity", "toxicities", "sideeffects"),
    "blood_counts": ("adlb", "labs", "lab", "laboratory", "cbc", "counts", "bloods", "fbc"),
}


def near_columns(headers: Iterable[str], absent: Iterable[Column]) -> dict[str, str]:
    """By header, the canonical column that it is probably meant for: one of its usual names, or nearly its own.

    "relapse_day (months)" and "resp" are nearly so, and "time_to_relapse" for a day of relapse.
    """
    columns = list(absent)
    own = {_plain(column.name): column.name for column in columns}
    usual = {word: column.name for column in columns for word in column.headers.split()} | own
    near = {}
    for header in headers:
        plain = _plain(BESIDE_NAME.sub("", header)) or _plain(header)
        close = [plain] if plain in usual else difflib.get_close_matches(plain, own, n=1, cutoff=NEAR)
        close = close or [name for name in own if len(plain) >= SHORT and name.startswith(plain)]
        close = close or [name for name in own if sorted(name) == sorted(plain)]  # letters exchanged
        close = close or [_plain(column.name) for column in columns if _is_meant(header, column)]
        if close:
            near[header] = usual[close[0]]
    return near


def _is_meant(header: str, column: Column) -> bool:
    """Whether a header has a column's words cut off, or says when that happened of which the column is the day."""
    words, own = re.findall(r"[^\W_]+", header.casefold()), column.name.split("_")
    cut = len(words) == len(own) > 1 and all(map(str.startswith, own, words)) and min(map(len, words)) > 1
    day = column.type == "day" and {*column.name.removesuffix("_day").split("_")} <= {*words} and {*words} & WHEN
    return bool(cut or day)


def near_table(file: str, absent: Collection[str], *, usual: bool) -> str:
    """The table without a file that one is called after, mistyped or by a `usual` name of its kind; "" for none."""
    stem = _plain(Path(file).stem)
    close = difflib.get_close_matches(stem, [_plain(table) for table in absent], n=1, cutoff=NEAR)
    alike = [table for table in absent if _plain(table) in close or (usual and stem in OTHER_NAMES.get(table, ()))]
    return alike[0] if alike else ""


def other_tables(folder: Path, read: Collection[str]) -> list[str]:
    """The names of the files in a folder that look like tables and are not among those that are read."""
    files = sorted(path.name for path in folder.iterdir() if TABLES_ELSEWHERE.fullmatch(path.suffix) and path.is_file())
    return [name for name in files if name not in read and not name.startswith((".", "~"))]


def misnamed(folder: Path, table: str) -> list[Fault]:
    """A fault for each file of a folder that is called almost like a table that has none."""
    files = [name for name in other_tables(folder, {FILE, *BESIDE}) if near_table(name, [table], usual=False)]
    return [Fault("this file is not read", name, _renamed(name, table)) for name in files]


def _renamed(file: str, table: str) -> str:
    """How a misnamed file is put right."""
    suffix = Path(file).suffix.lower()
    if suffix not in SUFFIXES:
        return f'Did you mean "{table}{SUFFIXES[0]}"? Save the table so, or move the file away.'
    return f'Did you mean "{table}{suffix}"? Rename the file, name it under [files] in study.toml, or move it away.'


def _plain(name: str) -> str:
    """A name without capitals, signs and blanks."""
    return re.sub(r"[\W_]+", "", name.casefold())
