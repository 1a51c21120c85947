"""Warnings, by made figures of healthy and of provoked bad trainings of a small DCGAN."""

import json

import numpy as np
import pytest
from made_patches import band_limited

from satstudio.core.progress import Progress
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.evaluation.collapse import (
    COLLAPSED,
    FAR,
    GROWN,
    SATURATED,
    VANISHED,
    Look,
    Watch,
)
from satstudio.learn.loop.loop import TrainRecipe, train

CHECKS = 40
NAMES = ("diversity", "effective_rank", "sign_real", "sign_fake", "value_w1", "gradient_norm")


def run(start, end, checks=CHECKS):
    """Figures of a run that goes from some values to others, comparison after comparison."""
    for share in np.linspace(0, 1, checks + 1)[1:]:
        values = [a * (1 - share) + b * share for a, b in zip(start, end, strict=True)]
        yield float(share), dict(zip(NAMES, values, strict=True))


def said(looks):
    """What is said in a run, in the order in which it is said first."""
    one = Watch()
    texts = [text for share, figures in looks for text in one.warnings(Look(share, figures))]
    return list(dict.fromkeys(texts))


HEALTHY = run((0.41, 0.56, 0.4, -0.2, 0.49, 8), (0.62, 0.49, 0.75, -0.7, 0.28, 14))
ONE_IMAGE = run((0.25, 0.11, 0.06, 1.0, 0.44, 3), (0.2, 0.11, 0.06, 1.0, 0.44, 3))
SURE_CRITIC = run((0.93, 0.32, 1.0, -1.0, 1.4, 0.8), (0.93, 0.32, 1.0, -1.0, 1.4, 1.6))
HUGE_STEPS = run((1.57, 0.38, 1.0, -1.0, 2.2, 9e-17), (1.57, 0.38, 1.0, -1.0, 2.2, 9e-17))
NO_PENALTY = [
    *run((0.5, 0.4, 1.0, -1.0, 0.4, 8), (1.7, 0.38, 1.0, -1.0, 1.4, 12), checks=8),
    *run((1.7, 0.38, 1.0, -1.0, 1.4, 1e3), (2.2, 0.38, 1.0, -1.0, 2.0, 4e3)),
]


@pytest.mark.parametrize(
    ("looks", "wanted"),
    [
        (HEALTHY, []),
        (ONE_IMAGE, [COLLAPSED]),
        (SURE_CRITIC, [SATURATED]),
        (HUGE_STEPS, [VANISHED, FAR, SATURATED]),
        (NO_PENALTY, [GROWN, FAR, SATURATED]),
    ],
    ids=["healthy", "collapse", "saturated", "learning rate 0.5", "no penalty"],
)
def test_each_way_to_fail_is_told(looks, wanted):
    assert sorted(said(looks)) == sorted(wanted)


def test_what_a_method_does_not_log_breaks_no_rule():
    assert said([(0.5, {}), (0.6, {"diversity": None})] * 20) == []


@pytest.mark.parametrize(
    ("figures", "times", "text"),
    [
        ({"diversity": 0.1}, 3, COLLAPSED),
        ({"effective_rank": 0.1}, 3, COLLAPSED),
        ({"sign_real": 1.0, "sign_fake": -1.0}, 10, SATURATED),
        ({"gradient_norm": 1e-9}, 1, VANISHED),
        ({"value_w1": 1.6}, 1, FAR),
    ],
    ids=str,
)
def test_a_warning_needs_so_many_comparisons_in_a_row(figures, times, text):
    watch = Watch()
    told = [watch.warnings(Look(0.5, figures)) for _ in range(times)]
    assert told == [()] * (times - 1) + [(text,)]
    good = {
        "diversity": 0.6,
        "sign_real": 0.5,
        "sign_fake": -0.5,
        "gradient_norm": 1.0,
        "value_w1": 0.3,
    }
    assert watch.warnings(Look(0.5, good)) == ()
    again = watch.warnings(Look(0.5, figures))
    assert again == ((text,) if times == 1 else ())


