from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, none, one_of, tuples

from satstudio.core.grid import Window
from satstudio.patches import draw as module
from satstudio.patches.draw import Draw

LIMITS = one_of(none(), integers(0, 12))


@given(
    lists(tuples(booleans(), booleans()), max_size=80),
    LIMITS,
    LIMITS,
    integers(1, 30),
    integers(1, 9),
)
def test_batches_keep_what_looking_at_one_after_the_other_keeps(
    stream, train, validation, most, spare
):
    usual, module.MOST_SPARE = module.MOST_SPARE, spare
    left = {"train": train, "validation": validation}
    found = [
        (Window(number, 0, 1, 1), "train" if is_train else "validation")
        for number, (is_train, _) in enumerate(stream)
    ]
    plain = {"train": [], "validation": []}
    for window, split in found:
        if left[split] != len(plain[split]) and stream[window.row][1]:
            plain[split].append(window)
    kept = {"train": [], "validation": []}
    draw = Draw(iter(found), left)
    while batch := draw.batch(most):
        assert len(batch) <= most
        for window, split in batch:
            if draw.take(split, is_good=stream[window.row][1]):
                kept[split].append(window)
    module.MOST_SPARE = usual
    assert kept == plain
    assert draw.taken == sum(map(len, kept.values()))


def test_spare_ones_of_a_full_split_do_not_end_the_drawing(monkeypatch):
    monkeypatch.setattr(module, "MOST_SPARE", 1)
    splits = ["validation", "validation", "validation", "validation", "train"]
    found = [(Window(number, 0, 1, 1), split) for number, split in enumerate(splits)]
    draw = Draw(iter(found), {"train": None, "validation": 1})
    kept = []
    while batch := draw.batch(3):
        kept += [window.row for window, split in batch if draw.take(split, is_good=True)]
    assert kept == [0, 4]


def test_where_all_is_good_no_more_is_looked_at_than_is_wanted():
    found = [(Window(number, 0, 1, 1), "train") for number in range(100)]
    draw = Draw(iter(found), {"train": 10, "validation": 0})
    assert len(draw.batch(1000)) == 10
