"""CDISC ADaM data sets: ADSL with the parameters of ADTTE and ADRS beside it, or ADAE."""

import re
from dataclasses import replace

from helpers.cohort.findings import Findings
from helpers.cohort.readers.adam_days import days_from_zero
from helpers.cohort.readers.adam_parameters import PARAMETER, SUBJECT, Parameter, Parameters
from helpers.cohort.readers.adam_times import time_columns
from helpers.cohort.readers.export import Part, UnusableError, identifiers
from helpers.cohort.readers.raw import LeftOut, RawTable
from helpers.cohort.texts import Texts
from helpers.study import FileSource

GRADE = re.compile(r"(?i)\A(?:grade|gr) ?(\d)\Z")


def read_adam(parts: list[Part], source: FileSource, findings: Findings) -> RawTable:
    """The rows of ADSL or ADAE. Each parameter beside ADSL becomes columns of it, named after its PARAMCD.

    Of ADTTE: `OS`, the time in days as recorded, `OS_EVENT` (yes for CNSR 0, else no) and `OS_REASON`. Of ADRS: `BOR`,
    the result, and `BOR_DATE`. Study days (names that end in DY) count from 0, identifiers are left out.
    """
    main, *others = parts
    _check_main(main, findings)
    left_out = identifiers(main.columns)
    days, said = days_from_zero(main, findings)
    columns, units = {**main.columns, **days, **_grades(main)}, dict.fromkeys(days, "days")
    for item in left_out:
        del columns[item.name]
    for part in others:
        parameters = Parameters.of(main, part, findings)
        _say_several(part, parameters, findings)
        left_out += [LeftOut("parameter", code, "several rows for one subject") for code in parameters.several]
        for parameter in parameters.usable:
            found, words = _columns(parameter, findings)
            for name in found.keys() & columns.keys():
                remedy = "Rename one of them."
                findings.fault("a column of this name is there already", file=part.name, column=name, remedy=remedy)
            columns |= found
            units |= {parameter.code: "days"} if part.named("CNSR") else {}
            said += words
    return replace(main.table(columns, said, left_out), units=units)


def _grades(main: Part) -> dict[str, Texts]:
    """The column of toxicity grades, "GRADE 3" as 3; none where there is none."""
    name = main.named("AETOXGR")
    return {name: main.texts(name).each(lambda text: GRADE.sub(r"\1", text))} if name else {}


def _check_main(main: Part, findings: Findings) -> None:
    """UnusableError, with the fault recorded, when a data set has no rows of subjects or events."""
    if main.named(PARAMETER) or not main.named(SUBJECT):
        problem = "rows of parameters are no table" if main.named(PARAMETER) else "there is no USUBJID"
        remedy = "Name ADSL or ADAE as the file; ADTTE and ADRS stand beside ADSL."
        findings.fault(problem, file=main.name, rows=(1,), remedy=remedy)
        raise UnusableError


def _say_several(part: Part, parameters: Parameters, findings: Findings) -> None:
    """Record a fault for times of which a subject has several; other parameters are only left out."""
    if parameters.several and part.named("CNSR"):
        problem = f"several rows of one subject for {', '.join(parameters.several)}"
        remedy = "Keep one row for each subject and PARAMCD, or mark it by ANL01FL = Y."
        rows = part.rows[parameters.again]
        findings.fault(problem, file=part.name, rows=rows, column=PARAMETER, remedy=remedy)


def _columns(parameter: Parameter, findings: Findings) -> tuple[dict[str, Texts], list[str]]:
    """The columns that a parameter becomes, and how they were read."""
    part, code = parameter.part, parameter.code
    if part.named("CNSR"):
        return time_columns(parameter, findings)
    result = part.texts("AVALC")
    result = result if result.given[parameter.rows].any() else part.texts("AVAL")
    said = f"{code}, {code}_DATE: {parameter.title}, {parameter.subjects} of {part.name}"
    return parameter.by_subject({code: result, f"{code}_DATE": part.texts("ADT")}), [said]
