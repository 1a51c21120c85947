"""--quantity, --iq and what addresses say of a scene, through the commands themselves."""

import json
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made import write_geotiff

from satstudio.cli.main import main
from satstudio.scenes.scene import open_scene

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
POWER = np.random.default_rng(3).exponential(0.05, (48, 64)).astype(np.float32)
DB = (10 * np.log10(POWER)).astype(np.float32)


@pytest.fixture
def scene(tmp_path):
    return str(write_geotiff(tmp_path / "scene.tif", DB))


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def info(capsys, *words):
    code, out, err = run(capsys, "info", *words, "--json")
    assert code == 0, err
    found = json.loads(out)
    return found["quantity"], found["quantity_source"], found["quantity_reason"]


def read(path):
    with closing(open_scene(path)) as scene:
        return scene.quantity, scene.read().pixels


def test_info_says_what_values_are_and_who_says_so(capsys, open_data):
    gamma = open_data / "optical/nodata/cog_nodata_nan.tif"
    assert info(capsys, gamma) == ("gamma0", "file", "the band name Gamma0_VV")
    text = run(capsys, "info", open_data / "sar_intensity/sen1floods11/Spain_7370579_S1Hand.tif")[1]
    assert "decibels (10 log10 of power); guessed: its bands are called VV, VH" in text


def test_what_is_said_on_the_command_line_is_remembered_for_this_file(capsys, scene, tmp_path):
    assert info(capsys, scene)[:2] == ("dn", "guess")
    assert info(capsys, scene, "--quantity", "db")[:2] == ("db", "user")
    assert info(capsys, scene)[:2] == ("db", "user")
    assert info(capsys, f"{scene}#quantity=dn")[:2] == ("dn", "user")
    assert info(capsys, scene, "--quantity", "auto")[:2] == ("dn", "guess")
    assert info(capsys, scene)[:2] == ("dn", "guess")


def test_another_file_under_the_same_name_is_believed_again(capsys, scene, tmp_path):
    info(capsys, scene, "--quantity", "db")
    write_geotiff(tmp_path / "scene.tif", POWER[:-1])
    assert info(capsys, scene)[:2] == ("dn", "guess")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 3}', "\x00" * 40])
