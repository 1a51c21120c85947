"""Sets of images scored by their features: the numbers, their names, warnings, cache, memory."""

import tracemalloc

import numpy as np
import pytest
from made_features import features_card, made_network, rough_images, speckle_images
from made_patches import made_patches

from satstudio.bench import set_features, set_swd
from satstudio.bench.image_sets import open_set
from satstudio.bench.set_features import features_of, kept_file
from satstudio.bench.set_scores import SetScoreRecipe, score_sets
from satstudio.core.errors import Cancelled, InputError
from satstudio.core.progress import Progress
from satstudio.metrics.features import relative
from satstudio.metrics.measures.distribution import frechet_features, inception_score, kid
from satstudio.metrics.measures.neighbours import coverage
from satstudio.metrics.measures.wasserstein import swd
from satstudio.metrics.score import one_column
from satstudio.restore.features import file as features_file
from satstudio.restore.features.choice import ExtractorRecipe
from satstudio.restore.features.extractor import EXTRACTORS, Extractor, ImageKind

FOUR = ImageKind(4, False)


def saved(path, array):
    np.save(path, array, allow_pickle=False)
    return path


@pytest.fixture
def pair(tmp_path):
    """Real and generated images, as arrays on disk."""
    return (
        saved(tmp_path / "real.npy", rough_images(120, 1)),
        saved(tmp_path / "made.npy", rough_images(90, 2)),
    )


def scored(pair, features="handcrafted", metrics=("fd",), resamples=0, **extractor):
    recipe = SetScoreRecipe(
        extractor=ExtractorRecipe(features=str(features), **extractor),
        metrics=metrics,
        resamples=resamples,
    )
    return score_sets(*pair, recipe, Progress())


@pytest.mark.parametrize("features", ["handcrafted", "random"])
def test_the_numbers_are_those_of_the_features(pair, features):
    found = scored(pair, features, ("frechet_features", "coverage"))
    own = EXTRACTORS[features].make(FOUR)
    rows = relative(*(own(np.load(path)).astype(float) for path in pair))
    assert list(found) == [f"fd_{features}", f"kid_{features}", f"coverage_{features}"]
    assert found[f"fd_{features}"].value == pytest.approx(frechet_features(*rows), rel=1e-4)
    assert found[f"kid_{features}"].value == pytest.approx(kid(*rows), rel=1e-3, abs=1e-5)
    assert found[f"coverage_{features}"].value == pytest.approx(coverage(*rows), abs=0.02)


def test_every_number_names_extractor_and_n_and_small_sets_are_warned_about(pair):
    found = scored(pair)
    one = found["fd_handcrafted"]
    assert one.n == 90
    assert one.definition.endswith(
        "[features of handcrafted 1 (4 real bands, 34 numbers), in standard deviations of the "
        "first set; n 120 and 90]"
    )
    assert one.note.startswith("amber: n 90 is below 10 x 34 features")
    assert scored(pair, "random", ("kid",))["kid_random"].note.startswith("amber")


def test_fewer_images_than_features_are_red_and_fewer_than_fifty_are_refused(tmp_path):
    real = saved(tmp_path / "real.npy", rough_images(60, 1))
    few = saved(tmp_path / "few.npy", rough_images(49, 2))
    assert scored((real, real), "random", ("kid",))["kid_random"].note.startswith("red")
    with pytest.raises(InputError, match=r"few\.npy: 49 images are too few"):
        scored((real, few))


def test_images_without_data_do_not_count_and_are_told(tmp_path, pair):
    array = rough_images(90, 2).copy()
    array[:30, 0, 0, 0] = np.nan
    broken = saved(tmp_path / "broken.npy", array)
    one = scored((pair[0], broken))["fd_handcrafted"]
    assert one.n == 60
    assert "n 120 and 60" in one.definition
    assert "30 of 90 images of broken.npy have pixels without data and do not count" in one.note
    array[:50, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match="40 images are too few"):
        scored((pair[0], saved(tmp_path / "worse.npy", array)))
    empty = saved(tmp_path / "empty.npy", np.full((60, 4, 32, 32), np.nan))
    with pytest.raises(InputError, match="has data everywhere"):
        scored((pair[0], empty))


