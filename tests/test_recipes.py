"""The recipes of CONTRIBUTING.md, carried out on a copy of the repository, in the files that they name and no other."""

import io
import multiprocessing
import os
import re
import shutil
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pandas as pd
import pytest

# Loads what they need once; the copies are then imported in forks of this process.
import helpers.codebook
import helpers.present.figures
import helpers.report.collection
import helpers.stats.survival  # noqa: F401

ROOT = Path(__file__).parents[1]
COPIED = ("helpers", "data", "notebooks", "reports/README.md", "CONTRIBUTING.md")
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
STEP = re.compile(r"^\d+\. .*?(?=^\d+\. |^\S|\Z)", flags=re.M | re.S)
FILE = re.compile(r"`((?:helpers|data|notebooks|reports)/[\w./]+\.\w+)`")
COMMAND = re.compile(r"`\.venv/bin/python -m ([\w.]+)`")
FORK = multiprocessing.get_context("fork")


def steps_of(title):
    """The numbered steps of a recipe of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return STEP.findall(text.partition(f"## {title}\n")[2].partition("\n#")[0])


def run_in(folder, code, result):
    """Run code as a new process would that finds `helpers` in a folder; send what it prints, or its error."""
    for name in [name for name in sys.modules if name == "helpers" or name.startswith("helpers.")]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(code, "recipe", "exec"), {"__name__": "recipe"})
        result.send(("", printed.getvalue()))
    except BaseException:
        result.send((traceback.format_exc(), ""))


@dataclass
class Copy:
    """A copy of the repository in which a recipe is carried out."""

    folder: Path
    before: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in COPIED:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.folder / name, ignore=IGNORED)
            else:
                shutil.copy(ROOT / name, self.folder / name)
        self.before = self.contents()

    def contents(self):
        """Every file with what it holds."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}

    def changed(self):
        """The files that are not as they were."""
        return {name for name, content in self.contents().items() if self.before.get(name) != content}

    def after(self, name, line, *new):
        """Write lines below the only line of a file that begins so."""
        path = self.folder / name
        lines = path.read_text(encoding="utf-8").splitlines()
        (place,) = [number for number, text in enumerate(lines) if text.startswith(line)]
        path.write_text("\n".join([*lines[: place + 1], *new, *lines[place + 1 :]]) + "\n", encoding="utf-8")

    def replace(self, name, old, new):
        """Write one text in place of another that is in a file once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is in {name} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def says(self, code):
        """What a few lines of code print in the copy."""
        received, sent = FORK.Pipe(duplex=False)
        process = FORK.Process(target=run_in, args=(self.folder, code, sent))
        process.start()
        error, printed = received.recv()
        process.join()
        assert not error, error
        return printed


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path / "second-cart")


def finish(copy, title):
    """Run the commands of a recipe; then exactly the files that it names are changed."""
    steps = steps_of(title)
    assert steps, f"CONTRIBUTING.md has no recipe {title!r}"
    for module in COMMAND.findall("".join(steps)):
        copy.says(f"import runpy\nrunpy.run_module({module!r}, run_name='__main__')")
    assert copy.changed() == {name for step in steps for name in FILE.findall(step)}


DAYS = """
    if key == "ttnt":
        _require("next_treatment_day" in patients, "The day of the next treatment")
        return _first(patients, {"next treatment": patients["next_treatment_day"], DEATH: patients["death_day"]})
