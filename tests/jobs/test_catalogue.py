"""The catalogue of methods: made by a worker, cached, broken methods listed."""

import json
import os

import pytest

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.jobs import catalogue as module
from satstudio.jobs.catalogue import (
    Catalogue,
    MethodEntry,
    Preset,
    find_catalogue,
    known_catalogue,
)

MADE = Catalogue(
    methods=(
        MethodEntry(
            name="wgan",
            title="WGAN",
            options={},
            presets=(Preset(name="small", path="cvwgan/small", values={"method": "wgan"}),),
        ),
    ),
    broken={"mine": "SyntaxError: no"},
)


@pytest.mark.parametrize("name", ["small", "cvwgan/small", "wgan/small"])
def test_a_preset_is_found_under_each_of_its_names(name):
    assert MADE.choice(name) == {"method": "wgan", "preset": "small"}


def test_a_method_is_a_choice_too():
    assert MADE.choice("wgan") == {"method": "wgan"}


def test_an_unknown_or_broken_method_is_named():
    with pytest.raises(InputError, match=r"wgan, cvwgan/small"):
        MADE.choice("pix2pix")
    with pytest.raises(InputError, match="broken: SyntaxError"):
        MADE.choice("mine")
    with pytest.raises(InputError, match="without torch"):
        Catalogue(missing="Nothing is trained without torch.").choice("wgan")


def test_a_cached_catalogue_is_taken_while_nothing_changed(home):
    key = module._key()
    file = home / "cache" / "catalogue.json"
    file.parent.mkdir(parents=True)
    file.write_text(MADE.changed(key=key).model_dump_json(), "utf-8")
    assert known_catalogue() == MADE.changed(key=key)
    own = home / "settings" / "plugins" / "methods" / "mine.py"
    own.parent.mkdir(parents=True)
    own.write_text("x = 1\n")
    assert known_catalogue() is None  # a new plug-in
    changed = module._key()
    os.utime(own, (1, 1))
    assert module._key() not in (key, changed)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "?"}'])
def test_a_damaged_cache_is_no_catalogue(home, text):
    file = home / "cache" / "catalogue.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    assert known_catalogue() is None


@pytest.mark.learn
@pytest.mark.slow
def test_a_worker_makes_it_once_and_lists_broken_methods(home):
    own = home / "settings" / "plugins" / "methods" / "mine.py"
    own.parent.mkdir(parents=True)
    own.write_text("raise ValueError('half done')\n")
    made = find_catalogue(Progress())
    assert "complex_wgan_gp" in [method.name for method in made.methods]
    assert "half done" in made.broken["mine"]
    (method,) = (item for item in made.methods if item.name == "complex_wgan_gp")
    assert {"lr", "n_critic"} <= set(method.options["properties"])
    assert method.presets[0].values["options"]["lr"] > 0
    assert method.presets[0].description.startswith(method.title)
    assert json.loads((home / "cache" / "catalogue.json").read_text("utf-8"))["key"]
    assert known_catalogue() == made
