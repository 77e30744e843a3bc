"""An account as one JSON document.

Its keys are those of `Account`, `TableRead`, `ColumnRead`, `NotRead`, `Normalised`, `Spread`, `ArmCount`,
`EndpointCount`, `Section` and `Check`, whose docstrings are their meaning. Beside them: `schema`, which changes with
the meaning of a key; `study`, the facts of study.toml that numbers depend on, null where it cannot be read; `faults`
and `questions`, each with problem, file, rows (the header is row 1), column, remedy and `said`, all of it as one
sentence. It holds names, counts, medians and quartiles, and no patient's value.
"""

import json
from dataclasses import asdict
from typing import Any

from helpers.cohort.account.account import Account
from helpers.faults import Fault

SCHEMA = 1
FACTS = ("title", "synthetic", "time_unit", "time_zero")


def as_json(account: Account) -> str:
    """The document as text."""
    whole = {name: _plain(value) for name, value in vars(account).items() if name != "study"}
    study = {name: getattr(account.study, name) for name in FACTS} if account.study else None
    return json.dumps({"schema": SCHEMA, "study": study, **whole}, ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    """A part of an account as JSON knows it."""
    if isinstance(value, Fault):
        return asdict(value) | {"said": str(value)}
    return (
        [_plain(item) for item in value]
        if isinstance(value, tuple)
        else value
        if isinstance(value, str)
        else asdict(value)
    )
