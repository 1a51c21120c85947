"""Make resources/colormaps/*.csv: 8-bit tables, one colour a line, source and licence on top.

Example: python resources/make/colormaps.py
"""

from pathlib import Path

import numpy as np
from matplotlib import colormaps

FOLDER = Path(__file__).parents[1] / "colormaps"
OWN = "made by resources/make/colormaps.py; Apache-2.0"
TAKEN = "{name} of matplotlib, by its authors under CC0-1.0"


def main() -> None:
    """Write every map."""
    ramp = np.linspace(0, 1, 256)
    _write("grey", "Grey", "sequential", OWN, np.repeat(ramp[:, None], 3, axis=1))
    for name in ("viridis", "cividis", "magma"):
        _write(name, name.title(), "sequential", TAKEN, colormaps[name](ramp)[:, :3])
    _write("blue_orange", "Blue - orange", "diverging", OWN, _diverging(ramp))
    _write("hue", "Hue", "cyclic", OWN, _hue(np.arange(252) / 252))
    around = np.arange(256) / 256
    _write("twilight", "Twilight", "cyclic", TAKEN, colormaps["twilight"](around)[:, :3])


def _hue(turn: np.ndarray) -> np.ndarray:
    """Return fully saturated hues: 0 red, 1/3 green, 2/3 blue; the nodes hold all six corners."""
    k = (np.array([5, 3, 1]) + 6 * turn[:, None]) % 6
    return 1 - np.clip(np.minimum(k, 4 - k), 0, 1)


def _diverging(ramp: np.ndarray) -> np.ndarray:
    """Blend blue - light grey - orange with even lightness steps in Oklab."""
    ends = np.array([[0.42, -0.03, -0.15], [0.95, 0.0, 0.0], [0.55, 0.09, 0.11]])
    lab = np.stack([np.interp(ramp, [0, 0.5, 1], column) for column in ends.T], axis=1)
    lms = lab @ np.array(
        [[1, 1, 1], [0.3963377774, -0.1055613458, -0.0894841775],
         [0.2158037573, -0.0638541728, -1.2914855480]]
    )  # fmt: skip
    linear = lms**3 @ np.array(
        [[4.0767416621, -1.2684380046, -0.0041960863],
         [-3.3077115913, 2.6097574011, -0.7034186147],
         [0.2309699292, -0.3413193965, 1.7076147010]]
    )  # fmt: skip
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _write(name: str, title: str, kind: str, source: str, colours: np.ndarray) -> None:
    lines = [f"# {title};{kind};{source.format(name=name)}"]
    lines += [",".join(map(str, row)) for row in np.rint(255 * colours).astype(int)]
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
