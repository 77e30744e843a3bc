"""Excel workbooks."""

from pathlib import Path

import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import RawTable, as_text
from helpers.cohort.texts import Texts
from helpers.study import FileSource


def read_excel(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of the first sheet of an Excel file."""
    frame = pd.read_excel(path, header=None, dtype=object, keep_default_na=False, engine="openpyxl")
    header = tuple(as_text(name) for name in frame.iloc[0]) if len(frame) else ()
    return RawTable(header, lambda positions: {place: Texts.of(frame[place].iloc[1:]) for place in positions})
