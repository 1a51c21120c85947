"""Forms drawn from JSON Schema, and fields of other kinds."""
