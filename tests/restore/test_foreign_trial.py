"""A network that others made is run, and what it takes and gives is found."""

import numpy as np
import onnx
import pytest
from made import write_geotiff
from made_foreign import MEAN, STD, deepness, foreign

from satstudio.core.errors import InputError, ModelError, SatstudioError
from satstudio.core.progress import Progress
from satstudio.restore.foreign.description import Description
from satstudio.restore.foreign.trial import try_model


def tried(path, scene="", pictures=None, **said):
    return try_model(path, Description(**said), scene, pictures, Progress())


def refused(path, **said):
    with pytest.raises(ModelError) as error:
        tried(path, **said)
    return str(error.value)


@pytest.mark.parametrize(
    ("kind", "layout", "ratio", "crop", "halo", "multiple", "dtype"),
    [
        ("plain", "nchw", "1", 0, 2, 1, "float"),
        ("nhwc", "nhwc", "1", 0, 2, 1, "float"),
        ("valid", "nchw", "1", 2, 2, 1, "float"),
        ("double", "nchw", "2", 0, 2, 1, "float"),
        ("pooled", "nchw", "1", 0, 3, 4, "float"),
        ("bytes", "nchw", "1", 0, 2, 1, "uint8"),
        ("half", "nchw", "1", 0, 2, 1, "float16"),
    ],
)
def test_layout_ratio_halo_and_multiple_are_measured(
    tmp_path, kind, layout, ratio, crop, halo, multiple, dtype
):
    found = tried(foreign(tmp_path / "theirs.onnx", kind))
    assert (found.layout, found.ratio, found.crop_px) == (layout, ratio, crop)
    assert (found.halo_px, found.size_multiple, found.dtype) == (halo, multiple, dtype)
    assert (found.bands_in, found.bands_out, found.side_px) == (3, 3, None)
    assert found.is_finite
    assert found.seam <= 1e-5


@pytest.mark.parametrize("kind", ["plain", "nhwc", "valid", "double", "pooled"])
def test_of_one_size_the_same_is_found(tmp_path, kind):
    free = tried(foreign(tmp_path / "free.onnx", kind))
    fixed = tried(foreign(tmp_path / "fixed.onnx", kind, side=64))
    assert (fixed.side_px, fixed.tile_px) == (64, 64)
    same = ("layout", "ratio", "crop_px", "halo_px", "size_multiple", "blending")
    assert [getattr(fixed, name) for name in same] == [getattr(free, name) for name in same]


def test_an_answer_that_looks_over_the_whole_tile_is_blended(tmp_path):
    found = tried(foreign(tmp_path / "theirs.onnx", "normed"))
    assert found.halo_px is None
    assert found.blending == "weighted"
    assert "whole tile" in " ".join(found.remarks)


def test_tiles_too_small_for_their_halo_are_blended_and_a_chosen_one_is_refused(tmp_path):
    small = tried(foreign(tmp_path / "small.onnx", "coarse", side=16))
    assert (small.halo_px, small.blending) == (None, "weighted")
    assert "whole tile" in " ".join(small.remarks)
    path = foreign(tmp_path / "theirs.onnx")
    assert "no room inside a halo of 2 px" in refused(path, tile_px=4)
    assert "no room inside a halo of 300 px" in refused(path, halo_px=300)
    assert tried(path, tile_px=5).tile_px == 5


@pytest.mark.parametrize("side", [1, 2, 5])
def test_tiny_tiles_are_no_trouble(tmp_path, side):
    found = tried(foreign(tmp_path / "theirs.onnx", side=side))
    assert (found.tile_px, found.ratio) == (side, "1")


def test_half_as_many_pixels_of_tiles_of_any_size(tmp_path):
    for side in (None, 64, 4):
        found = tried(foreign(tmp_path / "theirs.onnx", "halved", side=side))
        assert (found.ratio, found.crop_px) == ("1/2", 0)
        assert found.size_multiple == 2


def test_a_network_of_bytes_sees_all_of_a_scene_of_16_bits(tmp_path):
    pixels = (np.random.default_rng(0).random((3, 80, 90)) * 65_535).astype("uint16")
    scene = write_geotiff(tmp_path / "scene.tif", pixels)
    found = tried(foreign(tmp_path / "theirs.onnx", "bytes"), str(scene))
    assert found.top == 257
    assert found.high > 150


