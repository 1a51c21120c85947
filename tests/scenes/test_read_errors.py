"""What cannot be opened or read says why, in one sentence that names the file."""

import os
import re
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from conftest import shared_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from made import made_complex, made_slc

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.scenes.scene import open_scene

CORRUPT = shared_folder() / "data/open/corrupt"
READABLE = ("jpeg_named_tif.TIF",)
REASONS = {
    "zero_bytes.tif": "empty",
    "html_error_page.tif": "web page",
    "rio-pansharpen_corrupt.TIF": "text",
    "npy_truncated.npy": "NumPy",
    "winnipeg_truncated.h5": "cut short",
    "raw_too_short.img": "shorter than its header says",
    "raw_too_short.hdr": "only a header",
    "header_only.tif": "header is cut short",
    "gdal_image_width_above_32bit.tif": "impossible size",
    "gdal_unknown_compression.tif": "not supported",
    "s1_slc_truncated_25pct.tiff": "cut short",
}


def files() -> list[Path]:
    return sorted(CORRUPT.iterdir()) if CORRUPT.is_dir() else []


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and not re.search(r"[.!?]\s", text) and "\n" not in text


@pytest.mark.skipif(not files(), reason=f"no test data in {CORRUPT}")
@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_damaged_file_says_why_in_one_sentence(path, capfd):
    if path.name in READABLE:
        with closing(open_scene(path)) as scene:
            assert scene.read().valid.all()
        return
    with pytest.raises(SceneReadError) as caught, closing(open_scene(path)) as scene:
        scene.read()
    text = str(caught.value)
    assert is_one_sentence(text)
    assert path.name in text
    assert REASONS.get(path.name, "") in text
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not files(), reason=f"no test data in {CORRUPT}")
@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_damaged_file_troubles_the_first_picture_in_the_same_way(path):
    text = ""
    try:
        with closing(open_scene(path)) as scene:
            scene.sample()
            scene.read(shape=Size(min(scene.grid.size.rows, 8), min(scene.grid.size.cols, 8)))
    except SceneReadError as error:
        text = str(error)
    assert is_one_sentence(text or "It can be read.")


def test_the_first_rows_of_a_truncated_file_can_be_read(shared_data):
    with closing(open_scene(CORRUPT / "s1_slc_truncated_25pct.tiff")) as scene:
        assert scene.read(Window(0, 0, 100, 1401)).pixels.any()


def test_a_missing_file_and_a_plain_folder_are_named(tmp_path):
    with pytest.raises(SceneReadError, match=r"nothing\.tif: there is no such file"):
        open_scene(tmp_path / "nothing.tif")
    with pytest.raises(SceneReadError, match="no product that satstudio knows"):
        open_scene(tmp_path)


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.tif", "/vsicurl/https://example.org/a.tif", "s3://bucket/a.tif"],
)
def test_addresses_beyond_this_machine_are_refused(address, no_network):
    with pytest.raises(SceneReadError, match="local files only"):
        open_scene(address)


def test_a_file_that_points_to_the_network_does_not_reach_it(tmp_path, no_network):
    path = tmp_path / "remote.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1">'
        "<SimpleSource><SourceFilename>/vsicurl/https://example.org/a.tif</SourceFilename>"
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(SceneReadError), closing(open_scene(path)) as scene:
        scene.read()


def test_an_image_that_is_not_there_is_named_with_those_that_are(tmp_path):
    path = made_complex(tmp_path)
    with pytest.raises(SceneReadError, match="no image 'iw1/vv': it is a single image"):
        open_scene(f"{path}#iw1/vv")


def test_a_file_cut_in_the_middle_never_gives_zeros(tmp_path):
    for tiled in (False, True):
        path = made_slc(tmp_path, 300, 300, name=f"{tiled}.tif")
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        with pytest.raises(SceneReadError, match="cut short"), closing(open_scene(path)) as scene:
            scene.read()


def test_a_short_envi_file_is_refused(tmp_path):
    (tmp_path / "a.img").write_bytes(bytes(8 * 100 - 1))
    (tmp_path / "a.hdr").write_text(
        "ENVI\nsamples = 10\nlines = 10\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"
        "data type = 6\ninterleave = bsq\nbyte order = 0\n"
    )
    with pytest.raises(SceneReadError, match="799 of 800 bytes"):
        open_scene(tmp_path / "a.img")
    (tmp_path / "a.img").write_bytes(bytes(800))
    with closing(open_scene(tmp_path / "a.img")) as scene:
        assert scene.dtype == "complex64"


def test_a_short_raw_file_behind_a_vrt_is_refused(open_data, tmp_path):
    folder = open_data / "sar_slc/isce"
    vrt = tmp_path / "warped_winnipeg.slc.vrt"
    vrt.write_bytes((folder / vrt.name).read_bytes())
    data = (folder / "warped_winnipeg.slc").read_bytes()
    (tmp_path / "warped_winnipeg.slc").write_bytes(data[:-8])
    with pytest.raises(SceneReadError, match="499992 of 500000 bytes"):
        open_scene(vrt)
    (tmp_path / "warped_winnipeg.slc").write_bytes(data)
    with closing(open_scene(vrt)) as scene:
        assert scene.read().pixels.shape == (1, 250, 250)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = made_complex(tmp_path)
    path.chmod(0)
    with pytest.raises(SceneReadError, match="rights forbid"):
        open_scene(path)


def test_a_name_that_is_too_long_and_a_broken_zip_are_plain_errors(tmp_path):
    with pytest.raises(SceneReadError):
        open_scene(tmp_path / ("a" * 3000))
    broken = tmp_path / "S1A.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("X.SAFE/manifest.safe", "x")
        archive.writestr("X.SAFE/measurement/s1a-iw1-slc-vv-x-001.tiff", "x")
    for cut in (1, 30, 100):
        whole = broken.read_bytes()
        (tmp_path / "cut.zip").write_bytes(whole[cut:-cut])
        with pytest.raises(SceneReadError) as caught:
            open_scene(tmp_path / "cut.zip")
        assert is_one_sentence(str(caught.value))
    with pytest.raises(SceneReadError) as caught:
        open_scene(broken)
    assert is_one_sentence(str(caught.value))


@settings(max_examples=50)
@given(data=st.data())
def test_a_tiff_with_any_bytes_changed_is_read_or_refused_in_one_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flip")
    content = bytearray(made_slc(folder, 24, 24).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    (folder / "slc.tif").write_bytes(content)
    text = "It can be read."
    try:
        with closing(open_scene(folder / "slc.tif")) as scene:
            size = scene.grid.size
            if size.pixels < 1_000_000 and len(scene.bands) < 20:
                scene.read()
            scene.sample(1000)
    except SceneReadError as error:
        text = str(error)
    assert is_one_sentence(text)
