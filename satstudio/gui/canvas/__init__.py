"""The canvas: navigation, tools, overlays, legend, scale bar, readout."""
