"""One reader for each kind of file, and one for each form of export; all give the same raw table."""

from helpers.cohort.readers.adam import read_adam
from helpers.cohort.readers.cibmtr import read_cibmtr
from helpers.cohort.readers.delimited import read_csv
from helpers.cohort.readers.excel import read_excel, read_old_excel
from helpers.cohort.readers.export import Profile
from helpers.cohort.readers.parquet import read_parquet
from helpers.cohort.readers.raw import LeftOut, RawTable, Reader
from helpers.cohort.readers.redcap import read_redcap
from helpers.cohort.readers.statistical import KINDS, read_statistical

READERS: dict[str, Reader] = dict.fromkeys((".csv", ".tsv", ".txt"), read_csv)
READERS |= {".xlsx": read_excel, ".xlsm": read_excel, ".xls": read_old_excel, ".ods": read_old_excel}
READERS |= {".parquet": read_parquet} | dict.fromkeys(KINDS, read_statistical)
PROFILES: dict[str, Profile] = {"adam": read_adam, "redcap": read_redcap, "cibmtr": read_cibmtr}
