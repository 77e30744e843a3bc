"""The regression models under one name, and the same model one covariate at a time."""

from collections.abc import Callable

import pandas as pd

from helpers.stats.estimates import stack
from helpers.stats.models.cox_regression import cox, cox_firth
from helpers.stats.models.design import Design
from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile

__all__ = ["cox", "cox_firth", "logistic", "logistic_firth", "logistic_profile", "unadjusted"]


def unadjusted(model: Callable[..., pd.DataFrame], outcome: object, design: Design, **options: object) -> pd.DataFrame:
    """Return the model fitted with one covariate at a time, on the patients of the full design.

    `model` is one of the functions above, `outcome` what it takes first. `method` ends in ", unadjusted", so that the
    rows stand beside the adjusted ones.
    """
    frame = stack(*(model(outcome, single, **options) for single in design.by_covariate().values()))
    return frame.assign(method=frame["method"] + ", unadjusted")
