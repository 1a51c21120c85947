"""pair_text, role_problem: ROLE=SCENE, as recipes and the command line say scenes beside others."""

import re

PROPOSED_ROLES = ("target", "optical", "sar", "low", "high", "mask")
"""Roles that are offered, the usual ones first."""

ROLE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def pair_text(role: str, address: str) -> str:
    """Return ROLE=SCENE."""
    return f"{role}={address}"


def role_problem(role: str, own: str) -> str:
    """Return what is wrong with the role of a scene beside others of the role `own`; "" if nothing.

    Sentences are for the user.
    """
    if not ROLE.fullmatch(role):
        return (
            f"'{role}' is no role: take a short word of small letters, digits and _, such as "
            f"{PROPOSED_ROLES[0]}."
        )
    if role == own:
        return f"The ticked scenes have the role '{own}' themselves; give those beside another."
    return ""
