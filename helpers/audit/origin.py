"""Where the numbers of a synthetic cohort come from: printed, imposed by the generator, implied, or invented."""

import pandas as pd

from helpers.audit.matching import SAME_MONTHS, group_labels, matching
from helpers.audit.published import read_published
from helpers.study import Study

FILE = "origin.csv"
# Figures that were printed as numbers; the others are claims about them.
PRINTED = {"value": {}, "follow_up": {}, "period": {}, "events": {"measure": "proportion"}}


def with_origins(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The estimates with their column `origin` filled, for a synthetic cohort that says where its numbers come from.

    What origin.csv of the cohort folder names is imposed or implied (an empty cell there stands for any value), what
    published.csv prints is published, all else invented. Without the file, and for real patients, nothing changes.
    """
    path = study.folder / FILE
    if not study.synthetic or not path.is_file() or rows.empty:
        return rows
    origins = pd.Series("invented", index=rows.index)
    for _, declared in pd.read_csv(path, dtype=str, keep_default_na=False).iterrows():
        origins[_is_declared(declared, rows, study)] = declared["origin"]
    for _, figure in read_published(study).iterrows():
        if figure["rule"] in PRINTED:
            origins[matching(figure, rows, study, **PRINTED[figure["rule"]]).head(1).index] = "published"
    return rows.assign(origin=origins)


def _is_declared(declared: pd.Series, rows: pd.DataFrame, study: Study) -> pd.Series:
    """Which rows one line of origin.csv is about; analyses beside the report's own are about none."""
    chosen = rows["analysis"] == ""
    for name in ("endpoint", "population", "variable", "level", "measure"):
        if declared[name]:
            chosen &= rows[name] == declared[name]
    if declared["group"]:
        chosen &= rows["group"].isin(group_labels(declared["group"], study))
    if declared["time_months"]:
        chosen &= (rows["time_months"] - float(declared["time_months"])).abs() < SAME_MONTHS
    return chosen
