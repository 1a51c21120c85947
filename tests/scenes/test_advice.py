"""What cannot be opened is named for what it is, with advice that helps."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import closing

import numpy as np
import pytest
import rasterio.shutil
from made import gcps, write_geotiff

from satstudio.cli.main import main
from satstudio.core.errors import SceneReadError
from satstudio.scenes.scene import list_images, open_scene

posix = pytest.mark.skipif(os.name != "posix", reason="special files of POSIX")
PIXELS = np.ones((64, 64), np.float32)


def refusal(path):
    with pytest.raises(SceneReadError) as caught, closing(open_scene(path)) as scene:
        scene.read()
    text = str(caught.value)
    assert text.endswith(".")
    assert not re.search(r"[.!?]\s", text), text
    return text


@posix
def test_a_pipe_a_socket_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(tmp_path / "plug.tif"))
    start = time.monotonic()
    for path in (tmp_path / "pipe.tif", tmp_path / "plug.tif", "/dev/zero"):
        assert "it is a device, pipe or socket, no file" in refusal(path)
    assert time.monotonic() - start < 1


@posix
def test_info_of_a_pipe_does_not_wait_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")
    answer = subprocess.run(
        [sys.executable, "-m", "satstudio", "info", tmp_path / "pipe.tif"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Cannot open pipe.tif: it is a device, pipe or socket")


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_name_that_is_no_utf8_is_what_is_wrong(tmp_path, capsys):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.tif")
    shutil.copy(write_geotiff(tmp_path / "plain.tif", PIXELS), path)
    assert "its name, or that of its folder, is not UTF-8" in refusal(path)
    assert main(["info", path]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_an_mstar_chip_and_the_text_of_a_landsat_scene_say_what_they_are(tmp_path):
    chip = tmp_path / "HB03787.001"
    chip.write_bytes(b"[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= 01975\n" + bytes(4000))
    assert "MSTAR image chip, a format that GDAL does not read" in refusal(chip)
    text = tmp_path / "LC08_L1TP_193029_MTL.txt"
    text.write_text('GROUP = L1_METADATA_FILE\n  ORIGIN = "Image courtesy"\n')
    assert "text beside a Landsat scene; choose the scene's images" in refusal(text)
    write_geotiff(tmp_path / "LC08_L1TP_193029_B4.TIF", PIXELS)
    write_geotiff(tmp_path / "A.TIF", PIXELS)
    assert "beside it, such as LC08_L1TP_193029_B4.TIF" in refusal(text)


def test_a_zip_that_is_cut_short_is_not_to_be_unpacked(tmp_path):
    path = tmp_path / "S1A_IW_SLC.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.SAFE/measurement/s1a-iw1-slc-vv-x-001.tiff", bytes(5000))
    assert "it is a zip archive; unpack it first" in refusal(path)
    path.write_bytes(path.read_bytes()[:3000])
    assert "the zip archive is damaged or cut short; copy or download it again" in refusal(path)


def packed_product(path, annotation):
    inside = "a.SAFE/annotation/s1a-iw1-slc-vv-20230101t000000-001.xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.SAFE/manifest.safe", "<x/>")
        archive.writestr("a.SAFE/measurement/s1a-iw1-slc-vv-20230101t000000-001.tiff", bytes(99))
        archive.writestr(inside, annotation)
        return archive.getinfo(inside)


def test_a_packed_product_with_damaged_bytes_is_refused(tmp_path):
    path = tmp_path / "S1A.zip"
    info = packed_product(path, bytes(range(256)) * 50)
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive, pytest.raises(zlib.error):
        archive.read(info.filename)
    refusal(path)


def test_an_annotation_of_impossible_size_asks_for_no_memory(tmp_path):
    path = tmp_path / "S1A.zip"
    packed_product(path, b"<x/>")
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[: at + 24] + struct.pack("<I", 2**31) + data[at + 28 :])
    assert "claims an impossible size" in refusal(path)


def test_a_sentinel2_folder_opens_band_by_band(tmp_path):
    folder = tmp_path / "S2A_MSIL2A_20230101.SAFE"
    pixels = folder / "GRANULE/L2A_T32TLS/IMG_DATA"
    values = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    plain = write_geotiff(tmp_path / "plain.tif", values)
    for name in ("R60m/T32TLS_20230101T103321_B01_60m", "R10m/T32TLS_20230101T103321_B02_10m"):
        path = pixels / f"{name}.jp2"
        path.parent.mkdir(parents=True)
        rasterio.shutil.copy(
            str(plain), str(path), driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES"
        )
    (folder / "MTD_MSIL2A.xml").write_text("<x/>")
    assert [image.name for image in list_images(folder)] == ["B02_10m", "B01_60m"]
    for address in (f"{folder}#B01_60m", folder / "MTD_MSIL2A.xml"):
        with closing(open_scene(address)) as scene:
            np.testing.assert_array_equal(scene.read().pixels[0], values)
    shutil.rmtree(folder / "GRANULE/L2A_T32TLS")
    assert "the product holds no images in GRANULE" in refusal(folder)


def test_a_plain_folder_with_images_names_one(tmp_path):
    write_geotiff(tmp_path / "one.tif", PIXELS)
    assert "it is a folder; choose an image in it, such as one.tif" in refusal(tmp_path)


def described(tmp_path, inside):
    """A VRT over a plain file, which can say what no GeoTIFF can."""
    write_geotiff(tmp_path / "plain.tif", PIXELS)
    path = tmp_path / "scene.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="64" rasterYSize="64">{inside}<VRTRasterBand '
        'dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">plain.tif'
        "</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return path


POINTS = "".join(
    f'<GCP Id="{n}" Pixel="{p.col}" Line="{p.row}" X="{p.x}" Y="{p.y}"/>'
    for n, p in enumerate(gcps(64, 64))
)
RPC = '<Metadata domain="RPC"><MDI key="LINE_OFF">abc</MDI></Metadata>'


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (f"<GCPList>{POINTS}</GCPList>", "no coordinate system"),
        (RPC, "LINE_OFF is 'abc', no number"),
    ],
    ids=["gcps", "rpcs"],
)
def test_a_damaged_place_is_shown_but_not_carried_on(tmp_path, inside, reason, capsys):
    path = described(tmp_path, inside)
    with closing(open_scene(path)) as scene:
        assert scene.read().valid.all()
    restore = ["restore", path, "--baseline", "identity"]
    for words in (["crop", path, "--window", "0,0,8,8"], restore):
        assert main([*map(str, words), "--out", str(tmp_path / "out.tif")]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert reason in said.err
        assert "scene.vrt" in said.err
        assert len(said.err.splitlines()) == 1
        assert not (tmp_path / "out.tif").exists()
