"""mutated(data, rng): bytes of a file damaged in one of the ways that files are damaged.

The same bytes and the same generator give the same result.
"""

import re

import numpy as np

HUGE = (0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**64 - 1)
NUMBERS = (
    *("0", "-1", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "nan", "inf", "1e400"),
    *(str(2**31), str(2**63), str(2**64), "9" * 400, "1" * 5000, "0.0000001", "1e-320"),
)
VALUES = (
    *("null", "true", '""', "[]", "{}", '"x"', '"\\ud800"', "[[[]]]", '{"a": 1}', "[1, 2, 3]"),
    *NUMBERS,
)
DEEP = 100_000


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Return damaged bytes; texts are damaged as texts half of the time."""
    ways = BINARY
    if _is_text(data) and rng.random() < 0.7:
        ways = TEXT
    for _ in range(int(rng.integers(1, 4))):
        way = ways[int(rng.integers(len(ways)))]
        data = way(data, rng)
    return data


def _is_text(data: bytes) -> bool:
    start = data[:512]
    return bool(start) and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in start)


def _place(data: bytes, rng: np.random.Generator) -> int:
    """A position: half of the time in the first bytes, where headers lie, or in the last."""
    length = max(len(data), 1)
    if rng.random() < 0.5:
        near = int(rng.integers(min(length, 1024)))
        return near if rng.random() < 0.7 else length - 1 - near
    return int(rng.integers(length))


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        if changed:
            changed[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _bytes(data: bytes, rng: np.random.Generator) -> bytes:
    place, count = _place(data, rng), int(rng.integers(1, 17))
    return data[:place] + rng.bytes(count) + data[place + count :]


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: _place(data, rng)]


def _number(data: bytes, rng: np.random.Generator) -> bytes:
    width = int(rng.choice([1, 2, 4, 8]))
    value = int(HUGE[int(rng.integers(len(HUGE)))]) % 2 ** (8 * width)
    place = _place(data, rng)
    place -= place % 2 if rng.random() < 0.7 else 0
    order = "little" if rng.random() < 0.7 else "big"
    return data[:place] + value.to_bytes(width, order) + data[place + width :]


def _splice(data: bytes, rng: np.random.Generator) -> bytes:
    first, second = _place(data, rng), _place(data, rng)
    count = int(rng.choice([4, 16, 64, 512, 4096]))
    return data[:first] + data[second : second + count] + data[first + count :]


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    place, count = _place(data, rng), int(rng.choice([1, 2, 8, 512]))
    return data[:place] + bytes(count) + data[place:]


def _blank(data: bytes, rng: np.random.Generator) -> bytes:
    place, count = _place(data, rng), int(rng.choice([8, 64, 512, 4096]))
    filler = bytes([int(rng.choice([0, 255]))]) * min(count, max(len(data) - place, 0))
    return data[:place] + filler + data[place + count :]


def _drop(data: bytes, rng: np.random.Generator) -> bytes:
    place, count = _place(data, rng), int(rng.choice([1, 2, 8, 512]))
    return data[:place] + data[place + count :]


BINARY = (_flip, _flip, _bytes, _cut, _number, _number, _number, _splice, _insert, _blank, _drop)


def _swap(pattern: bytes, news: tuple[str, ...], data: bytes, rng: np.random.Generator) -> bytes:
    """Put one of `news` in the place of something that the pattern finds."""
    found = list(re.finditer(pattern, data))
    if not found:
        return _flip(data, rng)
    match = found[int(rng.integers(len(found)))]
    new = news[int(rng.integers(len(news)))].encode()
    return data[: match.start()] + new + data[match.end() :]


def _other_number(data: bytes, rng: np.random.Generator) -> bytes:
    return _swap(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?", NUMBERS, data, rng)


def _other_value(data: bytes, rng: np.random.Generator) -> bytes:
    return _swap(rb"\"[^\"\n]*\"|-?\d+(\.\d+)?|true|false|null|\[\]", VALUES, data, rng)


def _other_text(data: bytes, rng: np.random.Generator) -> bytes:
    texts = ("", "x", "../../../etc/passwd", "/", "\\u0000", "a" * 70000, "\xff", "nan", "-1", "💥")
    return _swap(rb"(?<=\")[^\"\n]*(?=\")|(?<=>)[^<\n]+(?=<)", texts, data, rng)


def _deep(data: bytes, rng: np.random.Generator) -> bytes:
    """Nest a value, or all of it, deeper than any reader can follow."""
    depth = int(rng.choice([50, 1000, DEEP]))
    opening, closing = ("[", "]") if rng.random() < 0.6 else ('{"a":', "}")
    inner = "1" if closing == "}" else ""
    nested = opening * depth + inner + (closing * depth if rng.random() < 0.7 else "")
    if data.lstrip()[:1] == b"<" and rng.random() < 0.8:
        nested = "<a>" * depth + "</a>" * depth
    if rng.random() < 0.3:
        return nested.encode()
    return _swap(rb"\"[^\"\n]*\"|-?\d+(\.\d+)?|(?<=>)[^<\n]+(?=<)", (nested,), data, rng)


def _line(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = int(rng.integers(len(lines)))
    way = rng.integers(3)
    new = [[], [lines[at]] * 2, [b"{}\n"]][int(way)]
    return b"".join([*lines[:at], *new, *lines[at + 1 :]])


TEXT = (_other_number, _other_number, _other_value, _other_value, _other_text, _deep, _line, _cut)
