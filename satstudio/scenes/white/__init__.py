"""A complex scene as despecklers want it: white, without points."""
