"""What opens and closes every report: the cohort that was read, and where its numbers come from."""

import pandas as pd
from IPython import get_ipython

from helpers.cohort.load import Cohort
from helpers.parameters import check_run
from helpers.present.format import plural
from helpers.present.show import Claims, Loaded, Provenance, Text


def check_parameters() -> None:
    """Stop the notebook when a value given by papermill reached no parameter, or one has another type than declared.

    Raises ParameterError. In JupyterLab, where nothing is given, the defaults of the parameters cell stand.
    """
    shell = get_ipython()
    if shell is not None:
        check_run(shell.history_manager.input_hist_raw, shell.user_ns)


def loaded(cohort: Cohort) -> Loaded:
    """One line: the study, whether it is synthetic, rows read and patients kept."""
    rows = int(cohort.provenance["patients"]["rows"])
    kept = f" in the subgroup {cohort.subgroup}" if cohort.subgroup else ""
    note = f"{plural(rows, 'row')} read, {plural(len(cohort.patients), 'patient')} kept{kept}."
    study = cohort.study
    return Loaded(study.key, study.title, study.synthetic, study.time_zero, len(cohort.patients), note)


def provenance(cohort: Cohort, **parameters: object) -> Provenance:
    """The data files with rows and checksum, and the notebook's parameters as they were used."""
    read = cohort.provenance.values()
    files = [(str(file["file"]), f"{file['rows']} rows, SHA-256 {file['sha256']}") for file in read]
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