def test_metadata_of_deepness_say_how_it_is_fed(tmp_path):
    metadata = deepness(
        model_type="Regressor", tile_size=96, standardization_mean=MEAN, standardization_std=STD
    )
    path = foreign(tmp_path / "theirs.onnx", metadata=metadata)
    found = tried(path)
    assert (found.top, found.mean, found.std, found.tile_px) == (255, MEAN, STD, 96)
    said = tried(path, top=1.0, mean=(0.0,), std=(1.0,))
    assert (said.top, said.mean) == (1, (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("dtype", "largest", "top"),
    [("uint8", 200, 255), ("uint16", 9000, 10_000), ("uint16", 60_000, 65_535), ("float32", 1, 1)],
)
def test_the_range_is_that_of_the_scene_it_is_tried_on(tmp_path, dtype, largest, top):
    rng = np.random.default_rng(0)
    pixels = (rng.random((3, 80, 90)) * largest).astype(dtype)
    scene = write_geotiff(tmp_path / "scene.tif", pixels)
    found = tried(foreign(tmp_path / "theirs.onnx"), str(scene))
    assert found.top == top
    assert found.tried_on == "the middle of scene.tif"


def test_a_patch_before_and_after_is_drawn(tmp_path):
    tried(foreign(tmp_path / "theirs.onnx"), pictures=tmp_path / "shown")
    for name in ("before.png", "after.png"):
        assert (tmp_path / "shown" / name).read_bytes().startswith(b"\x89PNG")


def test_a_scene_with_fewer_bands_is_refused(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", np.ones((1, 40, 40), "uint8"))
    with pytest.raises(InputError, match=r"scene.tif has 1 band\(s\), the model takes 3"):
        tried(foreign(tmp_path / "theirs.onnx"), str(scene))


def test_a_scene_of_one_pixel_of_nan_and_of_zeros_harms_nothing(tmp_path):
    path = foreign(tmp_path / "theirs.onnx", bands=1)
    dot = write_geotiff(tmp_path / "dot.tif", np.full((1, 1, 1), 7, "float32"))
    assert "same everywhere" not in " ".join(tried(path, str(dot)).remarks)  # its edges differ
    flat = write_geotiff(tmp_path / "flat.tif", np.zeros((1, 30, 30), "float32"))
    assert "same everywhere" in " ".join(tried(path, str(flat)).remarks)
    empty = write_geotiff(tmp_path / "empty.tif", np.full((1, 30, 30), np.nan, "float32"))
    with pytest.raises(InputError, match=r"empty.tif has no data"):
        tried(path, str(empty))


# ----------------------------------------------------------------------------- what is refused


def changed(path, change):
    model = onnx.load(path)
    change(model)
    onnx.save(model, path)
    return path


def test_a_file_cut_short_is_told_in_one_sentence(tmp_path):
    whole = foreign(tmp_path / "theirs.onnx").read_bytes()
    for length in (0, 1, 40, len(whole) // 2, len(whole) - 3):
        path = tmp_path / "short.onnx"
        path.write_bytes(whole[:length])
        with pytest.raises(SatstudioError) as error:
            tried(path)
        assert "short.onnx" in str(error.value)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_do_no_harm_or_are_told_in_a_sentence(tmp_path, seed):
    metadata = deepness(tile_size=32, standardization_mean=MEAN, standardization_std=STD)
    path = foreign(tmp_path / "theirs.onnx", side=32, metadata=metadata)
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 1 + 4 * (seed % 3)):
        data[place] = rng.integers(0, 256)
    path.write_bytes(data)
    said = ""
    try:
        tried(path)
    except SatstudioError as error:
        said = str(error)
    assert not said or "theirs.onnx" in said


def test_operators_that_need_their_makers_code_are_refused(tmp_path):
    def change(model):
        model.graph.node[0].domain, model.graph.node[0].op_type = "com.acme", "Secret"
        model.opset_import.append(onnx.helper.make_opsetid("com.acme", 1))

    said = refused(changed(foreign(tmp_path / "theirs.onnx"), change))
    assert "needs the operator Secret of 'com.acme'" in said


def test_weights_in_other_files_are_refused(tmp_path):
    path = foreign(tmp_path / "theirs.onnx")
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert "keeps its weights in other files" in refused(path)


def test_two_inputs_several_images_and_other_shapes_are_refused(tmp_path):
    def second(model):
        extra = onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [1])
        model.graph.input.append(extra)

    def batch(model):
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4
        model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 4

    def oblong(model):
        dims = model.graph.input[0].type.tensor_type.shape.dim
        dims[2].dim_value, dims[3].dim_value = 64, 96

    path = tmp_path / "theirs.onnx"
    assert "takes 2 arrays (pixels, more)" in refused(changed(foreign(path), second))
    assert "takes 4 images at once" in refused(changed(foreign(path), batch))
    assert "64 x 96 px; tiles are squares" in refused(changed(foreign(path), oblong))


def test_a_number_of_bands_that_is_free_is_asked_for(tmp_path):
    def free(model):
        model.graph.input[0].type.tensor_type.shape.dim[1].Clear()

    path = changed(foreign(tmp_path / "theirs.onnx"), free)
    assert "say so (bands=3)" in refused(path)
    assert tried(path, bands=3).bands_in == 3


def test_an_output_that_is_no_image_is_refused(tmp_path):
    def flat(model):
        model.graph.node.append(onnx.helper.make_node("GlobalAveragePool", ["result"], ["classes"]))
        del model.graph.output[:]
        model.graph.output.append(
            onnx.helper.make_tensor_value_info("classes", onnx.TensorProto.FLOAT, [1, 3, 1, 1])
        )

    said = refused(changed(foreign(tmp_path / "theirs.onnx"), flat))
    assert "gives 1 px of 128 px tiles" in said
    assert "no image of the same place" in said


def test_what_an_answer_still_carries_is_what_brings_it_nearest_to_the_image(tmp_path):
    standard = {"mean": MEAN, "std": STD}
    path = foreign(tmp_path / "theirs.onnx")
    assert tried(path, **standard).undo == "all"
    assert tried(path).undo == "all"

    def back(model):
        nodes, values = model.graph.node, (STD, MEAN)
        nodes[0].output[0] = "plain"
        for kind, taken, made, each in zip(
            ("Mul", "Add"), ("plain", "more"), ("more", "result"), values, strict=True
        ):
            weight = np.float32(each).reshape(1, -1, 1, 1)
            model.graph.initializer.append(onnx.numpy_helper.from_array(weight, kind))
            nodes.append(onnx.helper.make_node(kind, [taken, kind], [made]))

    found = tried(changed(path, back), **standard)  # it gives an image from 0 to 1
    assert found.undo == "range"
