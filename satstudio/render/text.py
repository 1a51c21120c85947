"""wrapped, write_lines: text on pictures; it is broken into lines, never cut."""

from typing import Any

from PIL import ImageDraw, ImageFont

INK = (40, 40, 40, 255)
TEXT_PX = 13
TEXT_LINE_PX = TEXT_PX + 4
PLAIN = str.maketrans({
    "\N{MINUS SIGN}": "-",
    "\N{SUPERSCRIPT TWO}": "^2",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{EM DASH}": "-",
})  # fmt: skip


def wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines of at most `width` pixels; a word wider than that is broken."""
    return [line for part in plain(text).split("\n") for line in _lines(part, width)]


def write_lines(pen: ImageDraw.ImageDraw, at: tuple[int, int], lines: list[str]) -> None:
    """Write lines below each other, the first with its upper left corner at (x, y)."""
    for number, line in enumerate(lines):
        pen.text((at[0], at[1] + number * TEXT_LINE_PX), line, INK, font())


def text_width(text: str) -> int:
    """Return how many pixels wide a line is."""
    return int(-(-font().getlength(plain(text)) // 1))


def plain(text: str) -> str:
    """Return the text in the signs that Pillow's own font has."""
    return text.translate(PLAIN)


def font() -> Any:  # noqa: ANN401 - Pillow has two classes of fonts
    """Return the font of all pictures."""
    return ImageFont.load_default(TEXT_PX)


def _lines(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _parts(word, width)
        lines += full
    return [*lines, line]


def _parts(word: str, width: int) -> list[str]:
    """Return a word in pieces that have room; at least one sign each."""
    parts = [""]
    for sign in word:
        if parts[-1] and text_width(parts[-1] + sign) > width:
            parts.append("")
        parts[-1] += sign
    return parts
