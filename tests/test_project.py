"""The house rules that no single module can keep: import direction, one set of pins, nothing private in git."""

import ast
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
# The rooms of helpers, from the ground up. A module imports from its own room and from those that stand before it;
# rooms on one line stand side by side and do not know each other.
FLOORS = (
    ("faults", "marks", "stopping"),
    ("frames",),
    ("parameters", "study"),
    ("cohort",),
    ("stats.estimates", "stats.levels", "stats.ties"),
    ("stats.centres", "stats.proportions", "stats.survival"),
    ("stats.models",),
    ("stats.exposure",),
    ("stats.cohort",),
    ("stats.safety", "stats.planning"),
    ("present.format", "present.compact"),
    ("present.renderers",),
    ("present.canvas", "present.values"),
    ("present.display",),
    ("present.show",),
    ("present.header",),
    ("present.layout",),
    ("present.figures", "present.tables", "present.sentences"),
    ("audit",),
    ("report", "synthetic"),
    ("commands", "codebook"),
    ("cli",),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = sorted((ROOT / "helpers").rglob("*.py"))


def module_name(path):
    """The dotted name of a module inside helpers."""
    return ".".join(path.relative_to(ROOT / "helpers").with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path):
    """The modules of helpers that a module imports, at any depth of its code."""
    known = {module_name(module) for module in MODULES}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("helpers.") for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers"):
            source = node.module.removeprefix("helpers").removeprefix(".")
            for alias in node.names:
                full = f"{source}.{alias.name}".removeprefix(".")
                yield full if full in known else source


def room_of(module):
    """The longest room that a module belongs to."""
    return next((room for room in sorted(FLOOR, key=len, reverse=True) if f"{module}.".startswith(f"{room}.")), None)


def packages():
    """Folders that are mere containers of rooms."""
    return {room.split(".")[0] for room in FLOOR} - FLOOR.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    module = module_name(path)
    if module in {"__init__", *packages()}:
        return
    own = room_of(module)
    assert own is not None, f"{module} stands in no room"
    for imported in imported_modules(path):
        other = room_of(imported)
        assert other == own or FLOOR[other] < FLOOR[own], f"{module} imports {imported}"


def test_no_module_imports_itself_by_a_detour():
    imports = {module_name(path): set(imported_modules(path)) for path in MODULES}
    while leaves := [name for name, targets in imports.items() if not targets & imports.keys()]:
        for name in leaves:
            del imports[name]
    assert imports == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_short(path):
    assert len(path.read_text().splitlines()) <= 300


def decided_by_a_last_bit(path):
    """Lines that hold a P value against its level as a float, or sort so that ties may fall either way."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            sides = [getattr(side, "id", getattr(side, "value", None)) for side in (node.left, *node.comparators)]
            if {"ALPHA", "SIGNIFICANT", 0.05} & {side for side in sides if isinstance(side, str | float)}:
                yield node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("argsort", "sort_values"):
            several_keys = node.args and isinstance(node.args[0], ast.List)  # sorted one after the other, stably
            if not several_keys and not any(word.arg == "kind" for word in node.keywords):
                yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_last_bit_of_a_float_decides_nothing(path):
    assert list(decided_by_a_last_bit(path)) == []  # use below() or tied() of helpers.stats.ties, or kind="stable"


def pins(text):
    """Package and version of every `name==version` in a text."""
    return dict(re.findall(r'^\s*(?:- ")?([a-z0-9][a-z0-9._-]*)==([^\s";]+)', text, flags=re.M))


def test_lock_and_conda_environment_hold_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    listed = "\n".join(environment["dependencies"][-1]["pip"])
    assert pins(listed) == pins((ROOT / "requirements.lock").read_text())


def test_lock_satisfies_the_declared_dependencies():
    locked = pins((ROOT / "requirements.lock").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.match(r"[A-Za-z0-9-]+", requirement).group().lower() for requirement in declared}
    assert len(names) > 20
    assert names <= locked.keys() | pins((ROOT / "workflow" / "requirements.lock").read_text()).keys()


def test_every_pin_has_a_hash_and_no_index_is_named():
    lock = (ROOT / "requirements.lock").read_text() + (ROOT / "workflow" / "requirements.lock").read_text()
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", lock)


def test_no_tracked_text_holds_an_absolute_path():
    kinds = ["helpers/*.py", "*.ipynb", "*.csv", "*.toml", "*.yml", "*.lock", "Makefile"]
    listed = subprocess.run(["git", "ls-files", "--", *kinds], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    private = re.compile(r"/(?:root|home|Users|work)/[a-z]|ipykernel_\d")
    found = [name for name in listed.stdout.split() if private.search((ROOT / name).read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_keep_their_anatomy(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    assert notebook.cells[0].source.startswith("# ")
    assert "parameters" in code[0].metadata.get("tags", [])
    assert all(re.match(r"\w+: \w+ = .+  # .+", line) for line in code[0].source.splitlines())
    assert {"## Headline", "## Limits", "## Provenance"} <= set(headings)
    assert all(len(cell.source.splitlines()) <= 12 for cell in code)
    assert not any(re.search(r"^\s*(def|class) ", cell.source, flags=re.M) for cell in code)


def shows_something(source):
    """Tell whether a cell ends with an expression, which a notebook shows."""
    body = ast.parse(source).body
    return bool(body) and isinstance(body[-1], ast.Expr)


def code_cells(path):
    """The code of a notebook, cell by cell, without the parameters."""
    cells = nbformat.read(path, as_version=4).cells
    return [c.source for c in cells if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_reach_a_first_result_soon(path):
    cells = code_cells(path)
    opening = next(number for number, source in enumerate(cells) if "report = Report(" in source)
    first = next(number for number in range(opening + 1, len(cells)) if shows_something(cells[number]))
    lines = [line for source in cells[:first] for line in source.splitlines() if line.strip()]
    assert len(lines) <= 12


STRING_TOOLS = {"startswith", "endswith", "removeprefix", "removesuffix", "split", "rsplit", "partition", "contains"}


def hard_to_read(source):
    """What a reader of a notebook would have to puzzle over, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and any(word.arg is None for word in node.keywords):
            yield "options unpacked by **", node.lineno
        elif isinstance(node, ast.Dict) and None in node.keys:
            yield "a dictionary unpacked by **", node.lineno
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield "a dictionary of options", node.lineno
        elif isinstance(node, ast.Starred) and isinstance(node.value, ast.GeneratorExp | ast.ListComp):
            yield "a loop unpacked by *", node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in STRING_TOOLS:
            yield "rows found by parts of a text", node.lineno


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_hold_no_puzzles(path):
    assert [(*puzzle, source) for source in code_cells(path) for puzzle in hard_to_read(source)] == []


FOR_READERS = re.compile(
    r"\b(terms?|notes?|methods?|labels?|groups?|captions?)\b"
)  # columns whose text may be reworded
PATTERNS = {"match", "fullmatch", "search", "findall", "extract", "sub"}
PARSED = [path for room in ("stats", "present", "audit") for path in MODULES if f"helpers/{room}/" in path.as_posix()]
PARSED = [path for path in PARSED if path.parent.name != "layout"]  # which measures and wraps what is printed


def facts_read_from_prose(tree):
    """Places that look for a fact in a text for readers, where a column should hold it."""
    for node in ast.walk(tree):
        searched = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in STRING_TOOLS:
                searched = node.func.value
            elif node.func.attr in PATTERNS and node.args:
                searched = ast.Tuple([node.func.value, *node.args])
        elif isinstance(node, ast.Compare) and is_search(node):
            searched = node.comparators[0]
        if searched is not None and FOR_READERS.search(ast.unparse(searched)):
            yield node.lineno, ast.unparse(node)


def is_search(comparison):
    """Tell whether a comparison looks for a word in one cell of a column for readers: row["note"] or row.note."""
    cell = comparison.comparators[0]
    name = getattr(cell, "attr", getattr(getattr(cell, "slice", None), "value", ""))
    searches = isinstance(comparison.ops[0], ast.In | ast.NotIn)
    text = isinstance(comparison.left, ast.Constant | ast.JoinedStr)
    return searches and text and isinstance(name, str) and bool(FOR_READERS.fullmatch(name))


@pytest.mark.parametrize("path", PARSED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_fact_is_read_from_prose(path):
    assert list(facts_read_from_prose(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        'rows[rows["term"].str.startswith(label)]',
        'row.note.split(";")',
        're.match(r"(.+): ", term)',
        '"separated" in row["note"]',
        'rows["method"].str.contains("Firth")',
    ],
)
def test_a_fact_read_from_prose_is_seen(code):
    assert list(facts_read_from_prose(ast.parse(code)))


@pytest.mark.parametrize("code", ['row["method"] == EFRON', '"term" in rows', 'path.name.split(".")'])
def test_equality_and_names_of_columns_are_no_prose(code):
    assert list(facts_read_from_prose(ast.parse(code))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_type_no_result_in_prose(path):
    notebook = nbformat.read(path, as_version=4)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.findall(r"\d+\.\d+|\d+%|[Pp] ?[<=] ?0", prose.replace("95% interval", "")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_store_clean_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert not any(output.get("metadata") for output in outputs)
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}
