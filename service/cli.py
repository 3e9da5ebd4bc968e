"""The command line. Exit status: 0 done, 1 refused or not found (the reason is on standard error), 2 misuse."""

import importlib
import signal
import sys
from collections.abc import Mapping

import click

COMMANDS: Mapping[str, str] = {
    "accrual": "service.cli_accrual:accrual",
    "agreements": "service.cli_agreements:agreements",
    "bench": "service.cli_checks:bench",
    "coverage": "service.cli_coverage:coverage",
    "demo": "service.demo.command:demo",
    "import": "service.cli_import:import_report",
    "keys": "service.cli_keys:keys",
    "ledger": "service.cli_ledger:ledger",
    "migrate": "service.cli_serve:migrate",
    "pension": "service.cli_pension:pension",
    "plans": "service.cli_plans:plans",
    "serve": "service.cli_serve:serve",
    "simulate": "service.cli_simulate:simulate",
    "snapshot": "service.cli_snapshot:snapshot",
    "spec": "service.cli_serve:spec",
    "test": "service.cli_checks:test",
    "years": "service.cli_years:years",
}


class Commands(click.Group):
    """A group that imports a command's module when the command is wanted: the quick ones need not wait for the web."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        return getattr(importlib.import_module(module), name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def hourbank() -> None:
    """Health cover and pensions earned by the hour: who is covered, why, until when."""
    # Ended from outside, unwind: that is when what we started (gunicorn, PostgreSQL) is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


if __name__ == "__main__":
    hourbank(prog_name="hourbank")
