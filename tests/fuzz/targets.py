"""TARGETS: every kind of file that satstudio reads, small and whole, and the commands for it."""

import importlib.util
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import rasterio.shutil
from made import gcps, speckle, write_geotiff
from made_idx import made_idx
from made_models import made_model, made_restorer
from made_patches import made_patches
from made_safe import made_safe

from satstudio.core.progress import Progress
from satstudio.scenes.pyramid.build import build_pyramid
from satstudio.scenes.scene import open_scene

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SATSTUDIO_TEST_DATA", REPOSITORY.parent / "shared"))
Words = tuple[str, ...]

LOOK: tuple[Words, ...] = (
    ("info", "{at}", "--json"),
    ("render", "{at}", "--max-px", "64", "--out", "{out}.png"),
    ("crop", "{at}", "--window", "0,0,8,8", "--out", "{out}.tif"),
    (
        *("patches", "cut", "{at}", "--size", "8", "--count", "4", "--out", "{out}"),
        *("--validation-share", "0", "--min-valid", "0"),
    ),
    ("restore", "{at}", "--baseline", "lee", "--window", "0,0,8,8", "--out", "{out}.tif"),
)
"""What a scene is read by: metadata, pyramid and picture, windows."""


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes
    ----------
    make : fills a folder
    damaged : pattern of the files in it of which one is damaged
    commands : with {at} the path named by `at`, {folder} and {out}; one is drawn
    at : what the command opens, in the folder
    needs_torch : a command starts a worker with torch: seconds each
    """

    make: Callable[[Path], object]
    damaged: str
    commands: tuple[Words, ...] = LOOK
    at: str = ""
    needs_torch: bool = False


SLC = 50 * speckle(64, 48)
GREY = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48)
COLOURS = np.stack(
    [np.resize(np.arange(n, n + 200, dtype=np.uint8), (64, 48)) for n in (0, 20, 40)]
)


def _tiff(pixels, folder: Path, **profile):
    return write_geotiff(folder / "a.tif", pixels, **profile)


def _overviews(folder: Path):
    path = _tiff(GREY, folder, tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as target:
        target.write_mask(GREY % 7 > 0)
        target.build_overviews([2, 4])


def _copied(driver: str, name: str, pixels, folder: Path, **options):
    plain = write_geotiff(folder / "plain.tif", pixels)
    rasterio.shutil.copy(str(plain), str(folder / name), driver=driver, **options)
    plain.unlink()


def _vrt(folder: Path):
    write_geotiff(folder / "plain.tif", GREY)
    rasterio.shutil.copy(str(folder / "plain.tif"), str(folder / "a.vrt"), driver="VRT")


def _safe(folder: Path):
    made_safe(folder).rename(folder / "S1A.SAFE")


def _safe_zip(folder: Path):
    made_safe(folder / "in", images=("iw1/vv",)).rename(folder / "in/S1A.SAFE")
    shutil.make_archive(str(folder / "S1A"), "zip", folder / "in")
    shutil.rmtree(folder / "in")


def _sentinel2(folder: Path):
    pixels = folder / "S2A.SAFE/GRANULE/L1C/IMG_DATA"
    pixels.mkdir(parents=True)
    (folder / "S2A.SAFE/MTD_MSIL1C.xml").write_text("<x/>")
    _copied("JP2OpenJPEG", "S2A.SAFE/GRANULE/L1C/IMG_DATA/T32_B02.jp2", GREY, folder)


def _uavsar(folder: Path):
    SLC.astype("<c8").tofile(folder / "a_L090HH_01.slc")
    (folder / "a_L090HH_01.ann").write_text(
        "; made\nslc_mag.set_rows (pixels) = 64\nslc_mag.set_cols (pixels) = 48\n"
        "slc_mag.row_mult (m/pixel) = 0.6\nslc_mag.col_mult (m/pixel) = 1.66\n"
        "Polarization (&) = HH\nval_endi (&) = LITTLE ENDIAN\n"
        "Single Look Complex Data of Pass 1 (&) = a_L090HH_01.slc\n"
        "Start Time of Acquisition for Pass 1 (&) = 31-Aug-2017 17:55:51 UTC\n"
    )


def _fits(folder: Path):
    from astropy.io import fits  # lazy: an extra

    images = [fits.PrimaryHDU(GREY), fits.ImageHDU(COLOURS.astype(np.float32), name="SCI")]
    fits.HDUList(images).writeto(folder / "a.fits")


def _packed_fits(folder: Path):
    from astropy.io import fits  # lazy: an extra

    packed = fits.CompImageHDU(GREY, compression_type="RICE_1", tile_shape=(16, 48))
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(folder / "a.fits.fz")


def _shared(names: tuple[str, ...], folder: Path):
    for name in names:
        shutil.copy(SHARED / "data/open" / name, folder)


def _pyramid(folder: Path):
    path = _tiff(np.resize(GREY, (600, 500)), folder / "scene")
    before = os.environ.get("SATSTUDIO_HOME")
    os.environ["SATSTUDIO_HOME"] = str(folder)
    try:
        with closing(open_scene(path)) as scene:
            build_pyramid(scene.source, scene.identity, Progress())
    finally:
        os.environ.pop("SATSTUDIO_HOME")
        if before is not None:
            os.environ["SATSTUDIO_HOME"] = before


def _patches(folder: Path):
    made_patches(folder / "patches", train=6, validation=4, size=16)


def _settings(folder: Path):
    (folder / "settings").mkdir()
    (folder / "settings/settings.toml").write_text('theme = "dark"\nthreads = 1\n')


SESSION = """{"format": 1, "version": "0", "session": {"layers": [], "active": -1, "crop": null,
"viewport": null, "regions": [{"name": "a", "window": {"row": 0, "col": 0, "rows": 4, "cols": 4}}],
"study": null, "compare": null}}"""


def _session(folder: Path):
    (folder / "session.json").write_text(SESSION)


def _recipe(folder: Path):
    _patches(folder)
    (folder / "recipe.toml").write_text(
        'method = "complex_wgan_gp"\npreset = "tiny"\nsteps = 2\nseed = 1\n'
    )


def _plan(folder: Path):
    _patches(folder)
    (folder / "plan.toml").write_text(
        'title = "T"\nseeds = [0]\n\n[base]\nmethod = "complex_wgan_gp"\npreset = "tiny"\n'
        'steps = 2\n\n[[rows]]\nlabel = "a"\nlr = 0.001\n'
    )


@cache
def _trained(folder: str) -> Path:
    """A run of four steps; made once."""
    from satstudio.learn.loop.loop import TrainRecipe, train  # lazy: torch, seconds

    home = Path(folder)
    patches = made_patches(home / "patches", train=6, validation=4, size=24)
    recipe = TrainRecipe(preset="tiny", steps=4, threads=1, samples=4, log_every_s=0)
    train(patches, recipe, home / "run", Progress())
    return home


def _run(folder: Path):
    place = folder.parent / "trained"
    shutil.copytree(_trained(str(place)), folder, dirs_exist_ok=True)


def _images(folder: Path):
    (folder / "real").mkdir()
    np.save(folder / "a.npy", np.abs(np.stack([SLC[:32, :32], SLC[8:40, 8:40]] * 32)[:, None]))
    shutil.copy(folder / "a.npy", folder / "b.npy")


READERS = {
    "tiff-complex": Target(partial(_tiff, SLC, gcps=gcps(64, 48)), "a.tif"),
    "tiff-int16": Target(partial(_tiff, SLC, dtype="complex_int16", tiled=True), "a.tif"),
    "tiff-deflate": Target(partial(_tiff, GREY, compress="deflate", nodata=5), "a.tif"),
    "tiff-lzw": Target(partial(_tiff, COLOURS, compress="lzw", predictor=2), "a.tif"),
    "tiff-jpeg": Target(partial(_tiff, COLOURS, compress="jpeg", photometric="ycbcr"), "a.tif"),
    "tiff-big": Target(partial(_tiff, GREY, bigtiff="YES", compress="zstd"), "a.tif"),
    "tiff-overviews": Target(_overviews, "a.tif"),
    "png": Target(partial(_copied, "PNG", "a.png", COLOURS), "a.png"),
    "jpeg": Target(partial(_copied, "JPEG", "a.jpg", COLOURS), "a.jpg"),
    "jp2": Target(partial(_copied, "JP2OpenJPEG", "a.jp2", GREY), "a.jp2"),
    "netcdf4": Target(partial(_copied, "netCDF", "a.nc", GREY, FORMAT="NC4"), "a.nc"),
    "netcdf3": Target(partial(_copied, "netCDF", "a.nc", GREY.astype("i2"), FORMAT="NC"), "a.nc"),
    "nitf": Target(partial(_copied, "NITF", "a.ntf", GREY), "a.ntf"),
    "hfa": Target(partial(_copied, "HFA", "a.img", GREY), "a.img"),
    "envi": Target(partial(_copied, "ENVI", "a.img", SLC), "a.hdr", at="a.img"),
    "envi-data": Target(partial(_copied, "ENVI", "a.img", SLC), "a.img"),
    "vrt": Target(_vrt, "a.vrt"),
    "safe": Target(_safe, "S1A.SAFE/annotation/*iw1*.xml", at="S1A.SAFE"),
    "safe-tiff": Target(_safe, "S1A.SAFE/measurement/*iw1*", at="S1A.SAFE"),
    "safe-zip": Target(_safe_zip, "S1A.zip"),
    "sentinel2": Target(_sentinel2, "S2A.SAFE/GRANULE/L1C/IMG_DATA/*", at="S2A.SAFE"),
    "uavsar": Target(_uavsar, "a_L090HH_01.ann"),
    "idx": Target(
        lambda folder: made_idx(folder / "a-images-idx3-ubyte"),
        "a-images-idx3-ubyte",
        (("patches", "import", "idx", "{at}", "--out", "{out}"),),
    ),
    "idx-gz": Target(
        lambda folder: made_idx(folder / "a-images-idx3-ubyte.gz"),
        "a-images-idx3-ubyte.gz",
        (("patches", "import", "idx", "{at}", "--out", "{out}"),),
    ),
}
IMPORT = (("patches", "import", "folder", "{folder}", "--size", "8", "--out", "{out}"),)
READERS["folder"] = Target(partial(_copied, "PNG", "a.png", COLOURS), "a.png", IMPORT)
if importlib.util.find_spec("astropy"):
    READERS |= {"fits": Target(_fits, "a.fits"), "fits-packed": Target(_packed_fits, "a.fits.fz")}
FROM_SHARED = {
    "hdf5": ("sar_slc/nisar_h5/SanAnd_129.h5",),
    "hdf5-iceye": ("sar_slc/nisar_h5/calib_RSLC_ALPSRP025826990_RIO_BRANCO_CR.h5",),
    "sicd": ("sar_slc/sicd/sicd_50x50_RCM1.nitf",),
    "cosar": ("sar_slc/cosar/IMAGE_VV_S1pixels_strip.cos",),
    "isce": (
        "sar_slc/isce/warped_winnipeg.slc.vrt",
        "sar_slc/isce/warped_winnipeg.slc.xml",
        "sar_slc/isce/warped_winnipeg.slc",
    ),
    "netcdf-real": ("optical/other/PLANET_SCOPE_3D.nc",),
    "webp": ("optical/dtypes/webp.tif",),
    "lerc": ("optical/dtypes/gdal_byte_lerc.tif",),
    "envisat": ("corrupt/ASA_IMS_1PNESA20040703_truncated.N1",),
}
READERS |= {
    name: Target(partial(_shared, names), Path(names[0]).name)
    for name, names in FROM_SHARED.items()
    if all((SHARED / "data/open" / one).is_file() for one in names)
}

CHECK: tuple[Words, ...] = (
    ("patches", "check", "{folder}/patches"),
    ("patches", "check", "{folder}/patches", "--json"),
)
TRAIN = ("train", "{folder}/patches", "--steps", "1", "--method", "cvwgan/tiny", "--out", "{out}")
RESUME = ("train", "{folder}/patches", "--out", "{folder}/run", "--resume", "--steps", "5")
EXPORT = ("export", "{folder}/run", "--out", "{out}.onnx")
OF_RUN = (RESUME, EXPORT, ("call:satstudio.core.runs.run_rows:run_rows", "{folder}"))
STUDY = {
    "manifest": Target(_patches, "patches/manifest.json", CHECK),
    "shards": Target(_patches, "patches/*.npy", CHECK),
    "features-npy": Target(
        _images,
        "a.npy",
        (("score", "{folder}/a.npy", "{folder}/b.npy", "--features", "handcrafted", "--json"),),
    ),
    "model": Target(
        lambda folder: made_model(folder / "a.onnx"),
        "a.onnx",
        (("card", "{at}", "--json"), ("sample", "{at}", "--count", "2", "--out", "{out}.png")),
    ),
    "restorer": Target(
        lambda folder: (_tiff(GREY, folder), made_restorer(folder / "m.onnx")),
        "m.onnx",
        (("restore", "{folder}/a.tif", "--model", "{at}", "--out", "{out}.tif"),),
    ),
    "pyramid": Target(
        _pyramid,
        "cache/**/*",
        (("render", "{folder}/scene/a.tif", "--max-px", "64", "--out", "{out}.png"),),
    ),
    "settings": Target(
        _settings,
        "settings/settings.toml",
        (("call:satstudio.session.settings_file:load_settings",),),
    ),
    "session": Target(
        _session, "session.json", (("call:satstudio.session.autosave:restore_session", "{at}"),)
    ),
    "manifest-train": Target(_patches, "patches/manifest.json", (TRAIN,), needs_torch=True),
    "recipe": Target(
        _recipe,
        "recipe.toml",
        (("train", "{folder}/patches", "--recipe", "{at}", "--steps", "1", "--out", "{out}"),),
        needs_torch=True,
    ),
    "plan": Target(
        _plan,
        "plan.toml",
        (("sweep", "{at}", "{folder}/patches", "--out", "{out}"),),
        needs_torch=True,
    ),
    "run": Target(_run, "run/run.json", OF_RUN, needs_torch=True),
    "run-recipe": Target(_run, "run/recipe.toml", OF_RUN, needs_torch=True),
    "log": Target(_run, "run/log.jsonl", OF_RUN, needs_torch=True),
    "checkpoints": Target(_run, "run/checkpoints/*", OF_RUN[:2], needs_torch=True),
}
TARGETS = READERS | STUDY
