"""The command line: `rawws-conformance`, a module per command.

| module      | commands                                                    |
|-------------|-------------------------------------------------------------|
| `common`    | what the commands share: options, exit statuses, the summary |
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

import click

from rawws_conformance import __version__
from rawws_conformance.cli.catalogue import export_command, list_command, show_command
from rawws_conformance.cli.client import client_command
from rawws_conformance.cli.common import STOPPED
from rawws_conformance.cli.compare import diff_command, html_command
from rawws_conformance.cli.memory import memory_command
from rawws_conformance.cli.server import server_command
from rawws_conformance.cli.wstest import wstest_command


class _Group(click.Group):
    """The commands; Ctrl-C has its exit status wherever it comes."""

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


main.add_command(server_command)
main.add_command(client_command)
main.add_command(diff_command)
main.add_command(html_command)
main.add_command(wstest_command)
main.add_command(memory_command)
main.add_command(list_command)
main.add_command(show_command)
main.add_command(export_command)
