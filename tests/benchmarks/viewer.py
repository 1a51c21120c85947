"""CPU and wall time of the GUI thread for each frame of panning, zooming, restyling.

    xvfb-run -a -s "-screen 0 1600x1100x24" python tests/benchmarks/viewer.py
        [SCENE] [--side N] [--frames N] [--minute SECONDS]

Without SCENE a complex64 scene of N x N pixels is made in a temporary folder and deleted. Frames:
one view (a zoom from the whole scene to 1:1, a pan at 1:1, a pan at 1:4, a drag of the stretch);
three linked views of the Compare page; the same while a training runs in its worker; then a
scripted minute of panning, zooming, changing styles and opening one more scene. 1400 x 900.
A frame is one step of the view, the events it causes and one paint. CPU is that of the GUI thread
(`thread_time`), in milliseconds; on a shared machine only CPU and ratios say something. The peer is
an idle tile view: a plain widget that moves as many tiles as one view shows, already in memory,
drawn by the same painter in the same run.
"""

import argparse
import itertools
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from big_scene import Peak, make_scene
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

Step = Callable[[], object]
TILE_PX = 256
STALL_S = 0.1


def zooming(canvas, frames: int) -> Iterator[Step]:
    canvas.fit()
    factor = (1 / canvas.viewport.scale) ** (1 / frames)
    for _ in range(frames):
        yield lambda: canvas.zoom(factor)


def panning(canvas, frames: int, scale: float) -> Iterator[Step]:
    view = canvas.view
    canvas.set_viewport(view.viewport.with_scale(scale, None, view.size))
    for frame in range(frames):
        angle = frame / frames * 2 * np.pi
        yield lambda angle=angle: canvas.pan(14 * np.sin(angle), 14 * np.cos(angle))


def restyling(canvas, frames: int) -> Iterator[Step]:
    style = canvas.picture.look.style
    for frame in range(frames):
        high = float(style.high) * (1 + 0.2 * frame / frames)
        yield lambda high=high: canvas.set_style(style.changed(high=high))


def figures(name: str, cpu: list[float], wall: list[float], missing: int) -> dict[str, object]:
    def of(times: list[float]) -> dict[str, float]:
        ms = 1000 * np.array(times)
        p50, p95 = (float(value) for value in np.percentile(ms, (50, 95)))
        return {"p50": round(p50, 2), "p95": round(p95, 2), "max": round(float(ms.max()), 2)}

    return {
        "name": name,
        "frames": len(cpu),
        "cpu_ms": of(cpu),
        "wall_ms": of(wall),
        "frames_with_stand_ins": missing,
    }


