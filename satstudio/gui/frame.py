"""Frame: what the action table asks of the window."""

from typing import Protocol


class PageText(Protocol):
    """Return what a page is called."""

    @property
    def title(self) -> str:
        """Text of menus."""
        ...

    @property
    def icon(self) -> str:
        """Name of the icon."""
        ...

    @property
    def tip(self) -> str:
        """Sentence of the tooltip."""
        ...


class Frame(Protocol):
    """What the rows ask of the window."""

    page: str

    @property
    def page_names(self) -> tuple[str, ...]:
        """Names in the order of the road."""
        ...

    def page_info(self, name: str) -> PageText:
        """Return what a page is called."""
        ...

    def ask_files(self) -> None:
        """Ask files."""
        ...

    def ask_folder(self) -> None:
        """Ask folder."""
        ...

    def open_sample(self) -> None:
        """Open sample."""
        ...

    def save_picture(self) -> None:
        """Save the scene as it is shown."""
        ...

    def close_scene(self) -> None:
        """Close scene."""
        ...

    def show_settings(self) -> None:
        """Show settings."""
        ...

    def show_study(self) -> None:
        """Show study."""
        ...

    def show_about(self) -> None:
        """Show about."""
        ...

    def show_doctor(self) -> None:
        """Show what the installation has and lacks."""
        ...

    def show_first_steps(self) -> None:
        """Show first steps."""
        ...

    def show_shortcuts(self) -> None:
        """Show shortcuts."""
        ...

    def show_palette(self) -> None:
        """Show the command palette."""
        ...

    def reset_layout(self) -> None:
        """Reset layout."""
        ...

    def toggle_full_screen(self) -> None:
        """Toggle full screen."""
        ...

    def isFullScreen(self) -> bool:  # noqa: N802 - Qt's name
        """Whether the whole screen is used."""
        ...

    def close(self) -> bool:
        """Close the window."""
        ...
