"""A walk over a 20 000 x 20 000 scene: zoom in, pan, zoom out; before, after, and beside a peer.

    python tests/benchmarks/walk.py [--scene FILE] [--side N] [--rounds N] [--out FILE]
        --viewer after=PYTHON:CHECKOUT [--viewer before=PYTHON:CHECKOUT] [--peer PYTHON]

Each viewer plays the same walk in a process of its own on a virtual screen (Xvfb), the canvas
1400 x 900, in turns; of several rounds the one with the least 95th percentile counts. CHECKOUT is
a working copy of satstudio, PYTHON an interpreter with its dependencies; `--peer` names one with
napari, which gets the same pixels as a float32 pyramid in memory-mapped files.

*View by view*: each view of the walk is asked for and waited for until it is on the screen whole;
its time is wall time. *Paced*: a step every 1/60 s whatever is there; a frame's time is that of
the step and of the paint it causes; the longest turn is the longest time for which the window
heard nothing. *Jumps*: places far from each other at 1:1. Satstudio's pyramid is there before.
CPU is that of the GUI thread. The load of the machine stands beside the figures; on a shared one,
`chrt -r 1 python ...` lets the others wait for the few minutes that this takes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROWS, COLS = 900, 1400
ZOOMS, PANS, JUMPS = 48, 96, 12
STEP_PX = (23.0, 41.0)
SETTLE_S = 120.0
NAP_MS = 3
SCHEDULING = {os.SCHED_OTHER: "usual", os.SCHED_RR: "real time (chrt -r 1), others waited"}
Place = tuple[float, float, float]
"""(row, col) in the middle of the view, screen pixels a scene pixel."""


def walk(side: int) -> Iterator[Place]:
    """Zoom from the whole scene to 1:1, pan, zoom out again."""
    least = min(ROWS, COLS) / side
    centre = side / 2
    for step in range(1, ZOOMS + 1):
        yield centre, centre, least ** (1 - step / ZOOMS)
    row = col = centre
    for step in range(PANS):
        row += STEP_PX[0] * (1 if step < PANS // 2 else -1)
        col += STEP_PX[1]
        yield row, col, 1.0
    for step in range(1, ZOOMS + 1):
        yield row, col, least ** (step / ZOOMS)


def jumps(side: int) -> Iterator[Place]:
    """Return places at 1:1 that have nothing in common."""
    rng = np.random.default_rng(5)
    for row, col in rng.uniform(0.1 * side, 0.9 * side, (JUMPS, 2)):
        yield float(row), float(col), 1.0


def figures(seconds: list[float]) -> dict[str, float]:
    ms = 1000 * np.array(seconds)
    return {
        "p50": round(float(np.percentile(ms, 50)), 2),
        "p95": round(float(np.percentile(ms, 95)), 2),
        "max": round(float(ms.max()), 2),
    }


class Player:
    """Plays places on a viewer: `show` goes there, `is_whole` tells whether it is on the screen.

    `turn` is one turn of the event loop; it sleeps until there is an event, at most `NAP_MS`.
    """

    def __init__(
        self, show: Callable[[Place], object], turn: Callable[[], object], is_whole: Callable
    ) -> None:
        self.show, self.turn, self.is_whole = show, turn, is_whole

    def wait(self) -> None:
        end = time.perf_counter() + SETTLE_S
        self.turn()
        while not self.is_whole():
            self.turn()
            if time.perf_counter() > end:
                raise TimeoutError

    def views(self, places: Iterator[Place]) -> dict[str, object]:
        wall, cpu = [], []
        for place in places:
            start, start_cpu = time.perf_counter(), time.thread_time()
            self.show(place)
            self.wait()
            wall.append(time.perf_counter() - start)
            cpu.append(time.thread_time() - start_cpu)
        return {
            "views": len(wall),
            "wall_ms": figures(wall),
            "cpu_ms": figures(cpu),
            "seconds": round(sum(wall), 2),
        }

    def paced(self, places: Iterator[Place]) -> dict[str, object]:
        wall, cpu, whole, longest = [], [], 0, 0.0
        all_cpu, all_s = time.thread_time(), time.perf_counter()
        for place in places:
            start, start_cpu = time.perf_counter(), time.thread_time()
            self.show(place)
            self.turn()
            wall.append(time.perf_counter() - start)
            cpu.append(time.thread_time() - start_cpu)
            longest = max(longest, wall[-1])
            while time.perf_counter() < start + 1 / 60:
                turned = time.perf_counter()
                self.turn()
                longest = max(longest, time.perf_counter() - turned)
            whole += bool(self.is_whole())
        spent = time.thread_time() - all_cpu
        taken = time.perf_counter() - all_s
        self.wait()
        return {
            "frames": len(wall),
            "wall_ms": figures(wall),
            "cpu_ms": figures(cpu),
            "longest_turn_ms": round(1000 * longest, 1),
            "gui_cpu_share": round(spent / taken, 3),
            "whole_frames": whole,
        }


def turning(core) -> Callable[[], object]:
    """Return one turn of Qt's event loop."""
    timer = core.QTimer()
    timer.start(NAP_MS)
    flag = core.QEventLoop.ProcessEventsFlag.WaitForMoreEvents

    def turn() -> None:
        core.QCoreApplication.processEvents(flag)
        assert timer.isActive()

    return turn