"""


def test_add_an_endpoint(copy, tmp_path):
    row = '    "ttnt": EndpointRow("Time to next treatment", "all", "infusion", from_time_zero=True),'
    copy.after("helpers/study/endpoints.py", '    "dor": EndpointRow(', row)
    rules = "helpers/cohort/endpoints.py"
    copy.replace(rules, "\n    source = study.endpoints[", f"{DAYS}    source = study.endpoints[")
    copy.after(rules, '    "dor": (RELAPSE', '    "ttnt": ("next treatment", DEATH),')
    copy.after(rules, "- lfs and dor: ", "- ttnt: the next treatment or death; on one day the treatment.")
    column = "patients,next_treatment_day,Day of next treatment,day,days,0..,no,Empty without one,,event,next treatment"
    copy.after("data/dictionary.csv", "patients,dac_consolidation_day,", column)
    finish(copy, "Add an endpoint")

    folder = tmp_path / "cohort"
    shutil.copytree(ROOT / "data" / "second_cart", folder)
    patients = pd.read_csv(folder / "patients.csv", dtype=str)
    patients["next_treatment_day"] = ["1", "2"] + [""] * (len(patients) - 2)
    patients.to_csv(folder / "patients.csv", index=False)
    look = (
        "from helpers.cohort import load_cohort\nfrom helpers.stats import survival\n"
        f"data = load_cohort({str(folder)!r}).endpoint('ttnt')\nprint(data.heading(), data['cause'].tolist()[:2])\n"
        "at = survival.survival_at(data, [24], by='arm', overall=True)\nprint(set(at['endpoint_label']))\n"
        "print(load_cohort('data/klein_bmt').endpoint('ttnt').heading())"
    )
    first, second, third = copy.says(look).splitlines()
    assert first.startswith("Time to next treatment: 35 patients (all patients), ")
    assert first.endswith("['next treatment', 'next treatment']")
    assert second == "{'Time to next treatment'}"
    assert third == "Time to next treatment: not recorded in this cohort"
    patients.loc[0, "next_treatment_day"] = "3000"
    patients.to_csv(folder / "patients.csv", index=False)
    check = (
        f"from helpers.cohort import load_cohort\ntry: load_cohort({str(folder)!r})\nexcept Exception as e: print(e)"
    )
    assert "next_treatment_day, last_contact_day: later than the last contact" in copy.says(check)


def test_add_a_covariate(copy):
    study = "data/klein_bmt/study.toml"
    copy.after(study, 'methotrexate = "z10"', 'waiting_days = "z7"')
    table = '[[covariates]]\ncolumn = "waiting_days"\nlabel = "Wait"\ntype = "continuous"\nunit = "30 days"\n'
    copy.replace(study, "# Known only after transplant", f"{table}\n# Known only after transplant")
    finish(copy, "Add a covariate")
    look = (
        "from helpers.cohort import load_cohort, views\nfrom helpers.stats.models.design import model_terms\n"
        "cohort = load_cohort('data/klein_bmt')\nprint(views.baseline_labels(cohort)['waiting_days'])\n"
        "print([term.label for term in model_terms(cohort.study, 'survival')][-1])"
    )
    assert copy.says(look) == "Wait\nWait\n"


def test_add_a_column_that_every_study_may_have(copy, tmp_path):
    column = "patients,ecog,ECOG performance status,integer,,0..4,no,Before lymphodepletion,,baseline,"
    copy.after("data/dictionary.csv", "patients,sex,", column)
    finish(copy, "Add a column that every study may have")
    folder = tmp_path / "cohort"
    shutil.copytree(ROOT / "data" / "second_cart", folder)
    pd.read_csv(folder / "patients.csv", dtype=str).assign(ecog="1").to_csv(folder / "patients.csv", index=False)
    look = f"from helpers.cohort import load_cohort, views\nprint(views.baseline_labels(load_cohort({str(folder)!r})))"
    assert "'ecog': 'ECOG performance status'" in copy.says(look)


def test_choose_the_colour_of_an_arm(copy):
    copy.after("data/second_cart/study.toml", 'label = "Tandem CD19/CD22"', 'color = "#332288"')
    finish(copy, "Choose the colour of an arm")
    look = (
        "from helpers.cohort import load_cohort\nfrom helpers.stats import survival\n"
        "from helpers.present.figures import plot_curves\n"
        "os_data = load_cohort('data/second_cart').endpoint('os')\n"
        "(ax, *_) = plot_curves(survival.kaplan_meier(os_data, by='arm')).axes\n"
        "print({line.get_color() for line in ax.lines})"
    )
    assert "'#332288'" in copy.says(look)


def test_add_a_published_figure(copy):
    name = "data/second_cart/published.csv"
    with (copy.folder / name).open("a", encoding="utf-8") as file:
        file.write(
            "os_12,survival,Overall survival at 1 year,os,all patients,All,,,,12,survival,99.9,,,,35,1,%,,,value,\n"
        )
    finish(copy, "Add a published figure")
    look = (
        "from helpers.audit.compare import compare\nfrom helpers.audit.published import read_published\n"
        "from helpers.cohort import load_cohort\nfrom helpers.stats import survival\n"
        "cohort = load_cohort('data/second_cart')\n"
        "at = survival.survival_at(cohort.endpoint('os'), [12], overall=True)\n"
        "rows = compare(read_published(cohort.study), at, cohort.study, section='survival').set_index('key')\n"
        "print(rows.loc['os_12', ['published', 'verdict']].tolist())"
    )
    assert copy.says(look) == "['99.9%', 'differs']\n"


SENTENCE = '''

def shortest(at: pd.DataFrame) -> str:
    """At which time the estimates begin."""
    return f"The first estimate is at {at['time_months'].min():g} months." if len(at) else ""
'''


def test_add_a_sentence(copy):
    module = "helpers/present/sentences/survival.py"
    (copy.folder / module).write_text((ROOT / module).read_text(encoding="utf-8") + SENTENCE, encoding="utf-8")
    room = "helpers/present/sentences/__init__.py"
    copy.replace(room, "    selection,\n)", "    selection,\n    shortest,\n)")
    path = copy.folder / "notebooks" / "04_survival.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(-1, nbformat.v4.new_code_cell("sentences.shortest(os_at)", id="shortest"))
    nbformat.write(notebook, path)
    finish(copy, "Add a sentence")
    look = (
        "import pandas as pd\nfrom helpers.present import sentences\n"
        "print(sentences.shortest(pd.DataFrame({'time_months': [6.0, 12.0]})))"
    )
    assert copy.says(look) == "The first estimate is at 6 months.\n"


def test_add_a_section(copy):
    template = copy.folder / "notebooks" / "template" / "07_section.ipynb"
    shutil.copy(template, copy.folder / "notebooks" / "07_example.ipynb")
    finish(copy, "Add a section")
    look = (
        "from pathlib import Path\nfrom helpers.report.collection import select\nprint(select(Path('notebooks'))[-1])"
    )
    assert copy.says(look) == "notebooks/07_example.ipynb\n"


def test_use_another_interval_for_survival(copy):
    table = "helpers/stats/survival/life_table.py"
    copy.replace(table, "    low, high = value ** np.exp(width), value ** np.exp(-width)\n", PLAIN)
    copy.replace(
        "helpers/stats/survival/curves.py", '"Kaplan-Meier, log-log interval"', '"Kaplan-Meier, plain interval"'
    )
    copy.replace("data/vocabulary.csv", '"Kaplan-Meier, log-log interval"', '"Kaplan-Meier, plain interval"')
    finish(copy, "Use another interval for survival")
    look = (
        "from helpers.cohort import load_cohort\nfrom helpers.stats import survival\n"
        "row = survival.survival_at(load_cohort('data/second_cart').endpoint('os'), [12], overall=True).iloc[0]\n"
        "print(row['method'], abs(row['ci_high'] - row['estimate'] - 1.959963984540054 * row['std_error']) < 1e-12)"
    )
    assert copy.says(look) == "Kaplan-Meier, plain interval True\n"


PLAIN = """    error = Z95 * value * np.sqrt(np.where(inside, variance, 0.0))
    low, high = value - error, value + error
"""


def test_print_p_with_other_decimals(copy):
    copy.replace("helpers/present/format.py", 'f"{value:.3f}" if value < 0.0995', 'f"{value:.4f}" if value < 0.0995')
    finish(copy, "Print P with other decimals")
    look = (
        "from helpers.present import format as fmt\nfrom helpers.present.values import value_with_p\n"
        "from helpers.stats.estimates import estimates\n"
        "row = {'measure': 'odds_ratio', 'estimate': 0.1, 'ci_low': 0.1, 'ci_high': 1, 'p': 0.04712, 'method': 'x'}\n"
        "print(fmt.p_value(0.04712), value_with_p(estimates([row]).iloc[0]))"
    )
    printed = copy.says(look)
    assert printed.startswith("0.0471 ")
    assert "P = 0.0471" in printed


def test_every_recipe_is_carried_out():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", text.partition("# Recipes\n")[2].partition("# Rules\n")[0], flags=re.M)
    names = {f"test_{re.sub(r'[^a-z]+', '_', title.lower())}" for title in titles}
    assert len(titles) == 9
    assert names <= globals().keys()
