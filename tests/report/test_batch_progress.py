import io
import re
import sys
import time

import pytest

from helpers.report import batch_progress
from helpers.report.batch_progress import Progress


def test_the_line_counts_all_runs_and_tells_when_the_end_is_expected():
    with Progress(10, 4) as progress:
        assert progress.line() == "4 of 10 runs"
        progress.advance(failed=False)
        progress.advance(failed=True)
        assert re.fullmatch(r"6 of 10 runs; 1 failed; end expected (at|on) [-\d: at]+", progress.line())
        for _ in range(4):
            progress.advance(failed=False)
        assert progress.line() == "10 of 10 runs; 1 failed"


def test_without_a_terminal_a_line_comes_from_time_to_time(monkeypatch, capsys):
    monkeypatch.setattr(batch_progress, "SECONDS_BETWEEN_LINES", 0.05)
    with Progress(2, 0) as progress:
        time.sleep(0.12)
        progress.advance(failed=False)
        time.sleep(0.06)
    time.sleep(0.1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0] for line in lines] == ["0 of 2 runs", "0 of 2 runs", "1 of 2 runs"]


@pytest.mark.parametrize("seconds", [0.0, 1e6])
def test_a_terminal_has_one_bar(monkeypatch, seconds):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(3, 1) as progress:
        progress._began -= seconds
        progress.advance(failed=True)
    shown = sys.stderr.getvalue()
    assert {line.partition(":")[0] for line in re.split(r"[\r\n]+", shown) if line.strip()} == {"Rendering"}
    assert "2/3" in shown
    assert f"1 failed, end expected {'on 2' if seconds else 'at '}"[:22] in shown
