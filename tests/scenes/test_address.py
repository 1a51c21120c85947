"""PATH#IMAGE,key=value,...: one grammar for the window, the command line and Python."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satstudio.core.errors import InputError
from satstudio.core.quantity import CHOICES
from satstudio.scenes.address import Address, Choices, parse_address, parse_iq

pairs = st.lists(st.integers(0, 40), unique=True, max_size=8).map(
    lambda bands: tuple(zip(bands[::2], bands[1::2], strict=False))
)
choices = st.builds(Choices, st.sampled_from([None, *CHOICES]), pairs)
names = st.text(st.characters(exclude_characters="#,=\x00/\n\r", exclude_categories=("Cs",)))
images = st.none() | st.lists(names.filter(str.strip), min_size=1, max_size=3).map("/".join)


@given(image=images, said=choices)
def test_an_address_reads_back_as_it_was_written(image, said):
    address = Address("/no/such folder/scene.tif", image, said)
    assert parse_address(address.text) == address


@given(image=images, said=choices)
def test_the_plain_address_says_nothing(image, said):
    plain = parse_address(Address("a.tif", image, said).plain)
    assert plain == Address("a.tif", image)


@pytest.mark.parametrize(
    ("text", "image", "said"),
    [
        ("a.tif#iw1/vv,quantity=db", "iw1/vv", Choices("db")),
        ("a.tif#quantity=dB", None, Choices("db")),
        ("a.tif#quantity=intensity", None, Choices("power")),
        ("a.tif#iq=1,2", None, Choices(iq=((0, 1),))),
        ("a.tif#iq=2,1, 4,3", None, Choices(iq=((1, 0), (3, 2)))),
        ("a.h5#x/y,1,iq=1,2,quantity=dn", "x/y,1", Choices("dn", ((0, 1),))),
        ("a.h5#HH=1", "HH=1", Choices()),
        ("a.tif#", None, Choices()),
    ],
)
def test_what_stands_after_the_mark(text, image, said):
    assert parse_address(text) == Address(text.partition("#")[0], image, said)


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("quantity=nonsense", "no quantity 'nonsense'"),
        ("quantity=complex", "no quantity 'complex'"),
        ("quantity=", "no quantity ''"),
        ("quantity=db,quantity=db", "twice"),
        ("quantity=db,iw1/vv", "no option"),
        ("quantity=db,qq=1", "no option"),
        ("iq=1", "without its Q"),
        ("iq=1,2,3", "without its Q"),
        ("iq=0,1", "counted from 1"),
        ("iq=1,1", "different bands"),
        ("iq=", "counted from 1"),
        ("iq=1,x", "no option"),
        ("iq=x,2", "counted from 1"),
        ("iq=\N{SUPERSCRIPT TWO},1", "counted from 1"),
        ("iq=1,99999999999999999999", "counted from 1"),
    ],
)
def test_a_wrong_option_is_one_sentence(fragment, reason):
    with pytest.raises(InputError, match=reason):
        parse_address(f"scene.tif#{fragment}")


def test_a_mark_in_the_name_of_a_file_that_exists_is_no_option(tmp_path):
    odd = tmp_path / "a#quantity=db"
    odd.write_bytes(b"")
    assert parse_address(odd) == Address(str(odd))
    assert parse_address(f"{odd}#quantity=dn") == Address(str(odd), None, Choices("dn"))


@given(st.text(max_size=20))
def test_any_text_is_pairs_or_one_sentence(text):
    with contextlib.suppress(InputError):
        assert all(first != second for first, second in parse_iq(text))
