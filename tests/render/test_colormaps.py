import numpy as np
import pytest
from skimage.color import rgb2lab

from satstudio.core.errors import InputError
from satstudio.render.colormaps import colour_map, colour_maps

SEQUENTIAL = [name for name, item in colour_maps().items() if item.kind == "sequential"]


def lightness(name, count=64):
    codes = colour_map(name).at(np.linspace(0, 1, count)).view(np.uint8).reshape(-1, 4)
    return rgb2lab(codes[:, 2::-1] / 255)[:, 0]


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_lightness_rises_evenly(name):
    steps = np.diff(lightness(name))
    assert (steps > 0).all()
    assert steps.max() < 3 * steps.mean()


def test_a_diverging_map_is_lightest_in_the_middle():
    light = lightness("blue_orange", 65)
    assert light.argmax() == 32
    assert (np.diff(light[:33]) > 0).all()
    assert (np.diff(light[32:]) < 0).all()


@pytest.mark.parametrize("name", ["hue", "twilight"])
def test_a_cyclic_map_closes(name):
    first, last = colour_map(name).at([0.0, 1.0])
    assert first == last
    near = colour_map(name).at([0.0, 0.999]).view(np.uint8).astype(int)
    assert np.abs(near[:4] - near[4:]).max() <= 4


def test_every_map_states_its_source_and_licence():
    assert next(iter(colour_maps())) == "grey"
    for item in colour_maps().values():
        assert "CC0" in item.source or "Apache-2.0" in item.source
        assert item.title


def test_an_unknown_map_is_refused_with_the_names():
    with pytest.raises(InputError, match="grey, cividis"):
        colour_map("jet")
