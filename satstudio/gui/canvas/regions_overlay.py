"""RegionsOverlay: the named rectangles and polygons of the session over the picture."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from satstudio.gui.canvas.overlays import paint_label, screen_rect
from satstudio.gui.canvas.tiles.painter import View
from satstudio.session.session import Region

LINE = QColor(120, 230, 150)


class RegionsOverlay:
    """An outline and a name for each region in view; takes no mouse.

    Attributes
    ----------
    regions : of the scene that the canvas shows
    """

    def __init__(self) -> None:
        self.regions: tuple[Region, ...] = ()

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint in screen units."""
        wide, high = view.size.cols, view.size.rows
        for region in self.regions:
            place = screen_rect(region.window, view)
            if place.left() > wide or place.top() > high or place.right() < 0 or place.bottom() < 0:
                continue
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(LINE, 1.5))
            if region.points:
                corners = [view.viewport.to_screen(*point, view.size) for point in region.points]
                painter.drawPolygon(QPolygonF([QPointF(x, y) for y, x in corners]))
            else:
                painter.drawRect(place)
            painter.restore()
            paint_label(painter, place.topLeft() + QPointF(4, 4), region.name)
