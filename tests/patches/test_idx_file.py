"""IDX files are read as they are written; a damaged one is one sentence with its name."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import binary, integers, tuples
from made_idx import made_idx, made_images, packed_idx

from satstudio.core.errors import InputError
from satstudio.patches import idx_file
from satstudio.patches.idx_file import images_of, read_header

SIDES = tuples(integers(1, 6), integers(1, 5), integers(1, 5))


def all_of(path):
    file = read_header(path)
    read = list(images_of(file, np.ones(file.count, bool)))
    assert [number for number, _ in read] == list(range(file.count))
    return np.stack([image for _, image in read])


@given(images=SIDES.flatmap(lambda shape: arrays(np.uint8, shape)), packed=integers(0, 1))
def test_images_come_back_as_they_were(tmp_path_factory, images, packed):
    name = "images-idx3-ubyte.gz" if packed else "images-idx3-ubyte"
    path = made_idx(tmp_path_factory.mktemp("idx") / name, images)
    assert np.array_equal(all_of(path), images)


@given(images=SIDES.flatmap(lambda shape: arrays(np.uint8, shape)), lost=integers(1, 40))
def test_whatever_is_lost_at_the_end_is_noticed(tmp_path_factory, images, lost):
    path = tmp_path_factory.mktemp("idx") / "images"
    data = packed_idx(images)
    path.write_bytes(data[: max(0, len(data) - lost)])
    with pytest.raises(InputError, match="images"):
        all_of(path)


@given(noise=binary(max_size=64), packed=integers(0, 1))
@example(noise=bytes.fromhex("00000803ffffffffffffffffffffffff"), packed=0)
@example(noise=bytes.fromhex("00000803ffffffffffffffffffffffff"), packed=1)
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory, noise, packed):
    path = tmp_path_factory.mktemp("idx") / ("noise.gz" if packed else "noise")
    path.write_bytes(gzip.compress(noise, mtime=0) if packed and len(noise) % 2 == 0 else noise)
    told = path.name
    try:
        all_of(path)
    except InputError as error:
        told = str(error)
    assert path.name in told


def test_only_the_wanted_images_are_given(tmp_path, monkeypatch):
    monkeypatch.setattr(idx_file, "CHUNK_BYTES", 3 * 64)
    images = made_images(11)
    file = read_header(made_idx(tmp_path / "images.gz", images))
    wanted = np.arange(11) % 4 == 2
    read = dict(images_of(file, wanted))
    assert sorted(read) == [2, 6, 10]
    assert all(np.array_equal(read[number], images[number]) for number in read)


GOOD = packed_idx(made_images(3))


HUGE = struct.pack(">3I", 2**32 - 1, 2**16, 2**16)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "starts with nothing"),
        (b"GIF89a" + b"\0" * 20, "starts with 47 49 46 38"),
        (packed_idx(np.zeros(9, np.uint8)), "labels, not images"),
        (packed_idx(np.zeros((2, 2, 2, 2), np.uint8)), "4 axes"),
        (packed_idx(np.zeros((2, 2, 2), ">f4"), 0x0D), "32-bit floats"),
        (packed_idx(np.zeros((0, 8, 8), np.uint8)), "0 images"),
        (GOOD[:9], "ends within its header"),
        (GOOD[:-1], "cut short"),
        (GOOD + b"x", "goes on after"),
        (GOOD[:4] + struct.pack(">3I", 2**32 - 1, 2**16, 2**16), "cut short"),
    ],
)
def test_a_plain_file_that_is_wrong_is_refused_at_its_header(tmp_path, data, why):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(InputError, match=why) as caught:
        read_header(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD, "no gzip file"),
        (gzip.compress(GOOD, mtime=0)[:-20], "cut short"),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"\0" * 8, "no gzip file, or a damaged one"),
        (gzip.compress(GOOD[:-70], mtime=0), "ends in image 2 of 3"),
        (gzip.compress(GOOD + b"x", mtime=0), "goes on after"),
        (
            gzip.compress(GOOD[:4] + struct.pack(">3I", 2**32 - 1, 2**16, 2**16), mtime=0),
            "cut short",
        ),
    ],
)
def test_a_packed_file_that_is_wrong_is_refused(tmp_path, data, why):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=why) as caught:
        all_of(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"Cannot read .*nothing: No such file"):
        read_header(tmp_path / "nothing")
