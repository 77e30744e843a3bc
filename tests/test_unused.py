"""What nobody uses is deleted: definitions that only tests know, and optional parameters that nobody passes."""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
# Methods that a library calls by the name it gave them: pandas, IPython, click, traitlets, nbconvert, jupyter_client,
# papermill, matplotlib, io.
OF_THE_TESTS = {("render_collection", "notebooks"), ("render_collection", "progress")}  # a collection of toys, quietly
HOOKS = {
    "_constructor",
    "_gen_axes_spines",
    "_get_font_height_metrics",
    "_get_style",
    "_init_axis",
    "_render_traceback_",
    "_repr_html_",
    "_repr_markdown_",
    "_repr_mimebundle_",
    "close_group",
    "draw_image",
    "draw_markers",
    "draw_path",
    "draw_path_collection",
    "draw_text",
    "enable_gui",
    "execute_managed_notebook",
    "flipy",
    "from_notebook_node",
    "get_canvas_width_height",
    "invoke",
    "kernel_spec",
    "main",
    "open_group",
    "parse_args",
    "start_kernel",
    "writable",
}
REGISTERED = ("command", "group", "default", "observe", "validate")  # decorators of click and traitlets
# What is typed, or named to a tool.
TYPED = ("Makefile", "pyproject.toml", "README.md", "helpers/report/exporter.py")  # the last: in its docstring
TYPED += tuple(str(path.relative_to(ROOT)) for path in (ROOT / "helpers/report/template").glob("*.j2"))


@dataclass(frozen=True)
class Definition:
    """A function, class or constant: where it is, and how often its own body names it."""

    name: str
    place: str
    node: ast.AST

    @property
    def within(self):
        return references(self.node)[self.name]


def modules():
    """The code of the package, by its path."""
    paths = sorted((ROOT / "helpers").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def notebooks():
    """The code of the notebooks, each as one module; the template beside them counts too."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        yield ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


MODULES = modules()
CODE = [*MODULES.values(), *notebooks()]


def references(tree):
    """How often each name is used in a piece of code; an import or a list of public names is no use."""
    found = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found[node.id] += 1
        elif isinstance(node, ast.Attribute):
            found[node.attr] += 1
        elif isinstance(node, ast.ImportFrom):  # under another name, it is used by that name
            found.update(alias.name for alias in node.names if alias.asname)
    return found


def is_registered(node):
    """Tell whether a decorator hands a function to a library, which calls it."""
    names = [getattr(item.func, "attr", getattr(item.func, "id", "")) for item in calls_of(node.decorator_list)]
    return any(name in REGISTERED for name in names)


def calls_of(nodes):
    """Those of some nodes that are calls."""
    return [node for node in nodes if isinstance(node, ast.Call)]


def definitions():
    """Every function, method, class and constant of the package that code could do without."""
    for path, tree in MODULES.items():
        chosen = set(chosen_by_name(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not is_hook(node) and node not in chosen:
                yield Definition(node.name, f"{path}:{node.lineno}", node)
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and target.id != "__all__":
                yield Definition(target.id, f"{path}:{node.lineno}", node)


def chosen_by_name(tree):
    """The methods of classes that look a method of their own up by its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and "getattr(self, f" in ast.unparse(node):
            yield from node.body


def is_hook(node):
    """Tell whether Python or a library calls a function of this name or with this decorator."""
    return node.name in HOOKS or node.name.startswith("__") or is_registered(node)


def unused_definitions():
    """The definitions that neither the package nor a notebook names outside of their own body."""
    used = sum(map(references, CODE), Counter())
    typed = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in TYPED)
    for item in definitions():
        if used[item.name] <= item.within and item.name not in typed:
            yield f"{item.place} {item.name}"


@dataclass(frozen=True)
class Optional:
    """A parameter with a default: its place among the positional ones, or None when it is keyword-only."""

    function: str
    name: str
    position: int | None
    line: str


def optional_parameters():
    """The optional parameters of every function of the package."""
    for path, tree in MODULES.items():
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        owners = {child: node.name for node in classes for child in node.body}
        methods = owners.keys()
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name in HOOKS or is_registered(node):
                continue
            shift = (
                1 if node in methods and not any("staticmethod" in ast.unparse(d) for d in node.decorator_list) else 0
            )
            name = owners.get(node, node.name) if node.name == "__init__" else node.name
            args = [*node.args.posonlyargs, *node.args.args]
            place = f"{path}:{node.lineno}"
            for number, arg in list(enumerate(args))[len(args) - len(node.args.defaults) :]:
                yield Optional(name, arg.arg, number - shift, place)
            for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if default is not None:
                    yield Optional(name, arg.arg, None, place)


def calls():
    """Every call by the name of what is called, and the functions that are handed over without being called."""
    found, handed = {}, Counter()
    for tree in CODE:
        called = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                found.setdefault(name, []).append(node)
                called.add(node.func)
        for node in ast.walk(tree):
            name = getattr(node, "id", getattr(node, "attr", ""))
            if isinstance(node, ast.Name | ast.Attribute) and node not in called and name:
                handed[name] += 1
    return found, handed


def passes(call, parameter):
    """Tell whether a call gives a parameter, or may: with *args or **options it may."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords):
        return True
    by_name = any(word.arg == parameter.name for word in call.keywords)
    return by_name or (parameter.position is not None and len(call.args) > parameter.position)


def unused_parameters():
    """The optional parameters that no call passes; functions that are handed over as values are left out."""
    found, handed = calls()
    for parameter in optional_parameters():
        known = found.get(parameter.function, [])
        if (parameter.function, parameter.name) in OF_THE_TESTS:
            continue
        if known and not handed[parameter.function] and not any(passes(call, parameter) for call in known):
            yield f"{parameter.line} {parameter.function}({parameter.name}=)"


def test_every_definition_is_used_outside_the_tests():
    assert sorted(set(unused_definitions())) == []


def test_every_optional_parameter_is_passed():
    assert sorted(set(unused_parameters())) == []


@pytest.mark.parametrize(
    ("call", "given"),
    [("f(1)", False), ("f(1, 2)", True), ("f(1, x=2)", True), ("f(*a)", True), ("f(**a)", True), ("f(y=1)", False)],
)
def test_a_parameter_is_seen_where_it_is_passed(call, given):
    node = ast.parse(call, mode="eval").body
    assert passes(node, Optional("f", "x", 1, "")) is given


def test_a_use_is_a_load_and_no_import():
    counted = references(
        ast.parse("from a import used, other as alias\nvalue = used(1).attribute\n__all__ = ['alias']")
    )
    assert counted == {"used": 1, "attribute": 1, "other": 1}
