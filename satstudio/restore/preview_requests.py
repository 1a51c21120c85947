"""KINDS: what the Restore page asks the process that keeps models and scenes open."""

from satstudio.core.job_requests import RequestKind

KINDS = tuple(RequestKind(name) for name in ("cards", "check", "preview", "beside", "estimate"))
"""What can be asked, the most urgent first; a newer question takes the place of an older one."""

SCENE = "scene"
"""Of `beside`: the scene as it is."""