def play_satstudio(scene: Path, view: str) -> dict[str, object]:
    from PySide6 import QtCore

    from satstudio.gui.shell.app import make_application, make_window
    from satstudio.render.style import style_for
    from satstudio.session.viewport import Viewport

    app = make_application()
    window = make_window(app)
    window.resize(1500, 1040)
    window.show()
    canvas = window.page_widget("view").canvas

    def until(condition: Callable[[], bool]) -> None:
        end = time.perf_counter() + 900
        while not condition():
            app.processEvents()
            time.sleep(0.002)
            if time.perf_counter() > end:
                raise TimeoutError

    window.context.open([str(scene)])
    until(lambda: canvas.scene is not None and canvas.missing == 0)
    until(lambda: canvas.scene.has_pyramid)
    until(lambda: not window.context.jobs.running)
    canvas.setFixedSize(COLS, ROWS)
    app.processEvents()
    statistics = window.context.scenes.statistics(str(scene))
    canvas.set_style(style_for(view, statistics))
    until(lambda: canvas.missing == 0)
    side = canvas.scene.grid.size.rows
    paints = [0]
    draw = canvas.picture.draw

    def counted(*arguments, **more):
        paints[0] += 1
        return draw(*arguments, **more)

    canvas.picture.draw = counted

    def show(place: Place) -> None:
        canvas.set_viewport(Viewport(place[0], place[1], place[2]), tell=True)

    player = Player(show, turning(QtCore), lambda: canvas.missing == 0)
    result = played(player, side, paints)
    window.close()
    app.processEvents()
    return result


def play_napari(folder: Path) -> dict[str, object]:
    import napari
    from qtpy import QtCore
    from qtpy.QtWidgets import QApplication

    levels = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("level-*.npy"))]
    viewer = napari.Viewer(show=True)
    viewer.window.resize(COLS + 460, ROWS + 160)
    viewer.add_image(levels, multiscale=True, contrast_limits=(0.0, 800.0), colormap="gray")
    app = QApplication.instance()
    native = viewer.window._qt_viewer.canvas.native
    native.setFixedSize(COLS, ROWS)
    for _ in range(50):
        app.processEvents()
        time.sleep(0.01)

    def show(place: Place) -> None:
        viewer.camera.center = (place[0], place[1])
        viewer.camera.zoom = place[2]

    player = Player(show, turning(QtCore), lambda: True)
    result = played(player, len(levels[0]), [0])
    result["version"] = napari.__version__
    result["canvas"] = [native.height(), native.width()]
    viewer.close()
    return result


def played(player: Player, side: int, paints: list[int]) -> dict[str, object]:
    least = min(ROWS, COLS) / side
    player.show((side / 2, side / 2, least))
    player.wait()
    result: dict[str, object] = {"load": os.getloadavg()[0]}
    for name, play, places in (
        ("paced", player.paced, walk),
        ("view_by_view", player.views, walk),
        ("jumps_at_1_1", player.views, jumps),
    ):
        player.show((side / 2, side / 2, least))
        player.wait()
        count = paints[0]
        found = play(places(side))
        found["paints"] = paints[0] - count
        result[name] = found
    return result


