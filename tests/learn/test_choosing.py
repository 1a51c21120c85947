"""The best checkpoint: chosen by the right figure, on patches that the report does not judge by."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_patches import band_limited, made_patches, made_ports

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.evaluation.preview import GeneratorPreview
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop import loop
from satstudio.learn.loop.checkpoint import (
    chosen_checkpoint,
    load_checkpoint,
    save_checkpoint,
    shown_checkpoint,
)
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.method import METHODS
from satstudio.learn.setup.choosing import choosing_count, is_better
from satstudio.pixels.noise import complex_normal
from satstudio.restore.models.model_file import ModelFile

OFTEN = {"check_every_s": 1e-9, "checkpoint_every_s": 1e-9}
NAN, INF = math.nan, math.inf


def lines(run):
    return [json.loads(text) for text in (run / "log.jsonl").read_text().splitlines()]


def info(run):
    return json.loads((run / "run.json").read_text())


def tell(monkeypatch, distances, then=0.9):
    """Let comparisons find these distances, one after the other."""
    told, measure = iter(distances), GeneratorPreview.figures

    def figures(self, made):
        found = measure(self, made)
        return replace(found, distances={**found.distances, "swd": next(told, then)})

    monkeypatch.setattr(GeneratorPreview, "figures", figures)


@pytest.fixture(scope="module", autouse=True)
def each_step_is_compared():
    """Comparisons may take any share of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "VALIDATION_SHARE", math.inf)
        yield


@pytest.fixture(scope="module")
def checked(recipe, patches, tmp_path_factory):
    """A run that was compared and saved at each of its 12 steps."""
    out = tmp_path_factory.mktemp("checked") / "run"
    return train(patches, recipe.changed(**OFTEN, keep_checkpoints=5), out, Progress())


def test_the_best_is_nearest_to_held_out_patches_in_sliced_wasserstein_distance(checked):
    swd = {line["step"]: line["swd"] for line in lines(checked) if "swd" in line}
    best = info(checked)["best"]
    assert len(swd) >= 10
    assert (best["by"], best["step"]) == ("swd", min(swd, key=swd.get))
    assert best["swd"] == min(swd.values())
    assert shown_checkpoint(checked / "checkpoints").step == best["step"]


@pytest.mark.parametrize("start", [NAN, INF, -INF])
def test_a_figure_that_is_not_finite_never_wins_and_never_blocks(
    recipe, patches, tmp_path, monkeypatch, start
):
    tell(monkeypatch, [start, 0.5, NAN, 0.2, -INF, 0.3, INF])
    events = []
    progress = Progress(announce=lambda name, fields: events.append((name, dict(fields))))
    run = train(patches, recipe.changed(**OFTEN), tmp_path / "run", progress)
    logged = [line["swd"] for line in lines(run) if "swd" in line]
    assert logged[:7] == [None, 0.5, None, 0.2, None, 0.3, None]
    best = info(run)["best"]
    assert (best["step"], best["swd"]) == (4, 0.2)
    assert [fields["swd"] for name, fields in events if name == "best"] == [0.5, 0.2]


def test_what_is_better():
    assert is_better("swd", {"swd": 0.5}, {})
    assert is_better("swd", {"swd": 0.5}, {"swd": None, "quality": 0.1})
    assert is_better("swd", {"swd": 0.5}, {"swd": NAN})
    assert not is_better("swd", {"swd": 0.5}, {"swd": 0.5})
    for value in (None, NAN, INF, -INF):
        assert not is_better("swd", {"swd": value}, {})


def test_a_run_of_an_earlier_version_goes_on_and_its_best_is_beaten_by_the_same_figure(
    checked, recipe, patches, tmp_path, monkeypatch
):
    run = shutil.copytree(checked, tmp_path / "run")
    newest = load_checkpoint(sorted((run / "checkpoints").glob("step-*.safetensors"))[-1])
    facts = {key: value for key, value in newest.info.items() if key != "choosing"}
    facts["best"] = {"step": 12, "quality": 0.1, "swd": 0.4, "ks_modulus": 0.03}
    for kind in ("best", "step"):
        save_checkpoint(run / "checkpoints", newest.tensors, facts, kind)
    tell(monkeypatch, [0.45, 0.39], 0.5)
    train(patches, recipe.changed(**OFTEN, steps=18), run, Progress(), resume=True)
    assert info(run)["best"]["step"] == 14
    assert [path.name for path in (run / "checkpoints").glob("best-*.safetensors")] == [
        "best-000000014.safetensors"
    ]


def test_going_on_never_makes_a_worse_state_the_best(recipe, patches, tmp_path, monkeypatch):
    tell(monkeypatch, [0.5, 0.1], 0.4)
    run = train(patches, recipe.changed(**OFTEN), tmp_path / "run", Progress())
    before = info(run)["best"]
    assert before["swd"] == 0.1
    tell(monkeypatch, [], 0.3)
    train(patches, recipe.changed(**OFTEN, steps=15), run, Progress(), resume=True)
    assert info(run)["best"] == before
    assert shown_checkpoint(run / "checkpoints").step == before["step"]


