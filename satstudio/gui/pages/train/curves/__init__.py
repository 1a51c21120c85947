"""Curves of a run: charts, other runs beside them, axes, zoom, export."""
