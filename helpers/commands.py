"""How the `second-cart` commands read their line, end on a signal, and say what went wrong."""

import os
from typing import Any

import click

from helpers.faults import CONTROL, PlainError, UsageError, printable, said_of
from helpers.report.forked import THREADS
from helpers.stopping import Stopped, stoppable

EXAMPLE = "--param subgroup sex=female"


class WithExample(click.Command):
    """A command that answers a parameter without its value by an example."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        try:
            return super().parse_args(ctx, args)
        except click.BadOptionUsage as error:
            if error.option_name not in ("-p", "--param"):
                raise
            text = f"{error.option_name} takes a name and a value, for example {EXAMPLE}"
            raise click.BadOptionUsage(error.option_name, text, error.ctx) from error


class Stoppable(click.Group):
    """Commands that Ctrl-C and SIGTERM end at once, with one line and the exit status of the signal.

    Each writes at its very end, whole or not at all, and calls `too_late_to_stop` before it does; a batch says how far
    it is.
    """

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; return or exit as click does."""
        for name in THREADS:  # before numpy is imported: more threads cost twice the time of the processors
            os.environ.setdefault(name, os.environ.get(THREADS[0], "1"))
        with stoppable():
            try:
                return super().main(*args, **options)
            except Stopped as stopped:
                click.echo(stopped.said, err=True)
                os._exit(stopped.status)  # all is cleared away; the interpreter's own end may take seconds

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; the project's errors become a message and an exit status, others are faults of the program."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise click.UsageError(CONTROL.sub("", str(error))) from error
        except PlainError as error:
            raise click.ClickException(CONTROL.sub("", str(error))) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(printable(said_of(error))) from error
