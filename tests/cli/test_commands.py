"""Each command on synthetic scenes: results on stdout, exit codes, the examples of the help."""

import importlib
import json
import shlex

import numpy as np
import pytest
import rasterio
from made import made_complex, made_intensity, made_rgb, made_slc, write_geotiff
from made_foreign import foreign
from made_idx import made_idx
from made_images import picture as made_picture
from made_models import made_model, made_restorer
from made_patches import made_patches
from PIL import Image

from satstudio.cli.command_table import COMMANDS
from satstudio.cli.main import main
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.jobs.demo.demo import sample_scene
from satstudio.patches.importing import make_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_surface
from satstudio.render.compose import render
from satstudio.render.picture import to_rgba
from satstudio.render.style import measure, style_for
from satstudio.scenes.scene import open_scene


def done(words, capsys, code=0):
    """Run a command; return what it wrote to stdout."""
    assert main([str(word) for word in words]) == code, capsys.readouterr().err
    return capsys.readouterr().out


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image)


def document(words, capsys, code=0):
    return json.loads(done([*words, "--json"], capsys, code))


def test_info_says_what_a_scene_holds(tmp_path, capsys):
    found = document(["info", made_slc(tmp_path, 256, 192)], capsys)
    assert found["size"] == {"rows": 256, "cols": 192}
    assert (found["dtype"], found["is_complex"], found["driver"]) == (
        "complex_int16",
        True,
        "GTiff",
    )
    assert found["bands"][0]["name"] == "VV"
    assert found["bands"][0]["polarisation"] == "VV"
    assert found["nodata"] == [0]
    assert len(found["gcps"]) == 16
    assert found["metadata"]["ACQUISITION_DATE"] == "2022-09-18"
    assert found["centre_lonlat"] == pytest.approx([15.0096, 44.9872], abs=1e-4)


def test_info_is_readable_without_json(tmp_path, capsys):
    text = done(["info", made_rgb(tmp_path)], capsys)
    assert "96 rows x 128 columns" in text
    assert "uint8" in text


