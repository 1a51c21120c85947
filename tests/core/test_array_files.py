"""Array files are read whole or refused, whatever their header claims; nothing is unpickled."""

import io
import zipfile

import numpy as np
import psutil
import pytest

from satstudio.core.files.arrays import load_npy, load_npz

VALUES = np.arange(64, dtype=np.complex64).reshape(4, 1, 4, 4)
HEADERS = {
    "negative": "(-1,)",
    "objects": None,
    "not whole": "(4, 1, 4, 4.0)",
    "beyond any integer": "(99999999999999999999,)",
    "beyond the file": "(4611686018427387, 4)",
    "nested": "(" * 500,
    "open text": "'''",
    "a truth": "(True,)",
    "half a character": "'\\ud800'",
}


def npy(shape, descr="<c8"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + VALUES.tobytes()


def damaged(name):
    return npy("(4,)", "|O") if HEADERS[name] is None else npy(HEADERS[name])


def test_what_numpy_wrote_is_read(tmp_path):
    np.save(tmp_path / "a.npy", VALUES)
    np.testing.assert_array_equal(load_npy(tmp_path / "a.npy"), VALUES)
    np.savez(tmp_path / "a.npz", rows=VALUES, left=np.int64(3), none=VALUES[:0])
    found = load_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(found["rows"], VALUES)
    assert (int(found["left"]), found["none"].shape) == (3, (0, 1, 4, 4))
    for load in (load_npy, load_npz):
        with pytest.raises(FileNotFoundError):
            load(tmp_path / "none")


@pytest.mark.parametrize("name", HEADERS)
def test_a_damaged_header_is_refused_without_room_for_what_it_claims(tmp_path, name):
    (tmp_path / "a.npy").write_bytes(damaged(name))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("rows.npy", damaged(name))
    before = psutil.Process().memory_info().rss
    for load, path in ((load_npy, "a.npy"), (load_npz, "a.npz")):
        with pytest.raises(ValueError, match=r"\w") as caught:
            load(tmp_path / path)
        assert len(str(caught.value)) < 120
    assert psutil.Process().memory_info().rss - before < 50e6


@pytest.mark.parametrize("end", [3, 60, 90, -1])
def test_a_file_that_is_cut_is_refused(tmp_path, end):
    np.save(tmp_path / "a.npy", VALUES)
    np.savez(tmp_path / "a.npz", rows=VALUES)
    for load, path in ((load_npy, "a.npy"), (load_npz, "a.npz")):
        whole = (tmp_path / path).read_bytes()
        (tmp_path / path).write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"\w"):
            load(tmp_path / path)


def test_an_array_of_zeros_packed_a_thousandfold_is_read(tmp_path):
    packed = io.BytesIO()
    np.savez_compressed(packed, rows=np.zeros(2**22))
    (tmp_path / "a.npz").write_bytes(packed.getvalue())
    assert load_npz(tmp_path / "a.npz")["rows"].shape == (2**22,)