def test_after_a_crash_the_best_that_is_said_is_the_best_that_is_kept(
    recipe, patches, tmp_path, monkeypatch
):
    run = train(patches, recipe.changed(**OFTEN), tmp_path / "run", Progress())
    folder = run / "checkpoints"
    newest = load_checkpoint(sorted(folder.glob("step-*.safetensors"))[-1])
    late = {**newest.info, "step": 40, "best": {"step": 40, "by": "swd", "swd": 0.3}}
    save_checkpoint(folder, newest.tensors, late, "best")
    tell(monkeypatch, [0.35], 0.2)
    train(patches, recipe.changed(**OFTEN, steps=13), run, Progress(), resume=True)
    assert info(run)["best"]["step"] == shown_checkpoint(folder).step == 40
    train(patches, recipe.changed(**OFTEN, steps=16), run, Progress(), resume=True)
    assert info(run)["best"]["step"] == shown_checkpoint(folder).step < 40


def test_so_many_checkpoints_stay_as_were_asked_for(checked):
    names = sorted(path.name[:4] for path in (checked / "checkpoints").glob("*.safetensors"))
    assert names == ["best"] + ["step"] * 5


def test_any_checkpoint_can_be_named(checked, tmp_path):
    folder = checked / "checkpoints"
    assert chosen_checkpoint(folder).path.name.startswith("best-")
    assert chosen_checkpoint(folder, "newest").step == 12
    assert chosen_checkpoint(folder, "9").path.name == "step-000000009.safetensors"
    file = folder / "step-000000010.safetensors"
    assert chosen_checkpoint(folder, str(file)).step == 10
    assert chosen_checkpoint(folder, file.name).step == 10
    for wrong in ("4711", "nothing", str(tmp_path)):
        with pytest.raises(RunError, match=f"no checkpoint '{wrong}'; it has best .*step 9"):
            chosen_checkpoint(folder, wrong)


def test_what_is_exported_is_the_checkpoint_that_was_named(checked, recipe, tmp_path):
    for which in ("8", "newest"):
        model = ModelFile.load(
            export_onnx(checked, tmp_path / f"{which}.onnx", Progress(), checkpoint=which)
        )
        method = METHODS[recipe.method].make(recipe.chosen(), made_ports(), 0, torch.device("cpu"))
        method.load_state(chosen_checkpoint(checked / "checkpoints", which).tensors)
        noise = complex_normal(5, 3, 16)
        wanted = method.exportable().reference(noise)
        found = model.run(np.stack([noise.real, noise.imag], 2).reshape(3, -1).astype(np.float32))
        assert np.allclose(found[:, 0::2] + 1j * found[:, 1::2], wanted, atol=1e-4)
    assert (tmp_path / "8.onnx").read_bytes() != (tmp_path / "newest.onnx").read_bytes()


def test_a_checkpoint_of_another_network_is_refused(checked, recipe, patches, tmp_path):
    other = recipe.changed(steps=1, options=recipe.options | {"latent": 24})
    run = train(patches, other, tmp_path / "other", Progress())
    (file,) = (run / "checkpoints").glob("best-*.safetensors")
    with pytest.raises(RunError, match="does not fit the recipe"):
        export_onnx(checked, tmp_path / "made.onnx", Progress(), checkpoint=str(file))
    assert not (tmp_path / "made.onnx").exists()


@pytest.mark.parametrize(
    ("held_out", "measured", "chosen_on"),
    [(6, 64, 6), (127, 64, 127), (128, 64, 64), (301, 64, 150)],
)
def test_half_of_the_held_out_patches_are_kept_to_judge_by_where_there_are_enough(
    held_out, measured, chosen_on
):
    assert choosing_count(held_out, measured) == chosen_on


def test_the_best_is_chosen_without_a_look_at_the_patches_that_judge_it(recipe, tmp_path):
    figures = []
    for name, louder in (("one", 1), ("other", 7)):
        values = band_limited(130, 16, 1)
        values[65:] *= louder
        folder = made_patches(tmp_path / name, size=16, validation=130, held_out=values)
        run = train(folder, recipe.changed(steps=2, **OFTEN), tmp_path / f"{name}-run", Progress())
        assert info(run)["choosing"] == {
            "by": "swd", "split": "validation", "patches": 65, "of": 130,
        }  # fmt: skip
        figures.append([(line["swd"], line["ks_modulus"]) for line in lines(run) if "swd" in line])
    assert figures[0] == figures[1]


def test_a_run_that_began_with_all_patches_goes_on_with_all(recipe, tmp_path):
    folder = made_patches(tmp_path / "patches", size=16, validation=130)
    run = train(folder, recipe.changed(steps=2, **OFTEN), tmp_path / "run", Progress())
    for path in (run / "checkpoints").glob("step-*.safetensors"):
        found = load_checkpoint(path)
        facts = {key: value for key, value in found.info.items() if key != "choosing"}
        save_checkpoint(path.parent, found.tensors, facts)
    train(folder, recipe.changed(steps=4, **OFTEN), run, Progress(), resume=True)
    assert info(run)["choosing"]["patches"] == 130


def test_a_restorer_keeps_what_restores_held_out_patches_best(patches, tmp_path):
    recipe = TrainRecipe(
        method="despeckle", preset="tiny", steps=6, threads=1, samples=2, log_every_s=0, **OFTEN
    )
    run = train(patches, recipe, tmp_path / "run", Progress())
    losses = {line["step"]: line["held_out_loss"] for line in lines(run) if "held_out_loss" in line}
    best = info(run)["best"]
    assert (best["by"], best["step"]) == ("held_out_loss", min(losses, key=losses.get))
