"""The command line: `rawws-conformance`, a module per command.

| module      | commands                                                    |
|-------------|-------------------------------------------------------------|
| `common`    | what the commands share: options, exit statuses, the summary |
| `progress`  | the progress bar                                             |
| `catalogue` | `list`, `show`, `export`                                     |
| `server`    | `server URL`                                                 |
| `memory`    | `memory ADAPTER`                                             |
| `client`    | `client`, the fuzzing server                                 |
| `compare`   | `diff BEFORE AFTER`, `html REPORT...`                        |
| `wstest`    | `wstest -m MODE -s SPEC`: Autobahn's own command line        |

Exit status: 0 when nothing failed, 1 when something did, 2 for a wrong command line or a peer that cannot be reached,
130 when the run was stopped with Ctrl-C.
"""

from __future__ import annotations

from importlib import import_module

import click

from rawws_conformance import __version__
from rawws_conformance.cli.common import STOPPED

#: The commands, and the modules that they are in.
_MODULES = {
    "client": "client",
    "diff": "compare",
    "export": "catalogue",
    "html": "compare",
    "list": "catalogue",
    "memory": "memory",
    "server": "server",
    "show": "catalogue",
    "wstest": "wstest",
}


class _Group(click.Group):
    """The commands, each imported when it is asked for; Ctrl-C has its exit status wherever it comes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Their names."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (the same)
        """One of them, None where there is none."""
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run one."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rawws-conformance")
def main() -> None:
    """Test a WebSocket implementation with the 517 cases of Autobahn.

    \b
    rawws-conformance server ws://127.0.0.1:9001      test a server that echoes
    rawws-conformance memory wsproto                  test a sans-IO implementation, without a socket
    rawws-conformance show 5.19                       what a case sends, octet by octet, and why
    """  # noqa: D301 - click wants the character
