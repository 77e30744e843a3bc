"""The stored summary of the cohorts that match every published figure: what the publication leaves open."""

import pandas as pd

from helpers.cohort.load import Cohort
from helpers.study import Study

FILE = "ensemble.csv"


def read_ensemble(study: Study) -> pd.DataFrame:
    """The summary in the study's cohort folder: one row per compatible cohort; no rows without the file."""
    path = study.folder / FILE
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def ensemble_of(cohort: Cohort) -> pd.DataFrame:
    """The summary for a whole published study; a frame without rows for a part of it or without the file."""
    return pd.DataFrame() if cohort.subgroup else read_ensemble(cohort.study)
