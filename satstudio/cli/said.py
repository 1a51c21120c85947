"""--quantity and --iq: what the user says of the one scene of a command."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import click

from satstudio.core.errors import InputError
from satstudio.core.quantity import CHOICES, parse_quantity
from satstudio.scenes.address import Choices, parse_address, parse_iq
from satstudio.scenes.remembered import remember
from satstudio.scenes.scene import is_stack, open_scene

AUTOMATIC = "auto"
"""What the file says, else a guess; what was said before is forgotten."""


def said_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--quantity` and `--iq`, what the user says of the one scene of a command."""
    names = f"{AUTOMATIC}, {', '.join(CHOICES)}"
    for option in (
        click.option("--iq", metavar="I,Q", help="Bands from 1 that are I and Q, in pairs."),
        click.option(
            "--quantity",
            metavar="NAME",
            help=f"What the values are, remembered for this file: {names}.",
        ),
    ):
        function = option(function)
    return function


def as_said(address: str, quantity: str | None, iq: str | None) -> str:
    """Return an address with what `--quantity` and `--iq` say of it, and remember that.

    Raises
    ------
    InputError
        If address and options say different things, or an option is written wrongly.
    """
    if quantity is None and iq is None:
        return address
    asked = parse_address(address)
    if asked.choices:
        raise InputError(
            f"'{address}' and --quantity or --iq both say what the scene is; leave one of them out."
        )
    is_automatic = quantity == AUTOMATIC
    said = Choices(
        parse_quantity(quantity) if quantity is not None and not is_automatic else None,
        parse_iq(iq) if iq is not None else (),
    )
    with closing(open_scene(replace(asked, choices=said).text)) as scene:
        if not is_stack(address):
            remember(scene.path, scene.image, said)
        return scene.address if said else address


def one_as_said(
    addresses: tuple[str, ...], quantity: str | None, iq: str | None
) -> tuple[str, ...]:
    """Return addresses; options that speak of one scene need one scene; raises InputError."""
    if quantity is None and iq is None:
        return addresses
    if len(addresses) > 1:
        raise InputError(
            "--quantity and --iq speak of one scene; of several, say it in each address, as "
            f"'{addresses[0]}#quantity=db'."
        )
    return (as_said(addresses[0], quantity, iq),)
