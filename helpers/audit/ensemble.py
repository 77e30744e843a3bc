"""The stored summary of the cohorts that match every published figure: what the publication leaves open."""

from pathlib import Path

import pandas as pd

from helpers.cohort.load import Cohort
from helpers.study import PROJECT_ROOT

SUMMARY_FILE = PROJECT_ROOT / "data" / "ensemble" / "summary.csv"


def read_ensemble(path: Path | str = SUMMARY_FILE) -> pd.DataFrame:
    """The stored summary: one row per reconstructed cohort, the columns of ``helpers.synthetic.summary``."""
    return pd.read_csv(path)


def ensemble_of(cohort: Cohort) -> pd.DataFrame:
    """The stored summary for the whole published study; a frame without rows for another cohort or a part of it."""
    return read_ensemble() if cohort.study.published and not cohort.subgroup else pd.DataFrame()
