"""Parquet files."""

from pathlib import Path

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import RawTable
from helpers.cohort.texts import Texts
from helpers.study import FileSource


def read_parquet(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a Parquet file."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    header = tuple(file.schema_arrow.names)

    def read(positions: list[int]) -> dict[int, Texts]:
        table = file.read(columns=[header[position] for position in positions])
        return {place: Texts.of(table.column(at).to_pandas().astype(object)) for at, place in enumerate(positions)}

    return RawTable(header, read)
