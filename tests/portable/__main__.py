"""Prove that numbers and texts do not depend on the machine: `make portable`.

Under each imitated machine the notebooks run on three cohorts, the statistics' tests run, and nbval compares the stored
outputs. Unrounded estimates must agree to 1e-9, printed texts in every letter.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.portable import cohort, comparison
from tests.portable.conditions import CONDITIONS, Condition

ROOT = Path(__file__).parents[2]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
CHECKS = {
    "statistics": [*PYTEST, "-n", "2", "tests/stats"],
    "nbval": [*PYTEST, "-n", "2", "--dist", "loadfile", "--nbval", "--nbval-current-env", "notebooks"],
}


def main() -> int:
    """Run every check and print one line for each that failed; 1 when there is one."""
    with tempfile.TemporaryDirectory(prefix="portable-") as folder:
        invented = cohort.write(Path(folder) / "invented")
        cohorts = ["data/second_cart", "data/klein_bmt", str(invented)]
        with ThreadPoolExecutor(2) as pool:  # one process each: two notebooks at a time are enough for two cores
            found = list(pool.map(lambda condition: executed(condition, Path(folder), cohorts), CONDITIONS))
    faults = comparison.against_stored(found[0], cohorts[0], ROOT / "notebooks")
    for condition, results in zip(CONDITIONS[1:], found[1:], strict=True):
        faults += [f"{condition}: {fault}" for fault in comparison.differences(found[0], results)]
    for condition in CONDITIONS:
        faults += [f"{condition}: {name} failed" for name in CHECKS if not passes(name, condition)]
    print("\n".join(faults))
    checks = len(CONDITIONS) * (1 + len(CHECKS))
    failed = min(checks, len(faults))
    print(f"{checks - failed} passed, {failed} failed")
    return 1 if faults else 0


def executed(condition: Condition, folder: Path, cohorts: list[str]) -> dict:
    """What the notebooks print and estimate under a condition."""
    out = folder / f"{CONDITIONS.index(condition)}.json"
    command = [sys.executable, "-m", "tests.portable.execute", str(out), *cohorts]
    subprocess.run(command, cwd=ROOT, env=condition.environment(), check=True)
    print(f"{condition}: notebooks run", flush=True)
    return json.loads(out.read_text())


def passes(name: str, condition: Condition) -> bool:
    """Run one of the checks under a condition; what it prints is shown when it fails."""
    done = subprocess.run(CHECKS[name], cwd=ROOT, env=condition.environment(), capture_output=True, text=True)
    print(f"{condition}: {name}: {(done.stdout.strip().splitlines() or ['nothing'])[-1]}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-1000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
