"""Places and lengths as the user's settings want them written."""

PRIME, DOUBLE_PRIME = "\N{PRIME}", "\N{DOUBLE PRIME}"
THIN = "\N{NARROW NO-BREAK SPACE}"
FOOT_M, MILE_M = 0.3048, 1609.344


def place_text(lonlat: tuple[float, float] | None, note: str = "", style: str = "decimal") -> str:
    """Return a place as degrees with their letters, and how exact it is.

    Parameters
    ----------
    lonlat : degrees; None gives ""
    style : `decimal`, `minutes` or `seconds`, as the settings name them
    """
    if lonlat is None:
        return ""
    lon, lat = lonlat
    east, north = "E" if lon >= 0 else "W", "N" if lat >= 0 else "S"
    text = f"{angle_text(lat, style)} {north}  {angle_text(lon, style)} {east}"
    return f"{text}  {note}" if note else text


def angle_text(degrees: float, style: str = "decimal") -> str:
    """Return the size of an angle; about a metre on the ground is the last digit."""
    if style == "minutes":
        thousandths = round(abs(degrees) * 60_000)  # rounded as a whole: 60.000 never shows
        whole, rest = divmod(thousandths, 60_000)
        return f"{whole}° {rest / 1000:06.3f}{PRIME}"
    if style == "seconds":
        tenths = round(abs(degrees) * 36_000)
        whole, rest = divmod(tenths, 36_000)
        minutes, tenths = divmod(rest, 600)
        return f"{whole}° {minutes:02d}{PRIME} {tenths / 10:04.1f}{DOUBLE_PRIME}"
    return f"{abs(degrees):.5f}°"


def length_unit(metres: float, lengths: str = "metric") -> tuple[str, float]:
    """Return the unit in which a length is well read, and how many metres it has."""
    if lengths == "imperial":
        return ("mi", MILE_M) if metres >= MILE_M / 2 else ("ft", FOOT_M)
    if metres >= 1000:
        return "km", 1000.0
    return ("m", 1.0) if metres >= 1 else ("cm", 0.01)


def length_text(metres: float, lengths: str = "metric") -> str:
    """Return a length with three digits and its unit."""
    unit, size = length_unit(metres, lengths)
    number = metres / size
    digits = f"{number:.0f}" if number >= 1000 else f"{number:.3g}"
    return f"{digits}{THIN}{unit}"


def bytes_text(size: int) -> str:
    """Return a number of bytes as kB, MB or GB (powers of ten)."""
    for unit, step in (("GB", 1e9), ("MB", 1e6)):
        if size >= step:
            return f"{size / step:.1f}{THIN}{unit}"
    return f"{size / 1e3:.0f}{THIN}kB"
