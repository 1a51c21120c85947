"""The version, in one place: pyproject.toml, run.json, model cards and About read it here."""

VERSION = "0.1.0"