def test_a_gradient_norm_is_held_against_the_median_so_that_one_outlier_before_is_no_measure():
    watch = Watch()
    before = [1.0, 2.0, 1.0, 5000.0, 1.0, 2.0]
    told = [watch.warnings(Look(0.5, {"gradient_norm": norm})) for norm in before]
    assert told == [()] * 6  # too few before the outlier to know what is usual
    assert watch.warnings(Look(0.5, {"gradient_norm": 100.0})) == ()
    assert watch.warnings(Look(0.5, {"gradient_norm": 400.0})) == (GROWN,)


@pytest.mark.parametrize(
    ("figures", "share", "checks"),
    [({"diversity": 0.1}, 0.05, 10), ({"value_w1": 2.0}, 0.1, 20)],
    ids=str,
)
def test_the_beginning_does_not_count(figures, share, checks):
    watch = Watch()
    assert not any(watch.warnings(Look(share - 0.01, figures)) for _ in range(40))
    endless = Watch()
    told = [bool(endless.warnings(Look(0.0, figures))) for _ in range(checks + 3)]
    assert not any(told[:checks])
    assert told[-1]


@pytest.fixture
def often(monkeypatch):
    """Few images, compared at every step, however long that takes."""
    monkeypatch.setattr("satstudio.learn.evaluation.evaluator.FIGURE_PIXELS", 32 * 16 * 16)
    monkeypatch.setattr("satstudio.learn.loop.loop.VALIDATION_SHARE", 1e9)


def run_of(patches, recipe, out, steps=8):
    events = []
    progress = Progress(announce=lambda name, fields: events.append((name, dict(fields))))
    train(patches, recipe.changed(check_every_s=1e-9, steps=steps), out, progress)
    remarks = [fields["text"] for name, fields in events if name == "remark"]
    lines = [json.loads(text) for text in (out / "log.jsonl").read_text().splitlines()]
    return remarks, lines, json.loads((out / "run.json").read_text())


def test_a_generator_that_always_answers_the_same_is_told_once(
    recipe, patches, tmp_path, monkeypatch, often
):
    generate = AdversarialTrainer.generate
    monkeypatch.setattr(
        AdversarialTrainer, "generate", lambda self, seeds: generate(self, [0] * len(seeds))
    )
    remarks, lines, info = run_of(patches, recipe, tmp_path / "run")
    assert remarks == [COLLAPSED]
    assert info["remarks"] == [COLLAPSED]
    assert lines[-1]["diversity"] == pytest.approx(0, abs=1e-3)


def test_a_generator_of_different_images_is_not_warned_of(
    recipe, patches, tmp_path, monkeypatch, often
):
    def varied(self, seeds):
        return band_limited(len(seeds), 16, seed=9) / 20

    monkeypatch.setattr(AdversarialTrainer, "generate", varied)
    remarks, lines, _ = run_of(patches, recipe, tmp_path / "run")
    assert remarks == []
    assert lines[-1]["diversity"] > 0.5
    assert 0.5 < lines[-1]["effective_rank"] < 2


def test_a_saturated_critic_is_told(patches, tmp_path, monkeypatch, often):
    step = AdversarialTrainer.step
    signs = {"sign_real": 1.0, "sign_fake": -1.0}
    monkeypatch.setattr(AdversarialTrainer, "step", lambda self, *given: step(self, *given) | signs)
    recipe = TrainRecipe(preset="tiny", threads=1, samples=4, log_every_s=0)
    remarks, *_ = run_of(patches, recipe, tmp_path / "run", steps=12)
    assert SATURATED in remarks


def test_signs_are_logged_where_scores_have_a_zero(patches, tmp_path, often):
    for loss in ("wgan", "gan"):
        recipe = TrainRecipe(preset="tiny", threads=1, log_every_s=0, options={"loss": loss})
        _, lines, _ = run_of(patches, recipe, tmp_path / loss, steps=2)
        assert ("sign_real" in lines[-1]) == (loss == "gan")
        assert lines[-1]["gradient_norm"] > 0
