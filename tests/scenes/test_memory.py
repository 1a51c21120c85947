"""A scene of 400 million samples shows its first picture without being read whole."""

import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

SIDE = 20_000
LINE_BYTES = SIDE * 8
SHORT, LONG = 3, 4

WORK = """
import json, resource, sys
from satstudio.core.grid import Size
from satstudio.scenes.scene import open_scene

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

before = peak_mb()
scene = open_scene(sys.argv[1])
picture = scene.read(shape=Size(700, 700))
first = peak_mb() - before
sample = scene.sample()
print(json.dumps([first, peak_mb() - before, list(picture.pixels.shape), sample.pixels.size]))
"""


def write_holes(path, compression=1):
    """A complex64 TIFF in strips of one line whose samples are a hole in the file system."""
    entries = [
        (256, LONG, 1, SIDE),
        (257, LONG, 1, SIDE),
        (258, SHORT, 1, 64),
        (259, SHORT, 1, compression),
        (262, SHORT, 1, 1),
        (273, LONG, SIDE, 1024),  # offsets of strips, their sizes after them
        (277, SHORT, 1, 1),
        (278, LONG, 1, 1),
        (279, LONG, SIDE, 1024 + 4 * SIDE),
        (339, SHORT, 1, 6),
    ]
    start = 1024 + 8 * SIDE
    offsets = start + np.arange(SIDE, dtype="<u4") * LINE_BYTES
    with path.open("wb") as stream:
        stream.write(struct.pack("<2sHIH", b"II", 42, 8, len(entries)))
        for entry in entries:
            stream.write(struct.pack("<HHII", *entry))
        stream.write(bytes(4))
        stream.seek(1024)
        stream.write(offsets.tobytes())
        stream.write(np.full(SIDE, LINE_BYTES, "<u4").tobytes())
        stream.truncate(start + SIDE * LINE_BYTES)
    return path


def write_envi(path):
    path.with_suffix(".hdr").write_text(
        f"ENVI\nsamples = {SIDE}\nlines = {SIDE}\nbands = 1\nheader offset = 0\n"
        "file type = ENVI Standard\ndata type = 6\ninterleave = bsq\nbyte order = 0\n"
    )
    with path.open("wb") as stream:
        stream.truncate(SIDE * LINE_BYTES)
    return path


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs files with holes and peak memory")
@pytest.mark.parametrize(("name", "make"), [("a.tif", write_holes), ("a.img", write_envi)])
def test_the_first_picture_and_the_sample_stay_below_200_mb(tmp_path, name, make):
    path = make(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(path)], capture_output=True, text=True, check=True
    )
    first_mb, all_mb, shape, count = json.loads(done.stdout)
    assert first_mb < 200
    assert all_mb < 200
    assert shape == [1, 700, 700]
    assert count == 65536
