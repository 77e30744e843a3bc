"""Files of SAS, SPSS and Stata: labels in place of codes, the file's own codes for missing values emptied."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import RawTable, as_text
from helpers.cohort.texts import Texts
from helpers.study import FileSource
from helpers.study.keys import CATALOGUE

# By the end of a name: what pyreadstat reads it with, and whether it tells codes for missing values from empty cells.
KINDS = {
    ".sas7bdat": ("read_sas7bdat", True),
    ".xpt": ("read_xport", False),
    ".sav": ("read_sav", True),
    ".zsav": ("read_sav", True),
    ".por": ("read_por", False),
    ".dta": ("read_dta", True),
}
LABELLED, EMPTIED = "labels in place of codes", "the file's own codes for missing values, emptied"


def read_statistical(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a file of SAS, SPSS or Stata: variables by name, value labels as words, dates in ISO form."""
    import pyreadstat

    function, tells_missing = KINDS[path.suffix.lower()]
    options: dict[str, Any] = {"user_missing": True} if tells_missing else {}
    options |= {"encoding": source.encoding} if source.encoding and function != "read_por" else {}
    catalogue = path.with_suffix(CATALOGUE) if function == "read_sas7bdat" else None
    if catalogue and catalogue.is_file():
        options |= {"catalog_file": str(catalogue), "formats_as_category": False}
    read_file = getattr(pyreadstat, function)
    known = read_file(path, metadataonly=True, **options)[1]
    header = tuple(known.column_names)
    changes: dict[int, dict[str, int]] = {}

    def read(positions: list[int]) -> dict[int, Texts]:
        frame, facts = read_file(path, usecols=[header[place] for place in positions], **options)
        return {place: _column(frame[header[place]], facts, changes.setdefault(place, {})) for place in positions}

    labels = {name: label for name, label in known.column_names_to_labels.items() if label}
    said = (f"value labels of {catalogue.name}",) if catalogue and "catalog_file" in options else ()
    return RawTable(header, read, said=said, labels=labels, changes=changes)


def _column(cells: pd.Series, facts: Any, changes: dict[str, int]) -> Texts:
    """A column as text; counts its cells whose labels stand in place of codes, and those emptied."""
    kept = cells.where(~_among(cells, facts))
    labels = facts.variable_value_labels.get(cells.name, {})
    words = kept.map({code: label for code, label in labels.items() if label.strip()}) if labels else None
    changes |= {EMPTIED: int(cells.notna().sum() - kept.notna().sum())}
    changes |= {LABELLED: 0 if words is None else int(words.notna().sum())}
    texts = kept.map(as_text, na_action="ignore")
    return Texts.of((texts if words is None else words.fillna(texts)).astype(object))


def _among(cells: pd.Series, facts: Any) -> np.ndarray:
    """True for the cells that hold one of the file's own codes for a missing value."""
    among = cells.isin(facts.missing_user_values.get(cells.name, [])).to_numpy()
    for span in facts.missing_ranges.get(cells.name, []):
        low, high = span["lo"], span["hi"]
        among = among | (
            cells.eq(low) if isinstance(low, str) else pd.to_numeric(cells, errors="coerce").between(low, high)
        )
    return among
