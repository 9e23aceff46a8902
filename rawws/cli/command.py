"""The root of the command line, and how the command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from rawws.cli.connect import connect_command
from rawws.cli.demo import demo_command
from rawws.cli.problem import sentence_of
from rawws.cli.serve import serve_command
from rawws.cli.show import print_error
from rawws.cli.version import version_line

_INTERRUPTED = 130


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001  click's signature
    if value and not ctx.resilient_parsing:
        click.echo(version_line())
        ctx.exit()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    invoke_without_command=True,
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """WebSocket (RFC 6455) on the command line: a server, a client, and a demonstration."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


command.add_command(serve_command)
command.add_command(connect_command)
command.add_command(demo_command)


def run(arguments: Sequence[str] | None) -> int:
    """Do what the arguments say; the exit status (`rawws.cli.main` tells them apart)."""
    _open_what_is_closed()
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        status = command.main(args=words, prog_name="rawws", standalone_mode=False, obj=words)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _INTERRUPTED
    except click.ClickException as exc:
        print_error(f"rawws: {exc.format_message()}")
        return exc.exit_code
    except OSError as exc:
        # Our output cannot be written: its disk is full, or who read it has gone and wants no word about it. What the
        # interpreter would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(exc, BrokenPipeError):
            print_error(f"rawws: {sentence_of(exc)}")
        return 1
    return int(status or 0)



def _open_what_is_closed() -> None:
    """Where this process was started without standard input, output or error, it has empty ones.

    Otherwise the first socket would take their place, and get what is meant for them.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115  for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
