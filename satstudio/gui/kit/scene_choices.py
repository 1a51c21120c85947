"""say, keep_said, remembered_address: what the user says of a scene, as a part of its address.

A layer's address holds it, so that undo, sessions, jobs and stacks keep it; the memory of files
follows the layers.
"""

from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.scenes.loader import is_stack, stack_address, stacked
from satstudio.scenes.address import Address, Choices, parse_address, with_choices
from satstudio.scenes.remembered import remember, remembered
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session


def say(context: Context, choices: Choices, text: str) -> None:
    """Let the active scene be what the user says; one step of undo."""
    store = context.store
    layer = store.session.layer
    scene = context.scenes.scene(layer.address) if layer is not None else None
    if layer is None or scene is None or choices == said_of(scene, layer.address):
        return
    address = said_address(scene, layer.address, choices)
    store.replace(store.session.readdressed(layer.address, address), text=text)


def said_of(scene: Scene, address: str) -> Choices:
    """Return what the user said of a scene; of a stack, of its first file."""
    return parse_address(stacked(address)[0]).choices if is_stack(address) else scene.choices


def said_address(scene: Scene, address: str, choices: Choices) -> str:
    """Return the address of a scene under other choices; of a stack, of each of its files."""
    if is_stack(address):
        return stack_address([with_choices(part, choices) for part in stacked(address)])
    return Address(str(scene.path), scene.image, choices).text


def remembered_address(address: str) -> str:
    """Return an address with what the user said of the file earlier, where it says nothing."""
    if is_stack(address):
        return address
    try:
        asked = parse_address(address)
    except InputError:
        return address
    said = asked.choices or remembered(Path(asked.path).absolute(), asked.image)
    return Address(asked.path, asked.image, said).text if said else address


def keep_said(before: Session, now: Session) -> None:
    """Remember what was said, or taken back, of scenes that stay open: undo counts too."""
    old, new = _said(before), _said(now)
    for place in old.keys() & new.keys():
        if old[place] != new[place]:
            path, image = place
            remember(Path(path), image, new[place])


def _said(session: Session) -> dict[tuple[str, str | None], Choices]:
    asked = [parse_address(address) for address in session.addresses if not is_stack(address)]
    return {(str(Path(one.path).absolute()), one.image): one.choices for one in asked}
