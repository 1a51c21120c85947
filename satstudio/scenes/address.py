"""Address: PATH#IMAGE,key=value,...: the file, which image of it, and what the user says of it.

Grammar of what stands after the last `#` (nothing of it is quoted; spaces around commas go)::

    fragment = [image] {"," option} | option {"," option}
    option   = "quantity=" NAME | "iq=" NUMBER {"," NUMBER}

A number without a key continues the value before it, so `iw1/vv,iq=1,2,quantity=db` holds two
options. A comma before the first option is part of the image's name. A `#` of a path that exists
stays in the path.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.core.quantity import Quantity, parse_quantity

STACK = "stack:"
"""Starts the address of several files as one scene: `stack:A|B|C`."""

Pairs = tuple[tuple[int, int], ...]
"""Bands (from 0) of real and imaginary parts, one pair a complex band."""

KEYS = ("quantity", "iq")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user says of a scene; nothing where the file is to be believed.

    Attributes
    ----------
    quantity : what its real values are
    iq : which bands are parts of complex samples
    """

    quantity: Quantity | None = None
    iq: Pairs = ()

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return bool(self.quantity or self.iq)

    @property
    def text(self) -> str:
        """Options as an address has them; empty where nothing is said."""
        options = [f"quantity={self.quantity}"] if self.quantity else []
        if self.iq:
            options.append("iq=" + ",".join(str(band + 1) for pair in self.iq for band in pair))
        return ",".join(options)

    def over(self, other: "Choices") -> "Choices":
        """Return these, and those of `other` where these say nothing."""
        return Choices(self.quantity or other.quantity, self.iq or other.iq)


@dataclass(frozen=True, slots=True)
class Address:
    """A file or folder (or `stack:...`), an image of it, and what the user says of it."""

    path: str
    image: str | None = None
    choices: Choices = Choices()

    @property
    def text(self) -> str:
        """The address as one text; `parse_address` undoes it."""
        fragment = ",".join(part for part in (self.image, self.choices.text) if part)
        return self.path + (f"#{fragment}" if fragment else "")

    @property
    def plain(self) -> str:
        """The address without what the user says."""
        return replace(self, choices=Choices()).text


def parse_address(address: str | Path) -> Address:
    """Split an address; looks on the disk only whether a path with `#` exists.

    Raises
    ------
    InputError
        If an option is written wrongly.
    """
    text = str(address)
    if text.startswith(STACK) or "#" not in text or os.path.lexists(text):
        return Address(text)
    path, _, fragment = text.rpartition("#")
    image, choices = parse_fragment(fragment)
    return Address(path, image, choices)


def parse_fragment(fragment: str) -> tuple[str | None, Choices]:
    """Return image and choices of what stands after the `#`; raises InputError."""
    image: list[str] = []
    options: dict[str, list[str]] = {}
    values = image
    for part in fragment.split(","):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if sign and key in KEYS:
            if key in options:
                raise InputError(f"'#{fragment}' says {key} twice; say it once.")
            values = options[key] = [value]
        elif options and not part.strip().isdigit():
            raise InputError(
                f"'{part.strip()}' in '#{fragment}' is no option; there are "
                f"{' and '.join(f'{name}=...' for name in KEYS)}, after the image's name."
            )
        else:
            values.append(part if values is image else part.strip())
    return ",".join(image) or None, _choices(options)


def parse_iq(text: str) -> Pairs:
    """Return the pairs of `1,2` or `1,2,3,4`, counted from 0.

    Raises
    ------
    InputError
        If these are no pairs of different bands, counted from 1.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < len(part) <= 6 for part in parts):
        raise InputError(f"iq={text}: give bands counted from 1, I before Q, as iq=1,2.")
    bands = [int(part) - 1 for part in parts]
    if len(bands) % 2:
        raise InputError(f"iq={text}: an I without its Q; give two bands for each complex one.")
    if min(bands) < 0 or len(set(bands)) < len(bands):
        raise InputError(f"iq={text}: give different bands, counted from 1.")
    return tuple(zip(bands[::2], bands[1::2], strict=True))


def with_choices(address: str, choices: Choices) -> str:
    """Return an address with other choices instead of its own."""
    return replace(parse_address(address), choices=choices).text


def _choices(options: dict[str, list[str]]) -> Choices:
    quantity, iq = options.get("quantity"), options.get("iq")
    return Choices(
        parse_quantity(",".join(quantity)) if quantity else None,
        parse_iq(",".join(iq)) if iq else (),
    )
