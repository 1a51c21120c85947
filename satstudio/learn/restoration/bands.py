"""band_places, channel_places: which bands of an input those of the target are."""

from satstudio.core.errors import RunError
from satstudio.core.port import BoundPort


def band_places(taken: BoundPort, made: BoundPort) -> tuple[int, ...]:
    """Return which band of the input each band of the target is: by name, else by order.

    Raises
    ------
    RunError
        If neither the names nor the numbers of bands tell.
    """
    given, wanted = taken.bands, made.bands
    if isinstance(given, tuple) and isinstance(wanted, tuple) and set(wanted) <= set(given):
        return tuple(given.index(band) for band in wanted)
    if taken.band_count == made.band_count:
        return tuple(range(made.band_count or 1))
    raise RunError(
        f"'{made.role}' has {made.band_count} bands and '{taken.role}' {taken.band_count} of other "
        f"names; what is restored must be among the bands of '{taken.role}'."
    )


def channel_places(taken: BoundPort, made: BoundPort) -> tuple[int, ...]:
    """Return the same of planar channels, in which imaginary parts come after all real ones.

    Raises
    ------
    RunError
        As `band_places`.
    """
    places, bands = band_places(taken, made), taken.band_count or 1
    return (*places, *(bands + place for place in places)) if taken.is_complex else places