class IdleView(QWidget):
    """Tiles in memory, moved by a few pixels a frame: the least that a tile view can do."""

    def __init__(self, rows: int, cols: int) -> None:
        super().__init__()
        self.resize(cols, rows)
        values = np.random.default_rng(0).integers(0, 255, (TILE_PX, TILE_PX, 4), np.uint8)
        self._values = np.ascontiguousarray(values)
        kind = QImage.Format.Format_ARGB32_Premultiplied
        self._tile = QImage(self._values.data, TILE_PX, TILE_PX, 4 * TILE_PX, kind)
        self._shift = 0.0

    def step(self) -> None:
        self._shift = (self._shift + 3.7) % TILE_PX
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        for row in range(-1, self.height() // TILE_PX + 1):
            for col in range(-1, self.width() // TILE_PX + 1):
                corner = QPointF(col * TILE_PX + self._shift, row * TILE_PX + self._shift)
                painter.drawImage(corner, self._tile)
        painter.end()


class Bench:
    """A window, and frames in it."""

    def __init__(self, app, window) -> None:
        self.app, self.window = app, window
        self.rows: list[dict[str, object]] = []

    def until(self, condition: Callable[[], bool], seconds: float = 600) -> None:
        end = time.perf_counter() + seconds
        while not condition():
            self.app.processEvents()
            time.sleep(0.001)
            if time.perf_counter() > end:
                raise TimeoutError

    def settle(self, canvases) -> None:
        self.until(lambda: all(one.scene is not None and one.missing == 0 for one in canvases))

    def frame(self, step: Step) -> tuple[float, float]:
        start, start_cpu = time.perf_counter(), time.thread_time()
        step()
        self.app.processEvents()
        return time.thread_time() - start_cpu, time.perf_counter() - start

    def play(self, name: str, steps: Iterator[Step], canvases=()) -> None:
        cpu, wall, missing = [], [], 0
        for step in steps:
            tick = time.perf_counter() + 1 / 60
            times = self.frame(step)
            cpu.append(times[0])
            wall.append(times[1])
            missing += any(one.picture.missing > 0 for one in canvases)
            while time.perf_counter() < tick:
                self.app.processEvents()
                time.sleep(0.001)
        self.rows.append(figures(name, cpu, wall, missing))
        self.settle(canvases)


def views_of(canvas, frames: int) -> dict[str, Iterator[Step]]:
    return {
        "zoom from the whole scene to 1:1": zooming(canvas, frames),
        "pan at 1:1": panning(canvas, frames, 1.0),
        "pan at 1:4": panning(canvas, frames, 0.25),
        "drag of the stretch": restyling(canvas, frames // 2),
    }


def linked(page, frames: int) -> dict[str, Iterator[Step]]:
    canvas = page.views.first.canvas

    def stretching() -> Iterator[Step]:
        low = page.bar.low.value()
        for frame in range(frames // 2):
            yield lambda low=low + frame / 10: page.bar.low.setValue(low)

    return {
        "zoom from the whole scene to 1:1": zooming(canvas, frames),
        "pan at 1:1": panning(canvas, frames, 1.0),
        "pan at 1:4": panning(canvas, frames, 0.25),
        "steps of the stretch": stretching(),
    }


def start_training(bench: Bench, folder: Path):
    """Train in a worker, for as long as it is let."""
    from satstudio.core.paths import resources_folder
    from satstudio.core.progress import Progress
    from satstudio.patches.cut import PatchRecipe, cut_patches

    scene = resources_folder() / "demo" / "sample_slc.tif"
    patches = cut_patches([scene], PatchRecipe(size_px=32, count=200), folder / "p", Progress())
    recipe = {"method": "complex_wgan_gp", "preset": "small", "budget_s": 3600}
    arguments = {"patches": patches, "recipe": recipe, "run_dir": folder / "run", "resume": False}
    logged = []
    task = bench.window.context.jobs.start("train", arguments, "Training")
    task.told.connect(lambda event: logged.append(event.name))
    bench.until(lambda: "logged" in logged or task.state == "failed")
    if task.state == "failed":
        raise RuntimeError(task.text)
    return task


def minute(bench: Bench, page, seconds: float, other: Path) -> dict[str, object]:
    """Pan, zoom, change styles, change arrangements, open one more scene; find stalls."""
    canvas = page.views.first.canvas
    modes = itertools.cycle(("side", "swipe", "difference", "ratio", "flicker", "side"))
    views = itertools.cycle(("amplitude", "intensity", "db"))
    context = bench.window.context

    def restyle() -> None:
        page.bar.view.setCurrentIndex(page.bar.view.findData(next(views)))
        page.bar.view.activated.emit(page.bar.view.currentIndex())

    end = time.perf_counter() + seconds
    half = time.perf_counter() + seconds / 2
    cpu, wall, number, is_open = [], [], 0, False
    while time.perf_counter() < end:
        number += 1
        if number % 150 == 0:
            step = partial(context.actions.trigger, f"compare.{next(modes)}")
        elif number % 70 == 0:
            step = restyle
        elif time.perf_counter() > half and not is_open:
            is_open, step = True, partial(context.open, [str(other)])
        elif number % 100 < 30:
            step = partial(canvas.zoom, 1.1 if number % 200 < 100 else 1 / 1.1)
        else:
            step = partial(canvas.pan, 9, 11 if number % 200 < 100 else -11)
        times = bench.frame(step)
        cpu.append(times[0])
        wall.append(times[1])
        time.sleep(0.004)
    found = figures("minute", cpu, wall, 0)
    found["stalls_over_100_ms"] = {
        "cpu": sum(one > STALL_S for one in cpu),
        "wall": sum(one > STALL_S for one in wall),
    }
    return found


def idle(bench: Bench, size, frames: int) -> None:
    view = IdleView(size.height(), size.width())
    view.show()
    bench.play("idle tile view", (view.step for _ in range(frames)))
    view.close()


def measure(paths: list[Path], frames: int, seconds: float, folder: Path) -> dict[str, object]:
    from satstudio.gui.shell.app import make_application, make_window

    app = make_application()
    window = make_window(app)
    window.resize(1500, 1040)
    window.show()
    bench = Bench(app, window)
    watch = Peak()
    empty_mb = watch.now_mb()
    watch.start()
    window.context.open([str(paths[0])])
    canvas = window.page_widget("view").canvas
    bench.settle([canvas])
    bench.until(lambda: canvas.scene.has_pyramid or len(canvas.scene.levels) < 2)
    window.centralWidget().setFixedSize(1400, 940)
    bench.settle([canvas])
    size = canvas.size()
    idle(bench, size, frames)
    for name, steps in views_of(canvas, frames).items():
        bench.play(f"one view: {name}", steps, [canvas])
    for path in paths[1:3]:
        window.context.open([str(path)])
        bench.until(lambda path=path: window.context.scenes.scene(str(path)) is not None)
        bench.settle([canvas])
    window.show_page("compare")
    page = window.page_widget("compare")
    bench.until(lambda: len(page.views.canvases) == 3)
    bench.settle(page.views.canvases)
    bench.until(lambda: not window.context.jobs.running)
    for name, steps in linked(page, frames).items():
        bench.play(f"three linked views: {name}", steps, page.views.canvases)
    training = start_training(bench, folder)
    for name, steps in linked(page, frames).items():
        bench.play(f"linked, training runs: {name}", steps, page.views.canvases)
    window.context.actions.trigger("compare.side")
    scripted = minute(bench, page, seconds, paths[3])
    training.stop()
    bench.until(lambda: not window.context.jobs.running, 120)
    watch.is_over.set()
    window.close()
    app.processEvents()
    peer = bench.rows[0]["cpu_ms"]["p95"]
    for row in bench.rows[1:]:
        row["p95_over_idle_view"] = round(row["cpu_ms"]["p95"] / peer, 2)
    return {
        "scene": paths[0].name,
        "platform": app.platformName(),
        "canvas": [size.height(), size.width()],
        "peak_above_empty_mb": watch.taken_mb() - empty_mb,
        "plans": bench.rows,
        "minute": scripted,
    }


def copies(path: Path, folder: Path) -> list[Path]:
    """Return four scenes of one grid: the same file under other names."""
    found = [path]
    for number in range(3):
        twin = folder / f"twin-{number + 1}{path.suffix}"
        try:
            os.link(path, twin)
        except OSError:
            shutil.copyfile(path, twin)
        found.append(twin)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=8000)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--minute", type=float, default=60.0, metavar="SECONDS")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="viewer_"))
    try:
        os.environ["SATSTUDIO_HOME"] = str(folder / "home")
        path = chosen.scene or make_scene(folder / "made.tif", chosen.side, "complex64", "tiled")
        found = measure(copies(path, folder), chosen.frames, chosen.minute, folder)
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
