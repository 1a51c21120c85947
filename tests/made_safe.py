"""Maker of tiny Sentinel-1 products."""

import warnings

import numpy as np
import rasterio
from made import speckle

ROWS, COLS, BURSTS = 60, 90, 3
STAMP = "20220918t074921-20220918t074946-045056-056232"


def annotation(swath: str, pol: str, kind: str = "SLC", *, bursts: int = BURSTS) -> str:
    """An annotation with seams: the first and last two lines of each burst, and borders."""
    lines = ROWS // max(bursts, 1)
    valid = [2 <= line < lines - 2 for line in range(lines)]
    first = " ".join("5" if good else "-1" for good in valid)
    last = " ".join("79" if good else "-1" for good in valid)
    burst = (
        f"<burst><firstValidSample>{first}</firstValidSample>"
        f"<lastValidSample>{last}</lastValidSample></burst>"
    )
    points = "".join(
        f"<geolocationGridPoint><line>{row}</line><pixel>{col}</pixel>"
        f"<latitude>{45 - row * 1e-4}</latitude><longitude>{15 + col * 2e-5}</longitude>"
        "<height>10</height></geolocationGridPoint>"
        for row in (0, 20, 40, 59)
        for col in (0, 30, 60, 89)
    )
    return f"""<product><adsHeader><missionId>S1A</missionId><productType>{kind}</productType>
<polarisation>{pol.upper()}</polarisation><mode>IW</mode><swath>{swath.upper()}</swath>
<startTime>2022-09-18T07:49:39.530512</startTime></adsHeader>
<imageAnnotation><imageInformation><rangePixelSpacing>2.33</rangePixelSpacing>
<azimuthPixelSpacing>13.9</azimuthPixelSpacing>
<incidenceAngleMidSwath>40</incidenceAngleMidSwath></imageInformation></imageAnnotation>
<swathTiming><linesPerBurst>{lines}</linesPerBurst><burstList>{burst * bursts}</burstList>
</swathTiming><geolocationGrid><geolocationGridPointList>{points}</geolocationGridPointList>
</geolocationGrid></product>"""


def made_safe(folder, images=("iw1/vv", "iw2/vh"), kind="SLC", **more):
    safe = folder / "S1A_IW_SLC__1SDV_20220918T074921_20220918T074946_045056_056232_0000.SAFE"
    for name in ("measurement", "annotation"):
        (safe / name).mkdir(parents=True)
    (safe / "manifest.safe").write_text("<xfdu/>")
    for number, image in enumerate(images, 1):
        swath, pol = image.split("/")[:2]
        stem = f"s1a-{swath}-{kind.lower()}-{pol}-{STAMP}-{number:03}"
        text = annotation(swath, pol, kind, **more)
        (safe / f"annotation/{stem}.xml").write_text(text)
        dtype = "uint16" if kind == "GRD" else "complex_int16"
        plain_tiff(safe / f"measurement/{stem}.tiff", speckle(ROWS, COLS, 1e4, number), dtype)
    return safe


def plain_tiff(path, pixels, dtype):
    """A TIFF without a place, as measurements of some processors are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="GTiff", height=ROWS, width=COLS, count=1, dtype=dtype
        ) as target:
            target.write(np.abs(pixels).astype(np.uint16) if dtype == "uint16" else pixels, 1)
