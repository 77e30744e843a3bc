"""The `second-cart` command. Exit status: 0 done, 1 data or a notebook failed, 2 wrong usage, 130 or 143 stopped."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from helpers.commands import EXAMPLE, Stoppable, WithExample
from helpers.faults import printable
from helpers.report.forked import CAN_FORK
from helpers.stopping import too_late_to_stop

DEFAULT_STUDY = "data/second_cart"
EXAMPLES = ("transplant", "myeloma", "lymphoma")  # those of helpers.cohort.examples, which is imported late

study_argument = click.argument("study", default=DEFAULT_STUDY)
only_option = click.option(
    "--only", multiple=True, metavar="NAME", help="Only notebooks whose name begins so, e.g. 04; repeatable."
)
workers_option = click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
timeout_option = click.option(
    "--timeout", default=1800, show_default=True, type=click.IntRange(1), metavar="SECONDS", help="Longest for a cell."
)
engine_option = click.option(
    "--engine",
    type=click.Choice(["fork", "plain"]),
    default="fork" if CAN_FORK else "plain",
    show_default=True,
    help="A shell in a forked process for each notebook, or papermill with a kernel.",
)
memory_option = click.option(
    "--memory", type=click.FloatRange(0, min_open=True), metavar="GB", help="Most that a notebook may hold."
)


@click.group(cls=Stoppable, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="second-cart")
def main() -> None:
    """Study reports from a cohort folder.

    STUDY is a folder with study.toml and patients.csv, looked up from the working folder, then from the project's root;
    default data/second_cart.

    Exit status: 0 done; 1 the data or a notebook failed; 2 wrong usage; 130 stopped by Ctrl-C, 143 by SIGTERM.
    """


@main.command()
@study_argument
@click.option("--json", "as_document", is_flag=True, help="Print one JSON document in place of the text.")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a page too, for the data manager."
)
def check(study: str, as_document: bool, html: Path | None) -> None:
    """Tell what is read of a cohort folder and what is not, and every fault and doubt at once.

    The account is printed, faults go to the standard error. No patient's value is shown.
    """
    from helpers.audit.checked import checked
    from helpers.cohort.account.document import as_json
    from helpers.cohort.account.text import as_text, counted
    from helpers.faults import FaultError

    account = checked(study)
    click.echo((as_json if as_document else as_text)(account))
    if html:
        from helpers.report.check_page import write_check_page

        write_check_page(html, account)
    if account.faults:
        raise FaultError(account.key, account.faults)
    doubts = f", {counted(len(account.questions), 'doubt')}" if account.questions else ""
    click.echo(f"{account.key}: {counted(account.patients, 'patient')}, no fault{doubts}", err=True)


@main.command(cls=WithExample)
@study_argument
@click.option("--out", type=click.Path(path_type=Path), help="Folder for this collection; default reports/<study>.")
@only_option
@click.option("-p", "--param", "parameters", multiple=True, nargs=2, metavar="NAME VALUE", help=f"As {EXAMPLE}.")
@click.option("--times", is_flag=True, help="Say where the time went.")
@workers_option
@timeout_option
@engine_option
@memory_option
def render(study: str, out: Path | None, only: tuple, parameters: tuple, times: bool, **how: Any) -> None:
    """Run the notebooks on STUDY and write the reports, whole or not at all."""
    values = _parameters(parameters)
    from helpers.report.collection import render_collection
    from helpers.report.times import Times

    clock = Times()
    index = render_collection(study, out, only=only, parameters=values, times=clock, **how) / "index.html"
    if times:
        click.echo(clock.said(), err=True)
    click.echo(f"Reports: {_from_here(index)}", err=True)


def _chunk(context: click.Context, option: click.Parameter, value: str) -> tuple[int, int]:
    """A share of a table, the first being 1/N."""
    found = re.fullmatch(r"(\d+)/(\d+)", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"{value!r} is no share; write I/N, for example 1/8")
    return int(found[1]), int(found[2])


def _estimate_id(context: click.Context, option: click.Parameter, value: str) -> str:
    """An id by its form; whether a run has it is known at the end."""
    if value and not re.fullmatch(r"\w+-[0-9a-f]{8}(\.\d+)?", value):
        raise click.BadParameter(f"{value!r} is no id; copy one from the column id of an estimates.csv")
    return value


@main.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="RUNS.csv")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder that holds a collection per run.")
@only_option
@click.option("--workers", type=click.IntRange(1), help="Runs at a time; default: the processors that can be used.")
@click.option(
    "--chunk", callback=_chunk, metavar="I/N", default="1/1", help="Only this share of the table, for one of N jobs."
)
@click.option("--status", is_flag=True, help="Say which runs are done, failed, stale or missing, and why; run nothing.")
@click.option(
    "--estimate",
    callback=_estimate_id,
    metavar="ID",
    default="",
    help="Compare this estimate over the runs: an id of estimates.csv.",
)
@timeout_option
@engine_option
@memory_option
@click.pass_context
def batch(context: click.Context, table: Path, out: Path, only: tuple, chunk: tuple[int, int], **options: Any) -> None:
    """Render a collection for each run of a table; what is done and unchanged is not repeated.

    RUNS.csv has the columns name, study, then any parameter of the notebooks, such as subgroup. A study is looked up
    from the table's folder, then as ever. The same command goes on where it was stopped. Without --chunk it ends with
    a page over all runs, all their estimates, and a table of what failed.
    """
    from helpers.report.batch_command import Batch

    status, chosen = options.pop("status"), options.pop("estimate")
    whole = Batch(table, out, only, chunk)
    if status:
        click.echo(whole.status())
        return
    states = whole.render(**options)
    click.echo(whole.said(states), err=True)
    if page := whole.write(states, chosen):
        click.echo(f"Page over all runs: {_from_here(page)}", err=True)
    context.exit(int(any(state.failures for state in states)))


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--example", type=click.Choice(EXAMPLES), help="Without FILES: a commented study of this kind.")
@click.option("--out", type=click.Path(path_type=Path), help="With --example: folder to write; default: this one.")
def init(files: tuple[Path, ...], example: str | None, out: Path | None) -> None:
    """Write a study.toml beside FILES, the tables of a study: what their headers and cells tell, to be confirmed.

    Each guess is a line with its reason and a TODO; `check` refuses the study until none is left. Or, with --example,
    one to begin with, and a table of patients that holds its columns and nobody yet.
    """
    if bool(files) == bool(example) or (out and not example):
        raise click.UsageError("give FILES, or --example with or without --out")
    if example:
        _write_example(example, out or Path())
        return
    target = files[0].parent / "study.toml"
    if os.path.lexists(target):
        raise click.UsageError("there is a study.toml beside this file; move it away to have a new one written")
    if any(file.resolve().parent != files[0].resolve().parent for file in files):
        raise click.UsageError("all files must be in one folder, the cohort's")
    from helpers.cohort.initial import initial_study
    from helpers.report.whole import new_file

    first = initial_study(files)
    too_late_to_stop()
    new_file(target, first.text)
    for line in first.account:
        click.echo(printable(line), err=True)
    click.echo(f"study.toml written beside {printable(files[0].name)}; lines to confirm: {first.open}", err=True)


@main.command()
@click.option("--seed", type=int, required=True, help="Seed of the first cohort.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many cohorts.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--summary-only", is_flag=True, help="Write one row per cohort instead of the cohorts.")
@workers_option
def reconstruct(seed: int, count: int, out: Path, summary_only: bool, workers: int) -> None:
    """Write synthetic cohorts that match every published figure, whole or not at all."""
    from tqdm import tqdm

    from helpers.report.target import in_words, replacing
    from helpers.synthetic.ensemble import write_cohorts
    from helpers.synthetic.write import refuse_other_files

    with replacing(out, refuse_other_files) as folder, in_words(out.name):
        done = write_cohorts(seed, count, folder, workers=workers, summary_only=summary_only)
        for _ in tqdm(done, total=count, unit="cohort", desc="Reconstructing", disable=None):
            pass
        too_late_to_stop()
    click.echo(f"Written: {_from_here(out)}", err=True)


@main.command()
@only_option
@workers_option
@timeout_option
@engine_option
@memory_option
def refresh(only: tuple, **how: Any) -> None:
    """Run the notebooks in place and store clean outputs."""
    from helpers.report.collection import NOTEBOOKS, select
    from helpers.report.refresh import refresh as refresh_notebooks

    changed = refresh_notebooks(select(NOTEBOOKS, only), **how)
    click.echo(f"{len(changed)} notebooks changed", err=True)


def _write_example(name: str, folder: Path) -> None:
    """Write the study.toml of an example and the header of its table of patients, over nothing."""
    from helpers.cohort.examples import example_header, example_study
    from helpers.report.whole import new_file

    texts = {"study.toml": example_study(name), "patients.csv": ",".join(example_header(name)) + "\n"}
    there = [file for file in texts if os.path.lexists(folder / file)]
    if there:
        raise click.UsageError(f"there is a {' and a '.join(there)} already; choose another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    too_late_to_stop()
    for file, text in texts.items():
        new_file(folder / file, text)
    click.echo("study.toml and patients.csv written: fill the table, or name your own columns in study.toml", err=True)


def _from_here(path: Path) -> str:
    """A path as it is shown: from the working folder, if it lies there."""
    return printable(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def _parameters(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Parameters of the command line; the study has its own argument."""
    values = dict(pairs)
    joined = [name for name in values if not name.isidentifier()]
    if joined:
        raise click.UsageError(f"{joined[0]!r} is not the name of a parameter; write NAME VALUE, as {EXAMPLE}")
    if "study" in values:
        raise click.UsageError("give the study as the argument: second-cart render STUDY")
    if len(values) < len(pairs):
        raise click.UsageError("a parameter is given twice")
    return values


if __name__ == "__main__":
    sys.exit(main())