def make_levels(scene: Path, folder: Path) -> Path:
    """Write the amplitude and its halves for a viewer that wants arrays."""
    import rasterio

    folder.mkdir()
    with rasterio.open(scene) as dataset:
        side = dataset.height
        kind = np.lib.format.open_memmap
        top = kind(folder / "level-0.npy", mode="w+", dtype=np.float32, shape=(side, side))
        for row in range(0, side, 256):
            end = min(row + 256, side)
            top[row:end] = np.abs(dataset.read(1, window=((row, end), (0, side))))
    number = 0
    while side > 256:
        number += 1
        side //= 2
        finer, shape = top, (side, side)
        top = kind(folder / f"level-{number}.npy", mode="w+", dtype=np.float32, shape=shape)
        for row in range(0, side, 256):
            end = min(row + 256, side)
            part = finer[2 * row : 2 * end, : 2 * side]
            top[row:end] = part.reshape(end - row, 2, side, 2).mean((1, 3))
    return folder


def run(python: str, checkout: str, arguments: list[str], home: Path) -> dict[str, object]:
    env = {**os.environ, "SATSTUDIO_HOME": str(home), "PYTHONPATH": checkout}
    env.pop("QT_QPA_PLATFORM", None)
    screen = ["xvfb-run", "-a", "-s", "-screen 0 2000x1200x24"]
    done = subprocess.run(
        [*screen, python, __file__, *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.stderr[-3000:]}")
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def plays(chosen: argparse.Namespace, scene: Path, folder: Path) -> dict[str, Callable]:
    """Return what each viewer is called, and how it plays."""
    found: dict[str, Callable] = {}
    for named in chosen.viewer:
        name, _, rest = named.partition("=")
        python, _, checkout = rest.partition(":")
        for view in ("amplitude", "hsv"):
            arguments = ["--play", f"satstudio-{view}", "--scene", str(scene)]
            found[f"{name} {view}"] = lambda p=python, c=checkout, a=arguments, n=name: run(
                p, c, a, folder / f"home-{n}"
            )
    if chosen.peer:
        levels = make_levels(scene, folder / "levels")
        arguments = ["--play", "napari", "--scene", str(levels)]
        found["napari amplitude"] = lambda: run(chosen.peer, "", arguments, folder / "peer")
    return found


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, object]:
    from big_scene import make_scene

    scene = chosen.scene or make_scene(folder / "big.tif", chosen.side, "complex64", "tiled")
    viewers = plays(chosen, scene, folder)
    best: dict[str, dict] = {}
    for turn in range(chosen.rounds):
        for name, play in viewers.items():
            found = play()
            sys.stderr.write(f"{turn} {name} {json.dumps(found)}\n")
            mine = best.setdefault(name, {})
            for plan, values in found.items():
                is_plan = isinstance(values, dict)
                if is_plan and values["wall_ms"]["p95"] < mine.get(plan, values)["wall_ms"]["p95"]:
                    mine[plan] = values
                mine.setdefault(plan, values)
    return {
        "side": chosen.side,
        "canvas": [ROWS, COLS],
        "rounds": chosen.rounds,
        "processors": os.cpu_count(),
        "load_at_end": os.getloadavg(),
        "scheduling": SCHEDULING[os.sched_getscheduler(0)],
        "peer_draws_with": "OpenGL in software (Mesa), there being no graphics card"
        * bool(chosen.peer),
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "viewers": best,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--viewer", action="append", default=[], metavar="NAME=PYTHON:CHECKOUT")
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--play", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.play:
        kind, _, view = chosen.play.partition("-")
        found = (
            play_napari(chosen.scene) if kind == "napari" else play_satstudio(chosen.scene, view)
        )
        sys.stdout.write(json.dumps(found) + "\n")
        return
    folder = Path(tempfile.mkdtemp(prefix="walk_"))
    try:
        text = json.dumps(measure(chosen, folder), indent=2) + "\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if chosen.out:
        chosen.out.write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
