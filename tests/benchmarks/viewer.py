"""CPU and wall time of the GUI thread for each frame of zooming and panning.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/viewer.py [SCENE] [--side N] [--frames N]

Without SCENE a complex64 scene of N x N pixels is made in a temporary folder and deleted. Frames:
a zoom from the whole scene to 1:1, a pan at 1:1, a pan at 1:4, a drag of the stretch; 1400 x 900.
A frame is one step of the view, the events it causes and one paint. CPU is that of the GUI thread
(`thread_time`), in milliseconds; on a shared machine only CPU and ratios say something.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from big_scene import Peak, make_scene

Step = Callable[[], None]


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


def measure(path: Path, frames: int) -> dict[str, object]:
    from satstudio.gui.app import make_application, make_window

    app = make_application()
    window = make_window(app)
    window.show()
    watch = Peak()
    empty_mb = watch.now_mb()
    watch.start()
    window.context.open([str(path)])
    canvas = window.page_widget("view").canvas

    def until(condition: Callable[[], bool]) -> None:
        end = time.perf_counter() + 600
        while not condition():
            app.processEvents()
            time.sleep(0.001)
            if time.perf_counter() > end:
                raise TimeoutError

    until(lambda: canvas.scene is not None and canvas.missing == 0)
    until(lambda: canvas.scene.has_pyramid or len(canvas.scene.levels) < 2)
    window.centralWidget().setFixedSize(1400, 940)
    until(lambda: canvas.missing == 0)
    rows = []
    plans = {
        "zoom from the whole scene to 1:1": zooming(canvas, frames),
        "pan at 1:1": panning(canvas, frames, 1.0),
        "pan at 1:4": panning(canvas, frames, 0.25),
        "drag of the stretch": restyling(canvas, frames // 2),
    }
    for name, steps in plans.items():
        cpu, wall, missing = [], [], 0
        for step in steps:
            tick = time.perf_counter() + 1 / 60
            start, start_cpu = time.perf_counter(), time.thread_time()
            step()
            app.processEvents()
            cpu.append(time.thread_time() - start_cpu)
            wall.append(time.perf_counter() - start)
            missing += canvas.picture.missing > 0
            time.sleep(max(0.0, tick - time.perf_counter()))
        rows.append(figures(name, cpu, wall, missing))
        until(lambda: canvas.missing == 0)
    size = canvas.size()
    watch.is_over.set()
    window.close()
    app.processEvents()
    return {
        "scene": path.name,
        "canvas": [size.height(), size.width()],
        "peak_above_empty_mb": watch.taken_mb() - empty_mb,
        "plans": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=8000)
    parser.add_argument("--frames", type=int, default=120)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="viewer_"))
    try:
        os.environ["SATSTUDIO_HOME"] = str(folder / "home")
        path = chosen.scene or make_scene(folder / "made.tif", chosen.side, "complex64", "tiled")
        sys.stdout.write(json.dumps(measure(path, chosen.frames), indent=2) + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