def test_a_frechet_distance_has_kid_beside_it_and_an_interval(pair):
    found = scored(pair, resamples=30)
    one = found["fd_handcrafted"]
    low, high = one.parts["interval_low"], one.parts["interval_high"]
    assert 0 <= low <= one.value <= high
    assert "95% interval" in one.note
    assert "of 30 resamplings" in one.note
    assert 0 < one.parts["halves_of_first"] < 10
    assert "two halves of the first set, 60 each" in one.note
    assert "kid_handcrafted" in found
    assert scored(pair, resamples=30)["fd_handcrafted"].parts == one.parts
    assert not scored(pair, metrics=("kid",))["kid_handcrafted"].parts


@pytest.mark.slow
def test_numbers_of_other_extractors_rules_or_n_never_share_a_column(pair, tmp_path):
    net = made_network(tmp_path / "net.onnx", features_card())
    other = made_network(tmp_path / "other.onnx", features_card(weights_sha256="cd" * 32))
    choice = {"bands": (3, 2, 1), "stretch": (0, 1)}
    fewer = saved(tmp_path / "fewer.npy", rough_images(80, 2))
    strangers = [
        scored(pair, "random"),
        scored((pair[0], fewer)),
        scored(pair, net, **choice),
        scored(pair, other, **choice),
        scored(pair, net, resize="clean", **choice),
        scored(pair, net, bands=(1, 2, 3), stretch=(0, 1)),
        scored(pair, net, bands=(3, 2, 1), stretch=(0, 0.9)),
    ]
    ours = scored(pair)["fd_handcrafted"]
    assert one_column([ours, scored(pair)["fd_handcrafted"]]) == ours.column
    firsts = [ours, *(next(iter(found.values())) for found in strangers)]
    assert len({one.column for one in firsts}) == len(firsts)
    for stranger in firsts[1:]:
        with pytest.raises(InputError, match="cannot share a column"):
            one_column([ours, stranger])


def test_complex_sets_and_patch_sets_are_scored(tmp_path):
    real = made_patches(tmp_path / "real", train=60, validation=55)
    generated = saved(tmp_path / "made.npy", speckle_images(70))
    found = scored((real, generated))
    assert "handcrafted 1 (1 complex band, 28 numbers)" in found["fd_handcrafted"].definition
    same = scored((f"{real}#train", f"{real}#validation"))
    assert same["fd_handcrafted"].value < 0.1 * found["fd_handcrafted"].value
    assert "n 60 and 55" in same["fd_handcrafted"].definition


def test_sets_of_two_kinds_and_other_metrics_are_refused(pair, tmp_path):
    two = saved(tmp_path / "two.npy", rough_images(60, bands=2))
    with pytest.raises(InputError, match="only sets of one kind"):
        scored((pair[0], two))
    with pytest.raises(InputError, match="psnr is none of features"):
        scored(pair, metrics=("psnr",))
    with pytest.raises(InputError, match="no metric 'best'"):
        scored(pair, metrics=("best",))
    with pytest.raises(InputError, match="at least one"):
        scored(pair, metrics=())
    wide = saved(tmp_path / "wide.npy", (255 * rough_images(60)).astype(np.uint8))
    assert "values are float32 and uint8" in scored((pair[0], wide))["fd_handcrafted"].note


def test_the_inception_score_is_of_inceptions_classes_only(pair, tmp_path, monkeypatch):
    net = made_network(tmp_path / "net.onnx", features_card())
    choice = {"bands": (3, 2, 1), "stretch": (0, 1)}
    with pytest.raises(InputError, match="classes of the Inception network"):
        scored(pair, net, ("is",), **choice)
    with pytest.raises(InputError, match="classes of the Inception network"):
        scored(pair, "handcrafted", ("is",))
    monkeypatch.setitem(features_file.KNOWN_WEIGHTS, "ab" * 32, "fid")
    found = scored(pair, net, ("fid", "is"), **choice)
    assert list(found) == ["fid@tf1", "kid@tf1", "is@tf1"]
    one = found["is@tf1"]
    images = open_set(pair[1])
    own = features_file.file_extractor(
        net, FOUR, "tf1", features_file.ThreeBands(bands=(3, 2, 1), low=0, high=1)
    )
    logits = features_of(images, own, Progress()).rows[:, own.n_features :]
    assert one.value == inception_score(logits)["mean"]
    assert one.n == 90
    assert "ImageNet" in one.note
    assert one.definition.endswith("n 90, generated only]")


