"""Whole made scenes for what a method learns from: every role on one ground, in pixels of its own.

All show the same reflectivity, as what each role holds: waves with edges; complex roles with
speckle, real ones with a little noise; dates of a role whose masks count with holes elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from made import TRANSFORM, speckle, write_geotiff
from rasterio.transform import Affine

from satstudio.core.port import Port, Role
from satstudio.core.progress import Progress
from satstudio.learn.method import MethodPorts
from satstudio.patches.cut import PatchRecipe, cut_patches

ROWS, COLS = 96, 84
NODATA = -99.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The scenes of each role, and the reflectivity on the first role's pixels as a scene."""

    scenes: Mapping[Role, tuple[Path, ...]]
    reflectivity: Path

    @property
    def first(self) -> Path:
        return next(iter(self.scenes.values()))[0]

    @property
    def others(self) -> dict[Role, tuple[str, ...]]:
        """What a network takes beside the first scene: its other dates, and the other roles."""
        first, *roles = self.scenes
        rest = {first: self.scenes[first][1:], **{role: self.scenes[role] for role in roles}}
        return {role: tuple(map(str, paths)) for role, paths in rest.items() if paths}


def reflectivity(ratio: Fraction) -> np.ndarray:
    """The ground (rows, cols) in `ratio` pixels for one."""
    row, col = np.mgrid[: int(ROWS * ratio), : int(COLS * ratio)] / float(ratio)
    return 2 + np.sin(row / 9) + np.cos(col / 7) + (row > COLS / 2) * (col > ROWS / 3)


def made_ground(ports: MethodPorts, folder: Path) -> Ground:
    """Write the scenes of all roles of a method's data, as `usual_ports` has them."""
    ports = usual_ports(ports)
    unit = Fraction(ports.data[0].ratio)
    scenes = {port.role: _scenes(port, unit, port.role in ports.masked, folder)
              for port in ports.data if port.mask_of is None}  # fmt: skip
    truth = write_geotiff(folder / "truth.tif", reflectivity(Fraction(1)).astype(np.float32))
    return Ground(scenes, truth)


def usual_ports(ports: MethodPorts) -> MethodPorts:
    """The same, where it takes any ratio (twice as fine) or number of frames (three)."""
    said = []
    for port in ports.data:
        least, most = port.frames
        frames = port.frames if least == most else (max(least, 3),) * 2
        said.append(port.changed(ratio=port.ratio or "2", frames=frames))
    return replace(ports, data=tuple(said))


def cut_ground(ports: MethodPorts, ground: Ground, out: Path) -> Path:
    """Cut all roles into a patch set, the first as its own, the others beside it."""
    first, *others = (port for port in ports.data if port.mask_of is None)
    scenes = [*map(str, ground.scenes[first.role])]
    recipe = PatchRecipe(
        size_px=24,
        count=64,
        role=first.role,
        series=len(scenes) > 1,
        min_valid=0.5,
        pairs=[f"{port.role}={path}" for port in others for path in ground.scenes[port.role]],
    )
    start = "stack:" + "|".join(scenes) if len(scenes) > 1 else scenes[0]
    return cut_patches([start], recipe, out, Progress())


def _scenes(port: Port, unit: Fraction, has_holes: bool, folder: Path) -> tuple[Path, ...]:
    ratio = Fraction(port.ratio) / unit
    ground = reflectivity(ratio)
    transform = TRANSFORM * Affine.scale(1 / float(ratio))
    random, paths = np.random.default_rng(len(port.role)), []
    for number in range(port.frames[0]):
        bands = [ground * (1 + band / 2) for band in range(port.band_count or 1)]
        if port.dtype == "complex64":
            pixels = np.stack([speckle(*ground.shape, 1.0, number) * np.sqrt(b) for b in bands])
        else:
            noisy = np.stack(bands) + random.normal(0, 0.1, (len(bands), *ground.shape))
            pixels = noisy.astype(np.float32)
        if has_holes:
            pixels[:, 12 * number : 12 * number + 9, 20:31] = NODATA
        path = folder / f"{port.role}{number}.tif"
        nodata = NODATA if has_holes else None
        paths.append(write_geotiff(path, pixels, transform=transform, nodata=nodata))
    return tuple(paths)
