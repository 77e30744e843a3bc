"""Made-up runs of a batch with the estimates of their collections."""

from io import StringIO

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, with_ids
from helpers.stats.survival.curves import KAPLAN_MEIER

OS = {"endpoint": "os", "endpoint_label": "Overall survival", "population": "all patients", "group": "All"}
SHARE = {"measure": "proportion", "method": "Clopper-Pearson", "ci_low": 0.1, "ci_high": 0.9}


def one_run(name, n, alive, **fields):
    """The estimates of one run: survival at 12 and 24 months, remission, severe CRS, a median and filling."""
    share = alive / n
    error = np.sqrt(share * (1 - share) / n)
    curve = OS | {"measure": "survival", "method": KAPLAN_MEIER, "n": n, "events": n - alive, "std_error": error}
    curve |= {"estimate": share, "ci_low": max(share - 0.1, 0), "ci_high": min(share + 0.1, 1)}
    remission = SHARE | {"endpoint": "cr", "endpoint_label": "Complete remission", "group": "All", "n": n}
    crs = {"endpoint": "severe_crs", "endpoint_label": "CRS, grade 3 or more", "group": "All", "level": "3 or more"}
    crs["population"] = OS["population"]
    records = [
        curve | {"time_months": 12.0, "estimate": min(1.0, share + 0.1)},
        curve | {"time_months": 24.0} | fields,
        OS | {"measure": "rmst", "method": "x", "time_months": 24.0, "estimate": 14.0},
        OS | {"measure": "median", "method": "x", "estimate": 17.0, "ci_low": 9.0, "ci_high": 22.0},
        remission | {"estimate": 0.5, "events": n / 2, "population": "all patients"},
        remission | {"estimate": 0.75, "events": n, "term": "CD19", "variable": "first_target", "level": "CD19"},
        SHARE | crs | {"n": n, "events": 1, "estimate": 1 / n},
        curve | {"group": "Tandem", "time_months": 24.0, "estimate": 0.111},
    ]
    rows = with_ids(estimates(records), "survival")
    return pd.DataFrame(rows.assign(run=name))


def batch(count=12, seed=0, **fields):
    """Runs of so many studies, all done, and their estimates."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, 200, count)
    names = [f"centre-{number:02d}" for number in range(1, count + 1)]
    runs = pd.DataFrame({"name": names, "study": [f"data/{name}" for name in names], "patients": sizes})
    runs = runs.assign(title=names, status="done", synthetic=False, seconds=1.0, notebook="", cell=None, message="")
    runs["href"] = runs["name"] + "/index.html"
    alive = rng.binomial(sizes, 0.45)
    tables = [one_run(*row, **fields) for row in zip(names, sizes, alive, strict=True)]
    return runs, as_read(tables)


def as_read(tables):
    """Tables in one, as they come back from their files: empty texts are missing."""
    return pd.read_csv(StringIO(pd.concat(tables).to_csv(index=False)), low_memory=False)
