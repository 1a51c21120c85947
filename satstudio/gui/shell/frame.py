"""Frame: what the action table asks of the window."""

from typing import Protocol


class Frame(Protocol):
    """What the rows ask of the window."""

    @property
    def page(self) -> str:
        """Name of the page that has the keyboard."""
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