@pytest.mark.parametrize("name", ["zero.tif", "text.tif"])
def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path, capsys, name):
    path = tmp_path / name
    path.write_bytes(b"" if name == "zero.tif" else b"<html>not found</html>")
    assert main(["info", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert name in captured.err
    assert len(captured.err.strip().splitlines()) == 1


def test_render_gives_the_picture_of_the_window(tmp_path, capsys):
    scene = made_complex(tmp_path)
    out = tmp_path / "part.png"
    words = ["render", scene, "--as", "hsv", "--window", "10,20,40,50", "--out", out]
    assert done(words, capsys).strip() == str(out)
    opened = open_scene(scene)
    style = style_for("hsv", measure(opened))
    expected = to_rgba(render(opened.read(Window(10, 20, 40, 50)), style))
    opened.close()
    assert np.array_equal(picture(out), expected)


def test_a_coarse_render_says_that_phase_is_for_full_resolution(tmp_path, capsys):
    scene, out = made_complex(tmp_path), tmp_path / "small.png"
    found = document(["render", scene, "--max-px", "32", "--out", out], capsys)
    assert max(picture(out).shape[:2]) == 32
    assert "full resolution only" in found["note"]


def test_render_takes_views_bands_and_stretches(tmp_path, capsys):
    slc, rgb = made_slc(tmp_path), made_rgb(tmp_path)
    for view in ("amplitude", "intensity", "db", "phase", "real", "imag", "hsv"):
        done(["render", slc, "--as", view, "--out", tmp_path / f"{view}.png"], capsys)
    done(["render", slc, "--paper", "--out", tmp_path / "paper.png"], capsys)
    band = ["render", rgb, "--as", "band", "--band", "2", "--stretch", "0,255"]
    done([*band, "--out", tmp_path / "green.png"], capsys)
    green = picture(tmp_path / "green.png")
    with rasterio.open(rgb) as source:
        assert np.abs(green[..., 0].astype(int) - source.read(2)).max() <= 1
    colours = ["render", rgb, "--as", "rgb", "--bands", "3,2,1", "--percent", "1,99"]
    done([*colours, "--out", tmp_path / "bgr.png"], capsys)
    assert len(list(tmp_path.glob("*.png"))) == 10


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--as", "hsv"], "not complex"),
        (["--band", "9"], "bands 1 to 3"),
        (["--bands", "1,2"], "3 numbers"),
        (["--window", "0,0,999,999"], "999"),
        (["--window", "a,b"], "no window"),
        (["--stretch", "5,1"], "larger"),
        (["--percent", "60,40"], "P < Q"),
        (["--percent", "1,99", "--stretch", "0,1"], "one of"),
    ],
)
def test_render_refuses_what_cannot_be(tmp_path, capsys, words, why):
    out = tmp_path / "no.png"
    assert main(["render", str(made_rgb(tmp_path)), *words, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert why in captured.err
    assert not out.exists()


def test_crop_keeps_type_and_geometry(tmp_path, capsys):
    out = tmp_path / "part.tif"
    found = document(["crop", made_slc(tmp_path), "--window", "16,32,64,48", "--out", out], capsys)
    assert found["window"] == "16,32,64,48"
    with rasterio.open(out) as part:
        assert part.dtypes == ("complex_int16",)
        assert part.shape == (64, 48)
        assert part.gcps[0][0].row == -16


def test_crop_by_place_on_the_ground(tmp_path, capsys):
    scene, out = made_complex(tmp_path), tmp_path / "place.tif"
    centre = document(["info", scene], capsys)["centre_lonlat"]
    box = f"{centre[0] - 0.001},{centre[1] - 0.001},{centre[0] + 0.001},{centre[1] + 0.001}"
    row, col, rows, cols = (
        int(part)
        for part in document(["crop", scene, f"--bbox={box}", "--out", out], capsys)[
            "window"
        ].split(",")
    )
    assert row < 64 < row + rows
    assert col < 64 < col + cols
    assert max(rows, cols) < 40


def test_crop_wants_one_kind_of_place(tmp_path, capsys):
    assert main(["crop", str(made_slc(tmp_path)), "--out", str(tmp_path / "x.tif")]) == 2
    assert "--window or as --bbox" in capsys.readouterr().err


def test_patches_are_cut_and_checked(tmp_path, capsys):
    out = tmp_path / "patches"
    words = ["patches", "cut", made_complex(tmp_path), "--size", "16", "--count", "20"]
    found = document([*words, "--out", out], capsys)
    assert found["train"] + found["validation"] == 20
    assert PatchSet.open(out).manifest.size_px == 16
    assert "nothing found" in done(["patches", "check", out], capsys)


def test_a_check_that_says_no_ends_with_3(tmp_path, capsys):
    pixels = np.ones((128, 128), np.complex64)
    scene = write_geotiff(tmp_path / "constant.tif", pixels)
    out = tmp_path / "patches"
    done(["patches", "cut", scene, "--size", "16", "--out", out], capsys)
    found = document(["patches", "check", out], capsys, code=3)
    assert {"constant"} <= {row["kind"] for row in found["findings"]}


def test_validation_patches_can_come_from_a_scene_of_their_own(tmp_path, capsys):
    train, held_out = (made_complex(tmp_path, seed=seed, name=f"{seed}.tif") for seed in (1, 2))
    words = ["patches", "cut", train, "--validation-scene", held_out, "--size", "16"]
    found = document([*words, "--count", "50", "--out", tmp_path / "set"], capsys)
    assert (found["train"], found["validation"]) == (40, 10)
    assert found["validation_sources"] == [str(held_out)]
    sources = PatchSet.open(tmp_path / "set").manifest.sources
    assert [(source.address, source.use) for source in sources] == [
        (str(train), "train"),
        (str(held_out), "validation"),
    ]


def test_patches_that_cannot_be_cut_say_why(tmp_path, capsys):
    words = ["patches", "cut", str(made_rgb(tmp_path)), "--size", "4096"]
    assert main([*words, "--out", str(tmp_path / "p")]) == 2
    assert "size_px" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_idx_files_become_spectra(tmp_path, capsys):
    root, out = made_idx(tmp_path / "digits.gz"), tmp_path / "spectra"
    words = ["patches", "import", "idx", root, "--set", "domain=fourier", "--set", "size_px=16"]
    found = document([*words, "--seed", "3", "--out", out], capsys)
    assert (found["train"], found["validation"], found["domain"]) == (16, 4, "fourier")
    assert PatchSet.open(out).manifest.seed == 3
    assert "nothing found" in done(["patches", "check", out], capsys)


def test_a_folder_of_images_becomes_pairs_for_training_validation_and_test(tmp_path, capsys):
    for number in range(10):
        made_picture(tmp_path / f"in/{number}.png", number)
    (tmp_path / "in/notes.txt").write_text("none")
    words = ["patches", "import", "folder", tmp_path / "in", "--set", "kind=colour"]
    words += ["--set", "validation_share=0.2", "--size", "16"]
    found = document([*words, "--seed", "3", "--out", tmp_path / "set"], capsys)
    assert (found["train"], found["validation"], found["test"]) == (7, 2, 1)
    assert found["roles"]["target"]["bands"] == ["red", "green", "blue"]
    assert found["remarks"] == ["in: 1 left out, no images: notes.txt."]
    assert "nothing found" in done(["patches", "check", tmp_path / "set"], capsys)
    assert main([*map(str, words), "--overwrite", "--out", str(tmp_path / "set")]) == 0
    assert "notes.txt" in capsys.readouterr().err


def test_nebulae_are_made_from_a_seed(tmp_path, capsys):
    words = ["patches", "make", "nebulae", "--count", "10", "--size-px", "16", "--seed", "4"]
    found = document([*words, "--out", tmp_path / "set"], capsys)
    assert (found["train"], found["validation"], found["test"]) == (8, 2, 0)
    assert PatchSet.open(tmp_path / "set").manifest.seed == 4
    assert main(["patches", "make", "idx", "--out", str(tmp_path / "other")]) == 2
    assert "not made from a seed" in capsys.readouterr().err


def test_a_file_that_is_no_idx_file_ends_with_2(tmp_path, capsys):
    (tmp_path / "no.gz").write_bytes(b"<html>")
    words = ["patches", "import", "idx", str(tmp_path / "no.gz"), "--out", str(tmp_path / "p")]
    assert main(words) == 2
    assert "no.gz is no gzip file" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_model_file_that_is_none_is_refused(tmp_path, capsys):
    (tmp_path / "no.onnx").write_bytes(b"nothing")
    assert main(["card", str(tmp_path / "no.onnx")]) == 2
    assert "no.onnx" in capsys.readouterr().err


def test_doctor_names_versions_and_what_is_missing(capsys):
    found = document(["doctor"], capsys)
    assert found["packages"]["needed"]["rasterio"]
    assert "GTiff" in found["gdal"]["drivers"]
    assert "CPUExecutionProvider" in found["onnxruntime"]["providers"]
    assert all(found["folders"][name]["is_writable"] for name in ("settings", "cache", "logs"))
    assert isinstance(found["missing"], list)


def test_a_broken_plugin_is_listed_with_its_reason(home, capsys):
    folder = home / "settings" / "plugins" / "readers"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text("raise RuntimeError('not today')\n")
    rows = document(["plugins"], capsys)
    broken = [row for row in rows if row["is_broken"]]
    assert [(row["kind"], row["name"]) for row in broken] == [("reader", "mine")]
    assert "not today" in broken[0]["reason"]
    assert {"reader", "metric", "baseline"} <= {row["kind"] for row in rows}


def test_a_demo_wants_a_complex_scene(tmp_path, capsys):
    out = tmp_path / "demo"
    words = ["demo", "--headless", "--out", str(out)]
    assert main([*words, "--scene", str(made_intensity(tmp_path))]) == 2
    assert "not complex" in capsys.readouterr().err
    assert main(["demo", "--headless"]) == 2
    assert not out.exists()


@pytest.mark.learn
@pytest.mark.slow
def test_methods_come_with_schema_and_presets(capsys):
    found = document(["methods"], capsys)
    method = next(item for item in found["methods"] if item["name"] == "complex_wgan_gp")
    assert method["wants_complex"]
    assert "properties" in method["options"]
    assert "cvwgan/small" in [preset["path"] for preset in method["presets"]]
    assert "steps" in found["train"]["properties"]


@pytest.mark.learn
@pytest.mark.slow
def test_the_examples_of_the_help_run(tmp_path, capsys, monkeypatch):
    """Each `--help` shows an example; run in the order of the road they feed each other."""
    monkeypatch.chdir(tmp_path)
    sample = open_scene(sample_scene())
    assert sample.is_complex
    sample.close()
    made_complex(tmp_path, 256, 256, name="scene.tif")
    for name, level in (("clean.tif", 0.5), ("made.tif", 0.6)):
        write_geotiff(tmp_path / name, np.full((32, 32), level, np.float32))
    made_idx(tmp_path / "train-images-idx3-ubyte")
    for name, kind in (("mine.onnx", "blur"), ("other.onnx", "deep")):
        made_restorer(tmp_path / name, kind)
    foreign(tmp_path / "theirs.onnx")
    choices = {"count": 10, "size_px": 32, "validation_share": 0.2}
    make_patches("gaps", choices, tmp_path / "holed", Progress())
    (tmp_path / "filters.toml").write_text(
        'experiment = "benchmark"\nmetrics = ["enl"]\n'
        '[[sets]]\nname = "made"\nscene = "scene.tif"\n[[models]]\nbaseline = "boxcar"\n',
        "utf-8",
    )
    assert {words[0] for words in _examples()} == set(COMMANDS)
    for words in _examples():
        if words[0] != "demo" and words[1:2] != ["convert"]:  # tests/flow walks the demo
            done(words, capsys)
    for name in (
        "scene.png",
        "part.tif",
        "patches",
        "run",
        "generator.onnx",
        "samples.png",
        "compare.png",
    ):
        assert (tmp_path / name).exists(), name


@pytest.mark.learn
@pytest.mark.nightly
def test_the_examples_of_converting_run(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from satstudio.learn.nets import inception, log_unet  # lazy: needs torch

    torch = importlib.import_module("torch")
    torch.save(inception.seeded_weights(0), tmp_path / "weights.pth")
    torch.save(log_unet.seeded_weights(0), tmp_path / "stripmap.pth")
    found = [words for words in _examples() if words[1:2] == ["convert"]]
    for words in found:
        done(words, capsys)
    assert (tmp_path / "fid.onnx").is_file()
    assert (tmp_path / "merlin.onnx").is_file()


def _examples():
    """The words of each example, in the order of the road."""
    texts = []
    for target, _ in COMMANDS.values():
        module, _, name = target.partition(":")
        command = getattr(importlib.import_module(f"satstudio.cli.commands.{module}"), name)
        texts += [item.epilog for item in getattr(command, "commands", {"": command}).values()]
    examples = [shlex.split(text.removeprefix("Example: satstudio ")) for text in texts]
    return sorted(examples, key=lambda words: list(COMMANDS).index(words[0]))


@pytest.mark.learn
@pytest.mark.slow
def test_a_dry_run_tells_time_and_memory_and_writes_nothing(tmp_path, capsys):
    scene = made_slc(tmp_path, 128, 128)
    patches = tmp_path / "patches"
    done(["patches", "cut", scene, "--size", "16", "--count", "20", "--out", patches], capsys)
    words = ["train", patches, "--method", "cvwgan/tiny", "--steps", "500", "--dry-run"]
    found = json.loads(done([*words, "--json"], capsys))
    assert found["steps"] == 500
    assert found["total_s"] >= 500 * found["step_s"]
    text = done(words, capsys)
    assert "Memory" in text
    assert "about 0:0" in text
    assert main(["train", str(patches), "--method", "cvwgan/tiny"]) == 2  # neither --out nor dry
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([scene.name, "patches"])


@pytest.mark.learn
@pytest.mark.slow
def test_train_takes_presets_files_and_settings_and_goes_on(tmp_path, capsys):
    patches = tmp_path / "patches"
    words = ["patches", "cut", made_complex(tmp_path), "--size", "16", "--out", patches]
    done(words, capsys)
    run = tmp_path / "run"
    train = ["train", patches, "--out", run]
    done([*train, "--method", "cvwgan/tiny", "--set", "lr=2e-3", "--steps", "2"], capsys)
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert facts["steps"] == 2
    assert "lr = 0.002" in (run / "recipe.toml").read_text("utf-8")
    assert main([*map(str, train), "--steps", "4"]) == 2  # it exists already
    assert "resume" in capsys.readouterr().err
    done([*train, "--resume", "--steps", "4"], capsys)
    assert json.loads((run / "run.json").read_text("utf-8"))["steps"] == 4
    again = tmp_path / "again"
    words = ["train", patches, "--recipe", run / "recipe.toml", "--steps", "1", "--out", again]
    done(words, capsys)
    like = tmp_path / "like"
    done(["train", "--like", run, "--set", "lr=1e-3", "--steps", "1", "--out", like], capsys)
    assert "lr = 0.001" in (like / "recipe.toml").read_text("utf-8")
    facts = [json.loads((made / "run.json").read_text("utf-8")) for made in (run, like)]
    assert facts[0]["trained_on_sha256"] == facts[1]["trained_on_sha256"]
    assert main(["train", "--like", str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    assert "no training run" in capsys.readouterr().err
    assert main([*map(str, train), "--method", "no-such"]) == 2
    assert "complex_wgan_gp" in capsys.readouterr().err
    assert main([*map(str, train[:2]), "--set", "colour=red", "--out", str(tmp_path / "r")]) == 2
    assert "colour" in capsys.readouterr().err
    samples = document(
        ["sample", run, "--count", "3", "--seed", "7", "--out", tmp_path / "s.npy"], capsys
    )
    assert samples["seeds"] == [7, 8, 9]
    assert np.load(tmp_path / "s.npy").shape == (3, 1, 16, 16)


def test_samples_stand_beside_real_patches_and_walk_between_seeds(tmp_path, capsys):
    model = made_model(tmp_path / "made.onnx")
    patches = made_patches(tmp_path / "set", validation=25, size=8)
    words = ["sample", model, "--count", "25", "--beside", patches, "--out"]
    assert document([*words, tmp_path / "s.png"], capsys)["seeds"] == list(range(25))
    assert picture(tmp_path / "s.png").shape[1] == 2 * (4 + 5 * 68), "two grids of 5 x 5"
    words = ["sample", model, "--count", "3", "--walk", "slerp", "--steps", "6", "--out"]
    done([*words, tmp_path / "w.png"], capsys)
    assert picture(tmp_path / "w.png").shape[1] == 4 + 6 * 68
    assert main([*map(str, words[:2]), "--count", "1", "--walk", "linear", "--out", "x.png"]) == 2
    assert "two seeds" in capsys.readouterr().err


def test_progress_is_for_terminals_only(tmp_path, capsys):
    done(["crop", made_slc(tmp_path), "--window", "0,0,9,9", "--out", tmp_path / "p.tif"], capsys)
    assert capsys.readouterr().err == ""
    assert Progress().is_stopped is False


@pytest.mark.learn
@pytest.mark.slow
def test_train_starts_from_a_model_file_or_says_why_it_cannot(tmp_path, capsys):
    patches, run, model = tmp_path / "patches", tmp_path / "run", tmp_path / "model.onnx"
    done(["patches", "cut", made_complex(tmp_path), "--size", "16", "--out", patches], capsys)
    train = ["train", patches, "--method", "despeckle/tiny", "--steps", "2"]
    done([*train, "--out", run], capsys)
    done(["export", run, "--out", model], capsys)
    done([*train, "--start", model, "--out", tmp_path / "started"], capsys)
    facts = json.loads((tmp_path / "started" / "run.json").read_text("utf-8"))
    assert facts["start"]["path"] == str(model)
    shown = [tmp_path / name / "samples" for name in ("run", "started")]
    assert [(folder / "step-000000000.png").is_file() for folder in shown] == [False, True]

    none = tmp_path / "none"
    wider = [*train, "--set", "channels=3", "--start", model, "--out", none]
    assert main([str(word) for word in wider]) == 2
    assert "model.onnx" in (told := capsys.readouterr().err)
    assert "Choose the preset 'tiny'" in told
    assert not none.exists()
    again = ["train", patches, "--resume", "--start", model, "--out", run]
    assert main([str(word) for word in again]) == 2
    assert "--start begins a new run" in capsys.readouterr().err


@pytest.mark.learn
@pytest.mark.slow
def test_train_says_that_patches_are_not_white_and_how_to_cut_white_ones(tmp_path, capsys):
    model = SceneModel(rows=256, cols=256)
    samples = simulate_surface(np.ones((256, 256)), model, np.random.default_rng(3))
    scene = write_geotiff(tmp_path / "scene.tif", samples.astype(np.complex64), names=["VV"])
    said = {}
    for option in ([], ["--white"]):
        patches, run = (tmp_path / f"{kind}{len(option)}" for kind in ("patches", "run"))
        cut = ["patches", "cut", scene, "--size", "16", "--count", "40", *option, "--out", patches]
        done(cut, capsys)
        train = ["train", patches, "--method", "despeckle/tiny", "--steps", "1", "--out", run]
        assert main([str(word) for word in train]) == 0
        said[bool(option)] = capsys.readouterr().err
    assert "cut them with 'satstudio patches cut --white'" in said[False]
    assert said[True] == ""