def test_a_damaged_memory_is_no_error(capsys, scene, home, content):
    (home / "state").mkdir(exist_ok=True)
    (home / "state/scenes.json").write_text(content)
    assert info(capsys, scene)[0] == "dn"
    assert info(capsys, scene, "--quantity", "db")[0] == "db"
    assert info(capsys, scene)[0] == "db"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--quantity", "nonsense"], "no quantity 'nonsense'; it may be power, amplitude, db"),
        (["--iq", "1,2"], "scene.tif has 1 band"),
        (["--iq", "1"], "an I without its Q"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(capsys, scene, words, reason):
    code, out, err = run(capsys, "info", scene, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reason in err
    assert info(capsys, scene)[1] == "guess"


def test_address_and_option_do_not_contradict(capsys, scene):
    code, _, err = run(capsys, "info", f"{scene}#quantity=db", "--quantity", "dn")
    assert code == 2
    assert "leave one of them out" in err


def test_options_speak_of_one_scene(capsys, scene, tmp_path):
    other = write_geotiff(tmp_path / "other.tif", DB)
    code, _, err = run(
        capsys,
        "restore",
        scene,
        other,
        "--baseline",
        "lee",
        "--quantity",
        "db",
        "--out",
        tmp_path / "o",
    )
    assert code == 2
    assert f"{scene}#quantity=db" in err


def test_a_scene_in_decibels_is_not_inverted_by_the_view_of_decibels(capsys, scene, tmp_path):
    pictures = []
    for number, words in enumerate((["--as", "db", "--quantity", "db"], ["--as", "band"])):
        out = tmp_path / f"{number}.png"
        assert run(capsys, "render", scene, *words, "--stretch", "-25,-5", "--out", out)[0] == 0
        with rasterio.open(out) as picture:
            pictures.append(picture.read().astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


@pytest.mark.parametrize(
    ("quantity", "values", "wanted"),
    [
        ("power", POWER, DB),
        ("sigma0", POWER, DB),
        ("amplitude", np.sqrt(POWER), DB),
        ("db", DB, DB),
        ("dn", POWER, DB),
    ],
)
def test_decibels_are_those_of_the_power(capsys, tmp_path, quantity, values, wanted):
    path = write_geotiff(tmp_path / "a.tif", values)
    out = tmp_path / "a.png"
    words = ("--as", "db", "--quantity", quantity, "--stretch", "-30,0", "--out", out)
    assert run(capsys, "render", path, *words)[0] == 0
    with rasterio.open(out) as picture:
        found = picture.read(1).astype(float)
    np.testing.assert_allclose(found, np.clip((wanted + 30) / 30, 0, 1) * 255, atol=0.75)


@pytest.mark.parametrize("quantity", ["height", "class", "phase", "coherence", "reflectance"])
def test_what_has_no_power_has_no_decibels_and_no_speckle(capsys, scene, tmp_path, quantity):
    code, _, err = run(
        capsys, "render", scene, "--as", "db", "--quantity", quantity, "--out", tmp_path / "a.png"
    )
    assert code == 2
    assert "set by you" in err
    for name in ("lee", "refined_lee", "gamma_map", "boxcar"):
        out = tmp_path / "o.tif"
        code, _, err = run(capsys, "restore", scene, "--baseline", name, "--out", out)
        assert (code, out.exists()) == (2, False)
        assert "filter of radar speckle" in err


def test_a_filter_gives_back_what_it_took(capsys, tmp_path):
    found = {}
    for quantity, values in (("power", POWER), ("amplitude", np.sqrt(POWER)), ("db", DB)):
        path = write_geotiff(tmp_path / f"{quantity}.tif", values)
        out = tmp_path / f"{quantity}_lee.tif"
        words = ("--baseline", "lee", "--quantity", quantity, "--out", out)
        assert run(capsys, "restore", path, *words)[0] == 0
        tagged, pixels = read(out)
        assert tagged == quantity
        found[quantity] = pixels
    np.testing.assert_allclose(np.square(found["amplitude"]), found["power"], rtol=1e-4)
    np.testing.assert_allclose(10 ** (found["db"] / 10), found["power"], rtol=1e-4)


def test_sigma0_stays_sigma0(capsys, tmp_path):
    path = write_geotiff(tmp_path / "a.tif", POWER)
    out = tmp_path / "o.tif"
    words = ("--baseline", "lee", "--quantity", "sigma0", "--out", out)
    assert run(capsys, "restore", path, *words)[0] == 0
    assert read(out)[0] == "sigma0"


def test_lee_of_a_sicd_is_of_the_intensity_of_its_complex_samples(capsys, open_data, tmp_path):
    sicd = open_data / "sar_slc/sicd/sicd_50x50_RCM1.nitf"
    with rasterio.open(sicd) as plain:
        parts = plain.read()
    power = write_geotiff(tmp_path / "power.tif", parts[0] ** 2 + parts[1] ** 2)
    for path, words, out in (
        (sicd, (), tmp_path / "sicd.tif"),
        (power, ("--quantity", "power"), tmp_path / "known.tif"),
    ):
        assert run(capsys, "restore", path, "--baseline", "lee", *words, "--out", out)[0] == 0
    quantity, found = read(tmp_path / "sicd.tif")
    assert (quantity, len(found)) == ("power", 1)
    np.testing.assert_allclose(found, read(tmp_path / "known.tif")[1], rtol=1e-5)


def test_halves_that_nobody_named_are_not_filtered(capsys, open_data, tmp_path):
    path = open_data / "sar_slc/opensarship/Cargo_x25478_y9693.tif"
    out = tmp_path / "o.tif"
    code, _, err = run(capsys, "restore", path, "--baseline", "lee", "--out", out)
    assert (code, out.exists()) == (2, False)
    assert "#iq=..." in err
    words = ("restore", path, "--baseline", "lee", "--iq", "1,2,3,4", "--out", out)
    assert run(capsys, *words)[0] == 0
    quantity, found = read(out)
    assert (quantity, len(found)) == ("power", 2)
    assert found.min() >= 0


def test_patches_of_halves_are_complex(capsys, open_data, tmp_path):
    path = open_data / "sar_slc/opensarship/Cargo_x25478_y9693.tif"
    words = ("patches", "cut", path, "--iq", "3,4", "--size", "16", "--count", "8")
    assert run(capsys, *words, "--validation-share", "0", "--out", tmp_path / "set")[0] == 0
    manifest = json.loads((tmp_path / "set/manifest.json").read_text())
    (port,) = manifest["ports"]
    assert (port["dtype"], port["quantity"]) == ("complex64", "complex")
    assert manifest["sources"][0]["address"].endswith("#iq=3,4")


def test_a_crop_and_patches_keep_the_quantity(capsys, scene, tmp_path):
    crop, words = tmp_path / "crop.tif", ("--window", "0,0,40,40", "--quantity", "db")
    assert run(capsys, "crop", scene, *words, "--out", crop)[0] == 0
    assert info(capsys, crop) == ("db", "file", "its tag SATSTUDIO_QUANTITY")
    made = ("--size", "8", "--count", "6", "--validation-share", "0", "--out", tmp_path / "set")
    assert run(capsys, "patches", "cut", crop, *made)[0] == 0
    (port,) = json.loads((tmp_path / "set/manifest.json").read_text())["ports"]
    assert port["quantity"] == "db"


def test_patches_of_two_quantities_are_refused(capsys, tmp_path):
    paths = [write_geotiff(tmp_path / f"{name}.tif", POWER) for name in ("a", "b")]
    code, _, err = run(
        capsys, "patches", "cut", f"{paths[0]}#quantity=db", f"{paths[1]}#quantity=height",
        "--size", "16", "--count", "4", "--out", tmp_path / "set",
    )  # fmt: skip
    assert code == 2
    assert "one quantity" in err


def test_the_same_file_under_two_quantities_is_one_ground(capsys, scene, tmp_path):
    code, _, err = run(
        capsys, "patches", "cut", scene, "--validation-scene", f"{scene}#quantity=dn",
        "--size", "16", "--count", "4", "--out", tmp_path / "set",
    )  # fmt: skip
    assert code == 2
    assert "choose another scene" in err


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("db", "db", 0),
        ("db", "power", 0),
        ("sigma0", "power", 0),
        ("sigma0", "gamma0", 2),
        ("class", "class", 2),
        ("height", "db", 2),
    ],
)
def test_scores_follow_the_quantity_or_refuse(capsys, tmp_path, first, second, code):
    kinds = {"db": DB, "amplitude": np.sqrt(POWER)}
    pair = [
        f"{write_geotiff(tmp_path / f'{n}.tif', kinds.get(name, POWER))}#quantity={name}"
        for n, name in enumerate((first, second))
    ]
    words = ("--metrics", "mse,radiometric_bias_db", "--json")
    found, out, err = run(capsys, "score", *pair, *words)
    assert found == code, err
    if code == 0:
        scores = json.loads(out)
        assert scores["mse"]["value"] == pytest.approx(0, abs=1e-12)
        assert scores["radiometric_bias_db"]["value"] == pytest.approx(0, abs=1e-4)


def test_psnr_of_classes_is_refused(capsys, tmp_path):
    path = write_geotiff(tmp_path / "land.tif", (POWER * 99).astype("u1"))
    words = ("--metrics", "psnr", "--data-range", "255")
    code, _, err = run(capsys, "score", f"{path}#quantity=class", f"{path}#quantity=class", *words)
    assert code == 2
    assert "classes" in err
