"""What opens and closes every report: the cohort that was read, and where its numbers come from."""

import pandas as pd
from IPython import get_ipython

from helpers.cohort.load import Cohort
from helpers.cohort.views import responses
from helpers.parameters import check_run
from helpers.present.format import plural
from helpers.present.show import SWITCHED_OFF, Claims, Loaded, Provenance, Text
from helpers.present.values import within
from helpers.study.wording import notebook_words


def check_parameters() -> None:
    """Raise ParameterError when a value from papermill reached no parameter or has another type than declared."""
    shell = get_ipython()
    if shell is not None:
        check_run(shell.history_manager.input_hist_raw, shell.user_ns)


def loaded(cohort: Cohort) -> Loaded:
    """One line: the study, whether it is synthetic, and how many of the patients of the file are in it."""
    rows, study, count = int(str(cohort.provenance["patients"]["rows"])), cohort.study, len(cohort.patients)
    note = f"{plural(count, 'patient')}."
    if cohort.subgroup:
        note = f"{count:,} of {plural(rows, 'patient')}: the subgroup {cohort.subgroup}."
    if off := study.switched_off:
        note += f" {SWITCHED_OFF}: {', '.join(within(endpoint.label) for endpoint in off)}."
    words = notebook_words(study, responses(cohort))
    return Loaded(study.key, study.title, study.synthetic, study.time_zero, count, note, words)


def provenance(cohort: Cohort, **parameters: object) -> Provenance:
    """The data files with rows and checksum, and the notebook's parameters as they were used."""
    tables = cohort.provenance.values()
    files = [(str(table["file"]), f"{table['rows']} rows, SHA-256 {table['sha256']}") for table in tables]
    used = [(f"Parameter {name}", str(value) or "none") for name, value in parameters.items() if name != "study"]
    kind = "synthetic" if cohort.study.synthetic else "patient data"
    return Provenance([("Cohort", f"{cohort.study.key} ({kind})"), *files, *used])


def claims(compared: pd.DataFrame) -> Claims | Text:
    """The published figures of a section beside ours; one line when there are none, or for a part of the cohort."""
    if compared.empty:
        return Text("absent", "No figure of this section was published.")
    if (compared["verdict"] == "not comparable").all():
        return Text("absent", f"Not comparable with the publication. {compared['explanation'].iloc[0]}")
    return Claims(compared.to_dict("records"))
