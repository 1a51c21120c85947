"""Session: open scenes and what is shown of them."""

from dataclasses import replace

import pytest

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.render.style import DisplayStyle
from satstudio.session.session import Layer, Session
from satstudio.session.viewport import Viewport

TWO = Session().opened("/a.tif").opened("/b.SAFE#iw1/vv")


def test_a_scene_that_is_opened_becomes_active():
    assert TWO.addresses == ("/a.tif", "/b.SAFE#iw1/vv")
    assert TWO.layer.address == "/b.SAFE#iw1/vv"
    assert Session().layer is None


def test_a_scene_is_open_only_once():
    again = TWO.opened("/a.tif")
    assert len(again.layers) == 2
    assert again.active == 0


def test_another_layer_starts_with_its_own_view():
    looked = replace(TWO, viewport=Viewport(1, 2), crop=Window(0, 0, 5, 5))
    assert looked.activated(0).viewport is None
    assert looked.activated(0).crop is None
    assert looked.activated(1) is looked


def test_a_layer_that_is_not_there_cannot_be_active():
    with pytest.raises(InputError, match="no layer 5"):
        TWO.activated(5)


def test_closing_keeps_the_active_layer_or_takes_its_neighbour():
    assert TWO.closed("/a.tif").layer.address == "/b.SAFE#iw1/vv"
    assert TWO.closed("/b.SAFE#iw1/vv").layer.address == "/a.tif"
    assert TWO.closed("/a.tif").closed("/b.SAFE#iw1/vv").active == -1
    assert TWO.closed("/other.tif") is TWO


def test_a_style_belongs_to_one_layer():
    style = DisplayStyle(gamma=2)
    styled = TWO.styled(style)
    assert [layer.style for layer in styled.layers] == [None, style]
    assert TWO.styled(style, "/a.tif").layers[0].style == style


def test_a_layer_is_called_by_its_file_and_image():
    assert [layer.name for layer in TWO.layers] == ["a.tif", "b.SAFE#iw1/vv"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/a.tif", "a.tif"),
        ("/data/S1A.SAFE#iw3/vv", "S1A.SAFE#iw3/vv"),
        ("/da#ta/a.tif", "a.tif"),
        ("stack:/data/a.tif|/data/b.tif|/data/c.tif", "a.tif + 2"),
    ],
)
def test_a_scene_is_called_by_its_file_and_image(address, name):
    assert Layer(address).name == name
