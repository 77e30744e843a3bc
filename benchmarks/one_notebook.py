"""What one notebook costs in a process of its own: `python -m benchmarks.one_notebook NOTEBOOK STUDY OUT.json`.

Its cells and its page are counted, imports are not; the memory is the most that the process held, imports included.
"""

import json
import resource
import sys
import time
from pathlib import Path

import nbformat

from benchmarks.limit import executed, new_shell
from helpers.report.export import export_notebook


def main(notebook: Path, study: Path, out: Path) -> None:
    """Run the notebook and write what it cost."""
    shell, read = new_shell(), nbformat.read(notebook, as_version=4)
    began, used = time.monotonic(), time.process_time()
    executed(shell, read, {"study": str(study)}, notebook.name)
    page = export_notebook(nbformat.from_dict(read), notebook.stem)
    cost = {
        "wall": time.monotonic() - began,
        "cpu": time.process_time() - used,
        "memory_mb": most_memory() / 1024,
        "page_mb": len(page.encode()) / 2**20,
    }
    out.write_text(json.dumps(cost), encoding="utf-8")


def most_memory() -> int:
    """The most kB that this process held; what getrusage says began with what its parent held (Linux)."""
    status = Path("/proc/self/status")
    held = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    return int(held[0].split()[1]) if held else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
