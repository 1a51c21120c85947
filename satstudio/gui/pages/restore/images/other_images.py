"""OtherImages: which images stand beside the scene, by role; what a model's card has room for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from satstudio.core.port import BoundPort, Role

OFFERED = 2
"""Lines of a port that may have images but needs none; 'Add' makes more."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many images of a port stand beside the scene.

    Attributes
    ----------
    first : number of the first of them: the scene itself is image 1 of the first port
    least : images that must be there
    most : None: any number
    offered : lines that are always there, so that one sees what the model can be given
    """

    port: BoundPort
    first: int
    least: int
    most: int | None
    offered: int

    @property
    def is_needed(self) -> bool:
        """Whether nothing can be restored without it; a stack may hold the rest of a series."""
        return self.first == 1 and self.least > 0


def rooms_of(ports: Sequence[BoundPort], *, is_series: bool = False) -> tuple[Room, ...]:
    """Return the room of each port of a card; nothing for a model of one image.

    Parameters
    ----------
    is_series : the scene itself is a stack, whose dates are the first port's images
    """
    rooms = []
    for number, port in enumerate(ports):
        taken = 0 if number else 1  # the scene itself
        least, most = port.frames
        is_free = port.optional or port.mask_of is not None or (is_series and not number)
        most = None if most is None else most - taken
        needed = 0 if is_free else least - taken
        seen = 0 if port.mask_of is not None or (is_series and not number) else OFFERED
        offered = max(needed, seen if most is None else min(seen, most))
        rooms.append(Room(port, taken + 1, needed, most, offered))
    return tuple(room for room in rooms if room.most != 0)


class OtherImages:
    """Addresses by role; "" where a line says nothing yet.

    What was chosen for a role stays when a model without it is looked at in between.

    Attributes
    ----------
    rooms : of the model that is chosen
    given : what the user chose
    """

    def __init__(self) -> None:
        self.rooms: tuple[Room, ...] = ()
        self.given: dict[Role, list[str]] = {}
        self._proposed: dict[Role, list[str]] = {}

    @property
    def lines(self) -> Iterator[tuple[Room, int]]:
        """Room and number of every line."""
        for room in self.rooms:
            yield from ((room, number) for number in range(self.count(room)))

    @property
    def growing(self) -> list[Room]:
        """Ports that may have another image."""
        return [room for room in self.rooms if room.most is None or self.count(room) < room.most]

    @property
    def chosen(self) -> dict[Role, tuple[str, ...]]:
        """What the model takes beside the scene, as recipes say it."""
        found = {room.port.role: tuple(filter(None, self._of(room))) for room in self.rooms}
        return {role: addresses for role, addresses in found.items() if addresses}

    @property
    def missing(self) -> BoundPort | None:
        """The first port without which nothing can be restored and that has no image yet."""
        needed = (room.port for room in self.rooms if room.is_needed)
        return next((port for port in needed if port.role not in self.chosen), None)

    def count(self, room: Room) -> int:
        """Return how many lines a port has."""
        wanted = max(room.offered, len(self._of(room)))
        return wanted if room.most is None else min(wanted, room.most)

    def address(self, room: Room, number: int) -> str:
        """Return what a line says."""
        given = self._of(room)
        return given[number] if number < len(given) else ""

    def put(self, room: Room, number: int, addresses: Sequence[str]) -> None:
        """Put images into a line of a port and the next ones, as far as there is room."""
        given = list(self._of(room))
        given += [""] * (number - len(given))
        given[number : number + len(addresses)] = addresses
        self.given[room.port.role] = given
        if room.most is not None:
            del given[room.most :]

    def remove(self, room: Room, number: int) -> None:
        """Take a line away; where the port needs one, what it says."""
        given = self._of(room)
        self.given[room.port.role] = [*given[:number], *given[number + 1 :]]

    def propose(self, fitting: Mapping[str, Sequence[Role]], taken: Iterable[str]) -> None:
        """Let lines say open scenes that fit, until the user chooses for their role.

        Parameters
        ----------
        fitting : roles that each open scene looks right for
        taken : scenes that are not to be proposed
        """
        self._proposed = {}
        used = {*taken, *(one for given in self.given.values() for one in given)}
        for room in self.rooms:
            role = room.port.role
            if role not in self.given:
                free = [one for one, roles in fitting.items() if role in roles and one not in used]
                self._proposed[role] = free[: room.most]
                used |= set(self._proposed[role])

    def _of(self, room: Room) -> list[str]:
        role = room.port.role
        return self.given.get(role, self._proposed.get(role, []))
