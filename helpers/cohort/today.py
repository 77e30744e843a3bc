"""The day on which a cohort is read."""

import os
from datetime import UTC, date, datetime


def today() -> date:
    """The date of today in UTC; that of SOURCE_DATE_EPOCH (seconds since 1970), where it is set, in its place."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(fixed), UTC) if fixed.isdigit() else datetime.now(UTC)
    return now.date()
