"""--self-test: does this installation work? Opens, reprojects, draws, samples, restores, shows."""

import base64
import importlib
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from satstudio.cli.terminal import say_json
from satstudio.core.environment import prepare_environment, scratch_folder
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.jobs.client import run_job, worker_command
from satstudio.jobs.job import Job
from satstudio.jobs.plugin_list import list_plugins
from satstudio.render.compose import render
from satstudio.render.picture import save_png, to_rgba
from satstudio.render.style import first_style, measure
from satstudio.restore.generate.samples import generate
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.write import create_scene

SIDE = 8
UTM_33_ORIGIN = (15.0, 45.1535)
"""Longitude and latitude of easting 500 000 m, northing 5 000 000 m in EPSG:32633."""

HDF5 = (
    b"c-rmMKS;ws6vy#*NeZzjv>>#IU<QW{4jCLA1l!U`2GO7$Iygj7aOhC*4;=(M*3HqeV@F5FjvXBxJ32bL)o;v2ZNS"
    b"Mv#Qf-|kIOwSfxh&{Z)`8*m+}(Dw#AZye9crx=2B~&P*<gEU)Q0LTvzXVWqrM<&rkO?_dPG_o~DxA$F<^WOP2o_-"
    b">U^tZRvF~rDJ2Z@A9a9adP%KkNywut0WhnrIK|eu7;YK$M34i<VT%FXGP)>cBEuW>00mS=#2IaBR<g9Z;Gitj!?5"
    b"t)cw`p;b3>K5xvpL!#QR)n_05_?ew<zs`5b(1B@_%)cCiB0~b{U2+=_geca*>0}OGG2aGVrBc3q9GhXltsf$>!F^"
    b">WkQN}VHtfGQ7xLC&qHc>?bK6VhGi53nK;uxoBql0sFaaDf<6OdQO"
)
"""An 8 x 8 float32 data set 0, 1, 2... as HDF5, deflated: GDAL reads such files, writes none."""

WINDOW_CHECK = "satstudio.gui.shell.self_test:main"
WINDOW_S = 120


def main(words: Sequence[str] = ()) -> int:
    """Run all checks with sockets blocked and print them as JSON; 0 where all are well.

    `window` as a word runs the check of the window alone, in this process; the whole test starts
    it so, as a process of its own on the offscreen platform.
    """
    block_network()
    if list(words[:1]) == ["window"]:
        return int(_named(WINDOW_CHECK)())
    with scratch_folder() as folder:
        os.environ.setdefault("SATSTUDIO_HOME", str(Path(folder) / "home"))
        prepare_environment()
        rows = [_checked(name, check, Path(folder)) for name, check in CHECKS.items()]
    is_well = all(row["is_well"] for row in rows)
    say_json({"is_well": is_well, "frozen": bool(getattr(sys, "frozen", False)), "checks": rows})
    return 0 if is_well else 1


def block_network() -> None:
    """Let every socket but local ones fail, in this process, from now on."""
    sys.addaudithook(_refuse_sockets)


def formats(folder: Path) -> str:
    """Write a file of each bundled format and read it again."""
    values = np.arange(SIDE * SIDE, dtype=np.float32).reshape(1, SIDE, SIDE)
    made = [
        _written(folder / "real.tif", values, "float32"),
        _written(folder / "cint16.tif", values * np.complex64(1 + 2j), "complex_int16"),
        _written(folder / "cfloat32.tif", values * np.complex64(1 + 2j), "complex64"),
    ]
    bytes_ = values[0].astype(np.uint8)
    for name in ("picture.png", "picture.jpg"):
        Image.fromarray(bytes_).save(folder / name, quality=100)
        made.append((folder / name, bytes_[np.newaxis]))
    made += [(_envi(folder, values), values), (_hdf5(folder), values)]
    for path, wanted in made:
        with closing(open_scene(path)) as scene:
            found = scene.read().pixels
        loss = 4 if path.suffix == ".jpg" else 1e-6
        if found.shape[1:] != wanted.shape[1:] or np.abs(found[:1] - wanted).max() > loss:
            raise RuntimeError(f"{path.name} does not hold what was written")
    return ", ".join(path.name for path, _ in made)


def reprojection(folder: Path) -> str:
    """Find longitude and latitude of a place in UTM, with PROJ's own tables."""
    utm = GeoGrid(Size(1, 1), (500_000.0, 10.0, 0.0, 5_000_000.0, 0.0, -10.0), "EPSG:32633")
    found = Locator(utm).lonlat(0, 0)
    if found is None or max(np.abs(np.subtract(found, UTM_33_ORIGIN))) > 1e-4:
        raise RuntimeError(f"EPSG:32633 500000, 5000000 became {found}, not {UTM_33_ORIGIN}")
    return f"{found[0]:.4f}, {found[1]:.4f}"


