"""An account as one JSON document, whose keys data/README.md explains.

They are the fields of `Account` and of what it holds: names, counts, medians, quartiles, and no patient's value.
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
    return json.dumps({"schema": SCHEMA, "study": study, **whole}, indent=1)  # ASCII: it is printed


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
