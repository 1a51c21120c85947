"""Headerless files described to GDAL as VRT: RawLayout, raw_name, check_raw_size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size

BYTES = {"CFloat32": 8, "CInt16": 4, "Float32": 4}


@dataclass(frozen=True, slots=True)
class RawLayout:
    """How the samples of one band lie in a file: row by row, without padding.

    Attributes
    ----------
    dtype : GDAL's name of a sample; a complex one is real part first
    byte_order : LSB (least significant byte first) or MSB
    offset_bytes : before the first sample
    """

    size: Size
    dtype: Literal["CFloat32", "CInt16", "Float32"]
    byte_order: Literal["LSB", "MSB"] = "LSB"
    offset_bytes: int = 0

    @property
    def end_byte(self) -> int:
        """The byte after the last sample."""
        return self.offset_bytes + self.size.pixels * BYTES[self.dtype]


def check_raw_size(path: Path, layout: RawLayout) -> None:
    """Refuse a file shorter than its layout; GDAL would read zeros without an error."""
    have = path.stat().st_size
    if have < layout.end_byte:
        size = layout.size
        raise SceneReadError(
            f"Cannot open {path.name}: {size.rows} x {size.cols} samples are {layout.end_byte} "
            f"bytes, the file has {have}; copy or download it again, or correct its header."
        )


def raw_name(path: Path, layout: RawLayout) -> str:
    """Return the text with which GDAL opens the file: a VRT, written nowhere."""
    each = BYTES[layout.dtype]
    size = layout.size
    return (
        f'<VRTDataset rasterXSize="{size.cols}" rasterYSize="{size.rows}">'
        f'<VRTRasterBand dataType="{layout.dtype}" band="1" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativeToVRT="0">{escape(str(path.absolute()))}</SourceFilename>'
        f"<ImageOffset>{layout.offset_bytes}</ImageOffset><PixelOffset>{each}</PixelOffset>"
        f"<LineOffset>{each * size.cols}</LineOffset><ByteOrder>{layout.byte_order}</ByteOrder>"
        "</VRTRasterBand></VRTDataset>"
    )
