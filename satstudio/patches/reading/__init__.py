"""Windows of scenes, read for cutting: each pixel once, whatever their number and order."""
