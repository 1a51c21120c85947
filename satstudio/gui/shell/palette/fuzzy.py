"""found(letters, text): whether letters occur in a text in their order, how well, and where."""

from dataclasses import dataclass

AT_WORD = 3.0
IN_ROW = 2.0
GAP = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """Where letters were found.

    Attributes
    ----------
    score : larger is better; beginnings of words and letters in a row count most
    places : index in the text of each letter, rising
    """

    score: float
    places: tuple[int, ...] = ()


def found(letters: str, text: str) -> Found | None:
    """Return the best way to find the letters in the text in their order; None where they are not.

    Neither case nor spaces among the letters matter; no letters are found in every text.
    """
    wanted = [letter.casefold() for letter in letters if not letter.isspace()]
    if not wanted:
        return Found(0.0)
    signs = [sign.casefold() for sign in text]
    ends: dict[int, Found] = {}
    for number, letter in enumerate(wanted):
        places = [place for place, sign in enumerate(signs) if sign == letter]
        found_here: dict[int, Found] = {}
        for place in places:
            best = _best_to(place, signs, ends, is_first=number == 0)
            if best is not None:
                found_here[place] = best
        ends = found_here
    return max(ends.values(), key=lambda one: one.score, default=None)


def _best_to(
    place: int, signs: list[str], ends: dict[int, Found], *, is_first: bool
) -> Found | None:
    """Return the best way that ends at a place, given the ways that end with the letter before."""
    bonus = AT_WORD if place == 0 or not signs[place - 1].isalnum() else 0.0
    if is_first:
        return Found(bonus - GAP * place, (place,))
    ways = [
        Found(
            one.score + (IN_ROW if last == place - 1 else bonus - GAP * (place - last)),
            (*one.places, place),
        )
        for last, one in ends.items()
        if last < place
    ]
    return max(ways, key=lambda one: one.score, default=None)
