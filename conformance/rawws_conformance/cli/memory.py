"""`rawws-conformance memory ADAPTER`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from rawws_conformance.adapters import KNOWN, AdapterError, find
from rawws_conformance.cli.common import (
    STOPPED,
    Chosen,
    Stop,
    load_suite,
    run_options,
    stoppable,
    suite_options,
)
from rawws_conformance.cli.ending import Outputs, conclude, output_options
from rawws_conformance.cli.progress import progress_bar
from rawws_conformance.model import Role
from rawws_conformance.report import Run
from rawws_conformance.runs import memory
from rawws_conformance.runs.cuts import CUTS
from rawws_conformance.slices import Library

_ROLES = click.Choice([role.value for role in Role])
_CUTS = click.Choice(list(CUTS))


@click.command("memory")
@click.argument("adapter")
@click.option("--role", type=_ROLES, default="server", show_default=True, help="Which end the peer is.")
@click.option("--cut", "cut_names", type=_CUTS, multiple=True, help="A way to cut the octets (repeatable); else all.")
@run_options
@output_options
@suite_options
def memory_command(
    *,
    adapter: str,
    role: str,
    cut_names: tuple[str, ...],
    agent: str | None,
    quick: bool,
    outputs: Outputs,
    chosen: Chosen,
) -> None:
    """Test a sans-IO implementation: no socket, no clock, every case at several cuts of the octets.

    ADAPTER is rawws, wsproto, websockets, or MODULE:CLASS of your own.
    """
    suite = load_suite(chosen, Role(role))
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # so that an adapter in the working folder is found
    try:
        make = find(adapter)
    except AdapterError as exc:
        raise Stop(str(exc)) from None
    cuts = {name: CUTS[name] for name in cut_names or CUTS}
    name = agent or (adapter if adapter in KNOWN else adapter.partition(":")[2])
    run = Run(agent=name, target=adapter, role=Role(role), quick=quick, suite=suite.name)
    began = time.monotonic()
    played = memory.run(
        suite.cases, make, run.role, Library(suite.corpora), cuts=cuts, quick=quick, seconds=suite.seconds
    )
    try:
        with stoppable(), progress_bar(len(suite.cases)) as told:
            for result in played:
                run.results[result.case_id] = result
                told(result)
    except KeyboardInterrupt:
        run.complete = False
    run.duration = time.monotonic() - began
    status = conclude([run], outputs.case_files(suite.cases), outputs)
    sys.exit(status if run.complete else STOPPED)