def picture(folder: Path) -> str:
    """Draw the sample scene, phase as hue."""
    with closing(_sample()) as scene:
        colours = render(scene.read(Window(0, 0, 256, 256)), first_style(scene, measure(scene)))
    save_png(colours, folder / "sample.png")
    count = len(np.unique(to_rgba(colours).reshape(-1, 4), axis=0))
    if count < 100:
        raise RuntimeError(f"the picture has {count} colours only")
    return f"{count} colours"


def samples(folder: Path) -> str:
    """Draw two images from the shipped generator."""
    made = generate(resources_folder() / "demo" / "generator.onnx", (0, 1))
    if not np.isfinite(made).all() or np.ptp(np.abs(made)) == 0:
        raise RuntimeError("the generator gives nothing")
    return f"{len(made)} of {made.shape[2]} x {made.shape[3]} px"


def restoration(folder: Path) -> str:
    """Restore a part of the sample scene with the shipped despeckler."""
    window = Window(0, 0, 512, 384)
    out = folder / "restored.tif"
    model = resources_folder() / "models" / "despeckler.onnx"
    with closing(_sample()) as scene:
        noisy = scene.read(window).pixels
        recipe = RestoreRecipe(window=window, threads=1)
        restore_scene(scene.address, model, recipe, out, Progress())
    with closing(open_scene(out)) as restored:
        power = restored.read().pixels.astype(np.float64)
    ratio = float(np.mean(np.abs(noisy.astype(np.complex128)) ** 2 / np.maximum(power, 1e-9)))
    if not 0.8 < ratio < 1.25:
        raise RuntimeError(f"the mean of the ratio image is {ratio:.2f}")
    return f"ratio mean {ratio:.3f}"


def plugins(folder: Path) -> str:
    """Find all plug-ins; none but those of training may be broken, and these without torch only."""
    rows = list_plugins(Progress())
    broken = [row["name"] for row in rows if row["is_broken"] and row["kind"] != "method"]
    if broken or len(rows) < 40:
        raise RuntimeError(f"{len(rows)} plug-ins, broken: {', '.join(broken) or 'none'}")
    return f"{len(rows)} plug-ins"


def worker(folder: Path) -> str:
    """Start a worker process and let it read a model's card."""
    model = resources_folder() / "models" / "despeckler.onnx"
    card = run_job(Job(kind="card", arguments={"path": str(model)}), Progress())
    if not isinstance(card, dict) or card.get("task") != "despeckle":
        raise RuntimeError(f"the worker answered {card}")
    return str(card["task"])


def window(folder: Path) -> str:
    """Open the window on the offscreen platform, in a process of its own."""
    command = [*worker_command()[:-1], "--self-test", "window"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(  # noqa: S603 - this very program
        command, env=environment, capture_output=True, text=True, timeout=WINDOW_S, check=False
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).strip()[-2000:])
    return done.stdout.strip()


CHECKS: dict[str, Callable[[Path], str]] = {
    "formats": formats,
    "reprojection": reprojection,
    "picture": picture,
    "samples": samples,
    "restoration": restoration,
    "plugins": plugins,
    "worker": worker,
    "window": window,
}


def _checked(name: str, check: Callable[[Path], str], folder: Path) -> dict[str, object]:
    start = time.perf_counter()
    try:
        detail, is_well = check(folder), True
    except Exception as error:  # noqa: BLE001 - a self-test reports whatever is wrong
        detail, is_well = f"{type(error).__name__}: {error}", False
    seconds = round(time.perf_counter() - start, 2)
    return {"check": name, "is_well": is_well, "detail": detail, "seconds": seconds}


def _refuse_sockets(event: str, arguments: tuple[object, ...]) -> None:
    family = arguments[1] if event == "socket.__new__" and len(arguments) > 1 else None
    if event == "socket.getaddrinfo" or family in (2, 10, 23, 30):
        raise RuntimeError(f"the network is blocked in the self-test: {event}")


def _sample() -> Scene:
    return open_scene(resources_folder() / "demo" / "sample_slc.tif")


def _written(path: Path, values: np.ndarray, dtype: str) -> tuple[Path, np.ndarray]:
    with create_scene(path, GeoGrid(Size(SIDE, SIDE)), ["band"], dtype) as target:
        target.write(values, Window(0, 0, SIDE, SIDE))
    return path, values


def _envi(folder: Path, values: np.ndarray) -> Path:
    path = folder / "envi.img"
    path.write_bytes(values.astype("<f4").tobytes())
    header = (
        f"ENVI\nsamples = {SIDE}\nlines = {SIDE}\nbands = 1\nheader offset = 0\n"
        "file type = ENVI Standard\ndata type = 4\ninterleave = bsq\nbyte order = 0\n"
    )
    path.with_suffix(".hdr").write_text(header, "ascii")
    return path


def _hdf5(folder: Path) -> Path:
    path = folder / "values.h5"
    path.write_bytes(zlib.decompress(base64.b85decode(HDF5)))
    return path


def _named(target: str) -> Callable[[], int]:
    module, _, name = target.partition(":")
    function: Callable[[], int] = getattr(importlib.import_module(module), name)
    return function
