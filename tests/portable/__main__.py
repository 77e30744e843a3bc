"""Prove that numbers and texts do not depend on the machine: `make portable`.

Under each imitated machine the notebooks run on three cohorts. Unrounded estimates must agree to 1e-9, printed texts in
every letter, those of the default cohort with the stored outputs, as nbval compares them. The statistics' tests run
once for each processor family, and once with two threads.
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
CHECK = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/stats"]
AT_ONCE = 2  # processes


def main() -> int:
    """Run every check and print what failed; 1 when something did."""
    here = [condition for condition in CONDITIONS if condition.runs_here()]
    for condition in set(CONDITIONS) - set(here):
        print(f"{condition}: NOT RUN, this processor has no AVX-512", flush=True)
    with tempfile.TemporaryDirectory(prefix="portable-") as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        invented = cohort.write(Path(folder) / "invented")
        cohorts = ["data/second_cart", "data/klein_bmt", str(invented)]
        runs = [pool.submit(executed, condition, Path(folder), cohorts) for condition in here]
        families, threaded = ([each for each in here if (each.threads == 1) == one] for one in (True, False))
        checks = [pool.submit(passes, condition) for condition in [*families, *threaded[:1]]]
        first, *others = [run.result() for run in runs]
        faults = [fault for found in (first, *others) for fault in comparison.against_stored(found, cohorts[0])]
        for condition, found in zip(here[1:], others, strict=True):
            faults += [f"{condition}: {fault}" for fault in comparison.differences(first, found)]
        print("\n".join(faults))
        outcomes = [check.result() for check in checks]
    passed, failed = outcomes.count(True), outcomes.count(False) + bool(faults)
    print(f"{passed + (not faults)} passed, {failed} failed")
    return 1 if failed else 0


def executed(condition: Condition, folder: Path, cohorts: list[str]) -> dict:
    """What the notebooks print and estimate under a condition."""
    out = folder / f"{CONDITIONS.index(condition)}.json"
    command = [sys.executable, "-m", "tests.portable.execute", str(out), *cohorts]
    done = subprocess.run(command, cwd=ROOT, env=condition.environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{condition}: the notebooks did not run\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    print(f"{condition}: notebooks run", flush=True)
    return json.loads(out.read_text())


def passes(condition: Condition) -> bool:
    """Run the statistics' tests under a condition; what they print is shown when one fails."""
    done = subprocess.run(CHECK, cwd=ROOT, env=condition.environment(), capture_output=True, text=True)
    print(f"{condition}: statistics {'failed' if done.returncode else 'passed'}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-1000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
