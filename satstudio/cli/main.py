"""The command line: chooses the command, and turns errors into a sentence and an exit code."""

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence

import click

from satstudio.cli.command_table import COMMANDS
from satstudio.cli.stopping import prompt_end
from satstudio.cli.terminal import say_error
from satstudio.core.errors import Cancelled, SatstudioError, of_system
from satstudio.core.system.machine import told_threads
from satstudio.core.version import VERSION
from satstudio.session.settings_file import load_settings

BAD = 2
UNEXPECTED = 1


class LazyGroup(click.Group):
    """Commands by name; one is imported when it is called, none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the road."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(
            importlib.import_module(f"satstudio.cli.commands.{module}"), name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; say what there is where there is none."""
        if args and args[0] not in COMMANDS:
            ctx.fail(
                f"'{args[0]}' is neither a command nor a file; commands are {', '.join(COMMANDS)}."
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    epilog="Example: satstudio demo --headless --out satstudio-demo --budget 60",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=False,
)
@click.version_option(VERSION, prog_name="satstudio")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Open, view, crop and learn from SAR and other satellite scenes.

    Without a command the window opens: satstudio, or satstudio FILE...
    """
    context.with_resource(told_threads(load_settings().threads))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code (0, 2, 3 or 130)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    logging.basicConfig(
        level=logging.INFO if is_debug else logging.ERROR,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        with prompt_end():
            result = cli.main(words, prog_name="satstudio", standalone_mode=False)
    except click.ClickException as error:
        return _bad_usage(error)
    except (KeyboardInterrupt, click.Abort):
        return _told(Cancelled(), is_debug)
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (SatstudioError, OSError) as error:
        told = error if isinstance(error, SatstudioError) else of_system(error)
        return _told(told, is_debug)
    except Exception as error:  # noqa: BLE001 - the user gets a sentence, and the log with --debug
        return _unexpected(error, is_debug)
    return result if isinstance(result, int) else 0


def _told(error: SatstudioError, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exception(error)
        say_error(str(getattr(error, "details", "")))
    say_error(str(error))
    return error.exit_code


def _unexpected(error: Exception, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exception(error)
    hint = "" if is_debug else " The same command with --debug shows where."
    say_error(f"satstudio made an error: {type(error).__name__}: {error}.{hint}")
    return UNEXPECTED


def _bad_usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "satstudio"
    say_error(f"{error.format_message()} Try '{command} --help'.")
    return BAD
