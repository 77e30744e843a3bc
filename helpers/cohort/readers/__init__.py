"""One reader for each kind of file, and one for each form of export; all give the same raw table."""

from helpers.cohort.readers.adam import read_adam
from helpers.cohort.readers.cibmtr import read_cibmtr
from helpers.cohort.readers.delimited import read_csv
from helpers.cohort.readers.excel import read_excel
from helpers.cohort.readers.export import Profile
from helpers.cohort.readers.parquet import read_parquet
from helpers.cohort.readers.raw import LeftOut, RawTable, Reader
from helpers.cohort.readers.redcap import read_redcap

READERS: dict[str, Reader] = {".csv": read_csv, ".tsv": read_csv, ".xlsx": read_excel, ".parquet": read_parquet}
PROFILES: dict[str, Profile] = {"adam": read_adam, "redcap": read_redcap, "cibmtr": read_cibmtr}
