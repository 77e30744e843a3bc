"""One reader for each kind of file; all give the same raw table."""

from helpers.cohort.readers.delimited import read_csv
from helpers.cohort.readers.excel import read_excel
from helpers.cohort.readers.parquet import read_parquet
from helpers.cohort.readers.raw import LeftOut, RawTable, Reader

READERS: dict[str, Reader] = dict.fromkeys((".csv", ".tsv", ".txt"), read_csv)
READERS |= {".xlsx": read_excel, ".parquet": read_parquet}