def test_the_sliced_wasserstein_distance_is_of_the_images_themselves(pair, tmp_path, monkeypatch):
    found = scored(pair, metrics=("swd", "kid"))
    assert list(found) == ["kid_handcrafted", "swd"]
    assert found["swd"].value == swd(*(np.load(path) for path in pair))
    assert found["swd"].definition.endswith("[n 120 and 90]")
    assert list(scored(pair, metrics=("swd",))) == ["swd"]
    farther = saved(tmp_path / "far.npy", rough_images(90, 2) * np.float32(1.15))
    assert scored((pair[0], farther), metrics=("swd",))["swd"].value > 2 * found["swd"].value
    monkeypatch.setattr(set_swd, "MOST_VALUES", 55 * 4 * 32 * 32)
    some = scored(pair, metrics=("swd",))["swd"]
    assert some.definition.endswith("[n 55 and 55]")
    assert 0 < some.value < 0.5
    with pytest.raises(InputError, match="cannot share a column"):
        one_column([some, found["swd"]])


# ----------------------------------------------------------------------------------- cache


@pytest.fixture
def counted(monkeypatch):
    """How many images were looked at."""
    seen = []
    rows = Extractor.rows

    def counting(self, images):
        seen.append(len(images))
        return rows(self, images)

    monkeypatch.setattr(Extractor, "rows", counting)
    return seen


def test_features_are_kept_by_set_and_extractor(pair, counted):
    first = scored(pair)
    assert sum(counted) == 210
    assert scored(pair) == first
    assert sum(counted) == 210
    scored(pair, "random")
    assert sum(counted) == 420
    np.save(pair[1], rough_images(90, 3))
    assert scored(pair)["fd_handcrafted"].value != first["fd_handcrafted"].value
    assert sum(counted) == 510


def test_damaged_or_foreign_kept_features_are_made_again(pair, counted):
    known = scored(pair)
    images, own = open_set(pair[0]), EXTRACTORS["handcrafted"].make(FOUR)
    file = kept_file(images, own)
    for damage in (
        lambda: file.write_bytes(b"no features"),
        lambda: file.write_bytes(file.read_bytes()[:200]),
        lambda: np.savez(file, rows=np.zeros((3, 2), np.float32), left_out=0),
        lambda: np.savez(file, other=1),
        lambda: np.savez(file, rows=np.array([{}], object), left_out=0),
    ):
        damage()
        counted.clear()
        assert scored(pair) == known
        assert sum(counted) == 120


def test_a_cache_that_cannot_be_written_costs_time_only(pair, home):
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache/features").write_text("in the way")
    assert scored(pair)["fd_handcrafted"].value > 0


def test_old_features_make_room_for_new_ones(pair, monkeypatch):
    scored(pair)
    monkeypatch.setattr(set_features, "LIMIT_BYTES", 40_000)
    scored(pair, "random")
    own = [EXTRACTORS[name].make(FOUR) for name in ("handcrafted", "random")]
    newest = kept_file(open_set(pair[1]), own[1])
    assert newest.is_file()
    assert not kept_file(open_set(pair[0]), own[0]).exists()


# -------------------------------------------------------------------------- long and large


def test_it_says_how_far_it_is_and_stops_when_asked(pair):
    told = []
    recipe = SetScoreRecipe(resamples=5)
    score_sets(*pair, recipe, Progress(lambda share, text: told.append((share, text))))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {"Features of real.npy", "Features of made.npy", "Resampling"} <= {t for _, t in told}
    calls = iter(range(10**6))
    with pytest.raises(Cancelled):
        score_sets(*pair, recipe, Progress(is_stopped=lambda: next(calls) > 3))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_images(tmp_path):
    paths = [tmp_path / f"{n}.npy" for n in (60, 480)]
    for n, path in zip((60, 480), paths, strict=True):
        array = np.lib.format.open_memmap(path, "w+", np.uint8, (n, 1, 256, 256))
        array[:, 0, ::3] = np.arange(n)[:, None, None] % 251
        del array
    peaks = []
    for path in paths:
        images = open_set(path)
        tracemalloc.start()
        features_of(images, EXTRACTORS["random"].make(images.kind), Progress())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
