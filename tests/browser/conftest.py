"""Every page of three rendered collections, and a Chromium to open them in.

REPORTS names a folder of collections to look at instead of rendering them, for example while working on the template.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from machine import ARGUMENTS, NAMES, needed

from helpers.audit.checked import checked
from helpers.report.check_page import write_check_page
from helpers.report.collection import render_collection
from helpers.study import PROJECT_ROOT

LONG = "<b>Arm</b> & $x_1$ with a label of sixty letters, no. {:02d}."


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    path = needed(*NAMES)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def collections(chromium, tmp_path_factory):
    """Folders with reports: the synthetic cohort, the real one, and one whose labels are long and hostile."""
    if "REPORTS" in os.environ:
        return sorted(path.parent for path in Path(os.environ["REPORTS"]).glob("*/run.json"))
    out = tmp_path_factory.mktemp("collections")
    studies = [PROJECT_ROOT / "data" / name for name in ("second_cart", "klein_bmt")]
    studies.append(long_labels(studies[0], tmp_path_factory.mktemp("cohorts") / "long_labels"))
    return [render_collection(study, out / study.name, progress=False) for study in studies]


@pytest.fixture(scope="session")
def pages(collections, tmp_path_factory):
    """Every page of every collection, then those of the checks of a cohort and of one with faults and doubts."""
    found = [page for folder in collections for page in sorted(folder.glob("*.html"))]
    assert found
    cohort = PROJECT_ROOT / "data" / "second_cart"
    faulty = shutil.copytree(cohort, tmp_path_factory.mktemp("cohorts") / "faulty")
    table = (cohort / "patients.csv").read_text(encoding="utf-8")
    (faulty / "patients.csv").write_text(table.replace("relapse_day", "relapse_dy").replace(",cr,", ",CRx,"))
    checks = [tmp_path_factory.mktemp("checks") / f"check-{name}.html" for name in ("sound", "faulty")]
    for page, folder in zip(checks, (cohort, faulty), strict=True):
        write_check_page(page, checked(folder))
    return [*found, *checks]


@pytest.fixture
def visit(chromium):
    """Open a page: a file, then viewport width, colour scheme and other options of the browser's context."""
    contexts = []

    def open_page(file, width=1280, scheme="light", **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(Path(file).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def long_labels(source: Path, target: Path) -> Path:
    """A copy of a cohort folder in which every label has 60 characters that mean something elsewhere."""
    shutil.copytree(source, target)
    numbers = iter(range(100))
    text = (target / "study.toml").read_text()
    text = re.sub(r'^label = ".*"', lambda _: f'label = "{LONG.format(next(numbers))}"', text, flags=re.MULTILINE)
    (target / "study.toml").write_text(text)
    return target
