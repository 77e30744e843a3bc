"""How far a batch is: one bar on a terminal, else a line a minute, with the time at which the end is expected."""

import signal
import sys
import time
from datetime import datetime, timedelta
from types import TracebackType

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 60


class Progress:
    """Counts runs that end, of `total`, some of them done before; to be used as a context."""

    def __init__(self, total: int, before: int) -> None:
        self._total, self._before = total, before
        self._ended, self._failed, self._began = 0, 0, time.monotonic()
        tqdm.monitor_interval = 0  # no thread of the bar's own: processes are forked
        self._bar = tqdm(total=total, initial=before, unit="run", desc="Rendering", disable=None)

    def __enter__(self) -> "Progress":
        self._began = time.monotonic()
        if self._bar.disable and hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, lambda *_: print(self.line(), file=sys.stderr, flush=True))
            signal.setitimer(signal.ITIMER_REAL, SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LINES)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar.disable and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._bar.close()

    def advance(self, *, failed: bool) -> None:
        """One run more has ended."""
        self._ended, self._failed = self._ended + 1, self._failed + failed
        self._bar.set_postfix_str(", ".join(self._more()), refresh=False)
        self._bar.update()

    def line(self) -> str:
        """How far the batch is, in one line."""
        return "; ".join([f"{self._before + self._ended} of {self._total} runs", *self._more()])

    def _more(self) -> list[str]:
        """How many failed, and when the end is expected."""
        left, seconds = self._total - self._before - self._ended, time.monotonic() - self._began
        failed = [f"{self._failed} failed"] if self._failed else []
        if not left or not self._ended:
            return failed
        end = datetime.now() + timedelta(seconds=seconds / self._ended * left)
        today = end.date() == datetime.now().date()
        return [*failed, f"end expected at {end:%H:%M}" if today else f"end expected on {end:%Y-%m-%d at %H:%M}"]
