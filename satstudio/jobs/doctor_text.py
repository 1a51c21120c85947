"""doctor_rows, doctor_text: what the doctor found, as lines for people."""

from collections.abc import Mapping
from typing import Any

USUAL_DRIVERS = ("GTiff", "PNG", "JPEG", "SAFE", "NITF", "ENVI", "COSAR", "HDF5", "netCDF")


def doctor_rows(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (part, name, what was found) for each thing that was looked at."""
    gdal, qt, torch = found["gdal"], found["qt"], found["torch"]
    drivers = gdal.get("drivers", ())
    machine = found["machine"]
    return [
        ("Program", "satstudio", found["version"]),
        ("Program", "Python", found["python"]),
        ("Program", "System", found["platform"]),
        ("Machine", "Cores", f"{machine['cores']}"),
        ("Machine", "Memory", f"{machine['memory_mb']} MB, {machine['free_memory_mb']} MB free"),
        ("Rasters", "GDAL", f"{gdal.get('version', 'missing')}, {len(drivers)} drivers"),
        *(("Rasters", name, "yes" if name in drivers else "no") for name in USUAL_DRIVERS),
        ("Models", "ONNX Runtime", _version(found["onnxruntime"].get("version"))),
        ("Models", "Providers", ", ".join(found["onnxruntime"].get("providers", ())) or "none"),
        ("Training", "torch", _version(torch.get("version"))),
        ("Training", "GPU", ", ".join(torch.get("gpus", ())) or "none that torch can use"),
        ("Window", "Qt", _version(qt["version"])),
        ("Window", "Platform", _platform(qt)),
        ("Window", "Fonts", f"{found['fonts']['files']} files"),
        *(("Folders", name.capitalize(), _folder(at)) for name, at in found["folders"].items()),
        *(
            ("Packages", name, _version(version))
            for group in found["packages"].values()
            for name, version in group.items()
        ),
    ]


def summary(found: Mapping[str, Any]) -> str:
    """Return one sentence on the whole."""
    if found["broken"]:
        return "satstudio does not work here as it should."
    if count := len(found["missing"]):
        what = "thing is" if count == 1 else "things are"
        return f"satstudio works here; {count} {what} missing."
    return "Nothing is missing."


def doctor_text(found: Mapping[str, Any]) -> str:
    """Return everything as aligned lines, what is missing at the end."""
    rows = doctor_rows(found)
    wide = max(len(name) for _, name, _ in rows)
    lines: list[str] = []
    part = ""
    for group, name, value in rows:
        if group != part:
            part = group
            lines += ["", group] if lines else [group]
        lines.append(f"  {name:<{wide}}  {value}")
    return "\n".join([*lines, "", summary(found), *(f"- {text}" for text in found["missing"])])


def _version(version: object) -> str:
    return str(version) if version else "not installed"


def _platform(qt: Mapping[str, Any]) -> str:
    chosen = qt["platform"] or "chosen at the start"
    known = ", ".join(qt.get("platforms", ()))
    display = "a display is there" if qt["has_display"] else "no display"
    return f"{chosen}; {display}; there are {known or 'none'}"


def _folder(at: Mapping[str, Any]) -> str:
    notes = []
    if at.get("free_mb") is not None:
        notes.append(f"{at['free_mb'] / 1000:.1f} GB free")
    if not at.get("is_writable", True):
        notes.append("cannot be written")
    return f"{at['path']}  ({', '.join(notes)})" if notes else str(at["path"])
