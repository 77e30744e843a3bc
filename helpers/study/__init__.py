"""The definition of a study: study.toml as checked objects."""

from helpers.study.definition import (
    DAYS_PER_MONTH,
    EVERYBODY,
    INSTALLED,
    PROJECT_ROOT,
    Study,
    StudyError,
    find_folder,
    load_study,
    read_study,
)
from helpers.study.flow import FlowStep
from helpers.study.parts import Arm, Contrast, Covariate, Endpoint, Exposure
from helpers.study.response import Response
from helpers.study.sources import FileSource, Source
