"""card_differences: two cards beside each other, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from satstudio.core.files.json_text import strict_json

MISSING = "–"  # noqa: RUF001 - a dash that stands for nothing


@dataclass(frozen=True, slots=True)
class CardLine:
    """One key of two cards, as texts; a key within ports is `inputs.1.bands`."""

    key: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Tell whether the two cards say something else."""
        return self.first != self.second


def card_lines(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[CardLine, ...]:
    """Return every key that one of two cards (see `describe_card`) has, in the first one's order.

    Keys that repeat the first ports in short are left out, as the ports themselves are compared.
    """
    ours, theirs = _flat(first), _flat(second)
    return tuple(
        CardLine(key, ours.get(key, MISSING), theirs.get(key, MISSING))
        for key in dict.fromkeys([*ours, *theirs])
    )


SHORT = ("bands_in", "bands_out", "is_complex", "quantity", "scaling", "scale", "pixel_size_m")


def _flat(card: Mapping[str, Any]) -> dict[str, str]:
    has_ports = "outputs" in card
    return {
        key: text
        for name, value in card.items()
        if not (has_ports and name in SHORT)
        for key, text in _lines(name, value)
    }


def _lines(name: str, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return [line for key, inner in value.items() for line in _lines(f"{name}.{key}", inner)]
    if isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
        numbered = enumerate(value, 1)
        return [line for number, inner in numbered for line in _lines(f"{name}.{number}", inner)]
    if isinstance(value, float):
        return [(name, f"{value:.6g}")]
    return [(name, value if isinstance(value, str) else strict_json(value, None))]
