"""FID, KID and IS of a sweep by networks that the user names: ONNX files, through ONNX Runtime."""

import json

import numpy as np
import onnx
import pytest
from made_features import features_card, made_network
from made_patches import made_patches
from made_sweeps import run_plan
from onnx import TensorProto, helper, numpy_helper

from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.core.errors import InputError, ModelError, RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.metrics.measures.distribution import inception_score

BASE = {"method": "dcgan", "preset": "tiny", "steps": 2, "threads": 1, "samples": 2}


def stripes(count, seed=0):
    """Images of three classes: dark, middle and bright."""
    random = np.random.default_rng(seed)
    levels = np.array([50, 100, 150])[random.integers(0, 3, count)]
    return (levels[:, None, None, None] + 5 * random.standard_normal((count, 1, 16, 16))).astype(
        np.float32
    )


def class_network(path, ending="Softmax", classes=3):
    """Write a network without a card: logits or probabilities of the three classes, by level."""
    centres = np.array([50, 100, 150], np.float32)[:classes]
    weights = {"w": 0.02 * centres[None], "b": -0.01 * centres**2}
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logits"]),
        *([helper.make_node(ending, ["logits"], ["classes"])] if ending else []),
    ]
    name = "classes" if ending else "logits"
    graph = helper.make_graph(
        nodes, "classes",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, "rows", "cols"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(value.astype(np.float32), key) for key, value in weights.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images") / "made"
    return made_patches(folder, size=16, values=stripes(90), held_out=stripes(60, 1))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    card = features_card(bands=1, size_px=None, resize="none", n_logits=0)
    features = made_network(folder / "features.onnx", card, bands=1, side=16, logits=False)
    return {"extractor": str(features), "classifier": str(class_network(folder / "classes.onnx"))}


@pytest.fixture(scope="module")
def done(images, networks, tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "out"
    plan = SweepPlan.build(
        {"base": BASE, "seeds": [0, 1, 2], "keep": "nearest", "images": 64, **networks}
    )
    return json.loads(run_plan(plan, images, out, Progress()).read_text("utf-8")), out


def test_a_sweep_reports_fid_and_is_where_networks_are_named(done):
    page, _ = done
    table = page["report"]["sections"][0]["tables"][0]
    assert [head.partition(" ")[0] for head in table["head"][1:4]] == [
        "Fréchet",
        "Kernel",
        "Inception",
    ]
    assert table["head"][3].endswith("\N{UPWARDS ARROW}")
    for row in page["rows"]:
        figures, beside = row["figures"], row["beside"]
        assert figures["frechet_features"] > beside["frechet_features_floor"] > 0
        assert beside["inception_score_real"] > 2.5, "three classes, told apart"
        assert 1 <= figures["inception_score"] <= 3
        assert row["scored"]["n"] == 64
        assert row["scored"]["n_real"] == 60
    said = " ".join(page["report"]["sections"][0]["remarks"])
    assert "n 64 generated (seeds 0 to 63) against 60 held-out images" in said
    assert "amber" in said or "red" in said or "Fréchet distance and KID (fd_custom@none)" in said


def test_the_generator_nearest_to_the_mean_fid_is_kept_and_named(done):
    page, out = done
    values = [row["figures"]["frechet_features"] for row in page["rows"]]
    nearest = min(page["rows"], key=lambda row: abs(
        row["figures"]["frechet_features"] - np.mean(values)))  # fmt: skip
    assert [row["run"] for row in page["rows"] if row["has_checkpoint"]] == [nearest["run"]]
    (table,) = page["report"]["sections"][1]["tables"]
    assert table["rows"][0][1] == nearest["run"]
    assert (out / table["rows"][0][2]).is_file()


def test_a_stopped_sweep_with_scores_goes_on_and_finds_the_same(done, images, networks, tmp_path):
    again = SweepPlan.build(
        {"base": BASE, "seeds": [0], "keep": "nearest", "images": 64, **networks}
    )
    page = json.loads(run_plan(again, images, tmp_path / "out", Progress()).read_text("utf-8"))
    assert page["rows"][0]["figures"] == done[0]["rows"][0]["figures"]
    with pytest.raises(InputError, match="another 'images'"):
        run_plan(again.changed(images=50), images, tmp_path / "out", Progress())


@pytest.mark.parametrize("ending", ["Softmax", ""], ids=["probabilities", "logits"])
def test_probabilities_and_logits_give_the_same_score(ending, images, tmp_path):
    network = class_network(tmp_path / "classes.onnx", ending)
    plan = SweepPlan.build({"base": BASE, "seeds": [0], "images": 60, "classifier": str(network)})
    page = json.loads(run_plan(plan, images, tmp_path / "out", Progress()).read_text("utf-8"))
    held_out = stripes(60, 1).mean(axis=(1, 2, 3))
    centres = np.array([50, 100, 150])
    wanted = inception_score(0.02 * held_out[:, None] * centres - 0.01 * centres**2)["mean"]
    found = page["rows"][0]["beside"]["inception_score_real"]
    assert found == pytest.approx(wanted, rel=0.1)  # its order is another, and so are its ten parts
    assert plan.figures[0] == "inception_score"


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        ({"extractor": "nonsense"}, InputError, "There are no features 'nonsense'"),
        ({"extractor": "{tmp}/none.onnx"}, ModelError, "none.onnx"),
        ({"classifier": "{tmp}/one.onnx"}, InputError, "not the probabilities of classes"),
        ({"classifier": "{demo}"}, InputError, "not a network of features"),
        ({"extractor": "handcrafted", "taken": "best"}, RecipeError, "take the 'end'"),
    ],
)  # fmt: skip
def test_networks_that_cannot_work_are_refused_before_the_first_training(
    wrong, error, sentence, images, tmp_path
):
    class_network(tmp_path / "one.onnx", "", classes=1)
    demo = resources_folder() / "demo/generator.onnx"
    values = {
        key: value.format(tmp=tmp_path, demo=demo) if isinstance(value, str) else value
        for key, value in wrong.items()
    }
    with pytest.raises((error, RecipeError), match=sentence):
        run_plan(SweepPlan.build({"base": BASE, "seeds": [0], **values}), images,
                  tmp_path / "out", Progress())  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_too_few_held_out_images_are_refused(tmp_path):
    few = made_patches(tmp_path / "few", size=16, values=stripes(60), held_out=stripes(20))
    plan = SweepPlan.build({"base": BASE, "seeds": [0], "extractor": "handcrafted"})
    with pytest.raises(InputError, match="20 images are too few"):
        run_plan(plan, few, tmp_path / "out", Progress())


@pytest.mark.parametrize("name", ["celeba", "church", "conference", "flowers"])
def test_the_plans_of_table_4_take_networks(name):
    plan = SweepPlan.load(resources_folder() / f"recipes/nss/table4-{name}.toml")
    assert plan.keep == "nearest"
    scored = plan.changed(extractor="fid.onnx", classifier="classes.onnx", images=10_000)
    assert scored.figures[:3] == ("frechet_features", "kid", "inception_score")
    assert SweepPlan.build(scored.model_dump(mode="json")) == scored
