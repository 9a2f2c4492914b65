"""Where a session begins: sources with previews, recent ones, files, or an address typed in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from app import theme
from app.action_table import KEPT_KEYS
from app.language import translate
from app.offers import Offer, OfferScout, recent_offers, standing_offers
from app.panels.overlay import Overlay
from app.panels.panel import MEDIUM, REGULAR, label, put_text
from app.theme import Scale
from capture.frame import Pixels

COLUMNS = 4
PREVIEW = (480, 270)
STOP_S = 3.0


class Tile(QPushButton):
    """One source: its picture, name and kind, and the number key that opens it."""

    def __init__(self, offer: Offer, number: int) -> None:
        super().__init__()
        self.offer, self.number = offer, number
        self._image: QImage | None = None
        self._scale = Scale()
        self.setAccessibleName(f"{offer.title}. {offer.detail}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def set_scale(self, scale: Scale) -> None:
        self._scale = scale
        self.setFixedHeight(scale.px(270))

    def sizeHint(self) -> QSize:
        return QSize(self._scale.px(330), self._scale.px(270))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        px, scale = self._scale.px, self._scale
        edge = (
            theme.CYAN
            if self.window().focusWidget() is self
            else theme.QUIET
            if self.underMouse()
            else theme.LINE
        )
        painter.setPen(QPen(QColor(edge), px(2)))
        painter.setBrush(QColor(theme.PANEL))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(8), px(8))
        place = QRect(px(8), px(8), self.width() - px(16), self.height() - px(76))
        painter.fillRect(place, QColor(theme.SCAN))
        if self._image is not None:
            size = self._image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(0, 0, size.width(), size.height())
            box.moveCenter(place.center())
            painter.drawImage(box, self._image)
        words = QRect(px(14), place.bottom() + px(8), self.width() - px(28), px(28))
        if self.number <= KEPT_KEYS:
            key = QRect(self.width() - px(40), words.y(), px(26), px(26))
            put_text(painter, key, str(self.number), scale.font(18, MEDIUM), theme.QUIET, theme.ALIGN_CENTRE)
            words.setWidth(words.width() - px(34))
        put_text(painter, words, self.offer.title, scale.font(19, MEDIUM), theme.BRIGHT)
        detail = QRect(words.x(), words.bottom(), self.width() - px(28), px(26))
        put_text(painter, detail, self.offer.detail, scale.font(16, REGULAR), theme.QUIET)


class Picker(Overlay):
    """`chosen` gives the words of a source; nothing is opened here but for a look."""

    chosen = Signal(str)
    exams_asked = Signal()
    _found = Signal(object)
    _seen = Signal(str, object)

    def __init__(
        self,
        parent: QWidget,
        recent: Sequence[str],
        above: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        super().__init__(parent, above, below)
        self._recent = tuple(recent)
        self._devices: list[Offer] = []
        self._images: dict[str, QImage] = {}
        self._scouts: list[OfferScout] = []
        self._dialog: QFileDialog | None = None
        self.tiles: list[Tile] = []
        self._title, self._foot = label("heading"), label("faint")
        self.address = QLineEdit()
        self._open, self._file, self._folder = QPushButton(), QPushButton(), QPushButton()
        self.exams = QPushButton()
        row = QHBoxLayout()
        row.addWidget(self.address, 1)
        for button in (self._open, self._file, self._folder, self.exams):
            row.addWidget(button)
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._page)
        self.column.addWidget(self._title)
        self.column.addLayout(row)
        self.column.addWidget(self._scroll, 1)
        self.column.addWidget(self._foot)
        self.address.returnPressed.connect(self._typed)
        self._open.clicked.connect(self._typed)
        self.exams.clicked.connect(self.exams_asked.emit)
        self._file.clicked.connect(lambda: self._browse(QFileDialog.FileMode.ExistingFile))
        self._folder.clicked.connect(lambda: self._browse(QFileDialog.FileMode.Directory))
        self._found.connect(self._add_devices)
        self._seen.connect(self._add_image)

    def set_recent(self, recent: Sequence[str]) -> None:
        self._recent = tuple(recent)

    def offers(self) -> list[Offer]:
        """What stands here now: always-there, devices, recent."""
        return [*standing_offers(), *self._devices, *recent_offers(self._recent)]

    def fill(self) -> None:
        self.retranslate()
        self._make_tiles()
        self.stop(wait=False)
        scout = OfferScout(self.offers(), PREVIEW, self._found.emit, self._told_preview)
        self._scouts = [*(one for one in self._scouts if one.is_alive()), scout]
        scout.start()

    def first_focus(self) -> QWidget:
        return self.tiles[0] if self.tiles else self.address

    def close_page(self) -> None:
        super().close_page()
        self.stop(wait=False)

    def stop(self, wait: bool = True) -> None:
        """End the looking about; at the end of the program wait for it."""
        for scout in self._scouts:
            scout.cancel()
        if wait:
            for scout in self._scouts:
                scout.join(STOP_S)
            self._scouts = []
            self._close_dialog()

    def choose(self, position: int) -> None:
        """By its place, as the number keys do."""
        if position < len(self.tiles):
            self.tiles[position].click()

    def set_scale(self, scale: Scale) -> None:
        super().set_scale(scale)
        self._grid.setSpacing(scale.px(18))
        for tile in self.tiles:
            tile.set_scale(scale)

    def retranslate(self) -> None:
        self._title.setText(translate("Picker", "Choose a source"))
        self.address.setPlaceholderText(
            translate("Picker", "A path or an address: udp://…  rtsp://…  igtl://host:port  card:…  screen:")
        )
        self._open.setText(translate("Picker", "Open"))
        self._file.setText(translate("Picker", "File…"))
        self._folder.setText(translate("Picker", "Folder…"))
        self.exams.setText(translate("Picker", "Exams"))
        self._foot.setText(
            translate("Picker", "Or drop a film, picture, DICOM file or folder anywhere in the window.")
        )
        if self.tiles:
            self._make_tiles()

    def _make_tiles(self) -> None:
        # Of the window, not of the desktop: it may be another window that has the keyboard just now.
        holder = self.window().focusWidget()
        focused = next((tile.offer.spec for tile in self.tiles if tile is holder), None)
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = []
        for number, offer in enumerate(self.offers(), 1):
            tile = Tile(offer, number)
            tile.set_scale(self.scale)
            if offer.spec in self._images:
                tile.set_image(self._images[offer.spec])
            tile.clicked.connect(lambda _checked=False, spec=offer.spec: self.chosen.emit(spec))
            self._grid.addWidget(tile, (number - 1) // COLUMNS, (number - 1) % COLUMNS)
            self.tiles.append(tile)
            if offer.spec == focused:
                tile.setFocus()
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._grid.setRowStretch((len(self.tiles) - 1) // COLUMNS + 1, 1)

    def _told_preview(self, spec: str, pixels: Pixels) -> None:
        self._seen.emit(spec, pixels)

    def _add_devices(self, found: list[Offer]) -> None:
        if found != self._devices:
            self._devices = found
            if self.is_open:
                self._make_tiles()

    def _add_image(self, spec: str, pixels: Pixels) -> None:
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()
        self._images[spec] = image
        for tile in self.tiles:
            if tile.offer.spec == spec:
                tile.set_image(image)

    def _typed(self) -> None:
        text = self.address.text().strip().strip('"')
        if text:
            self.chosen.emit(text)

    def _browse(self, mode: QFileDialog.FileMode) -> None:
        """Not modal: the picture behind it goes on and keys still work."""
        self._close_dialog()
        dialog = QFileDialog(self.window())
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setModal(False)
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(self.chosen.emit)
        self._dialog = dialog
        dialog.show()

    def _close_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.close()
            dialog.deleteLater()
