"""The report as PDF: the page of `report_html`, set by Qt, with what has to be on every page at its foot."""

from __future__ import annotations

import os
import sys
from math import ceil
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QApplication

from app.export.content import ReportContent
from app.export.report_html import report_html
from app.export.words import ReportWords
from app.theme import FAMILY, load_fonts

DPI = 300
MARGIN_MM = 16.0
TOP_MM = 14.0
FOOT_MM = 22.0
"""Margin at the foot, in which the standing sentence and the page's number are."""
CJK = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Noto Sans SC", "SimSun",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Droid Sans Fallback",
)  # fmt: skip
"""Families with Chinese letters, best first; the shipped font has none."""


class NoFontError(Exception):
    """The system has no font for the report's language; the message is one line."""


def ensure_gui() -> None:
    """Fonts need an application of Qt's; a command without a window gets one that draws nowhere."""
    if QApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        # Of the kind that windows need: whoever opens one later in this process uses the same.
        QApplication(sys.argv[:1])


def chinese_family() -> str | None:
    """A family of this system with Chinese letters; None where there is none."""
    ensure_gui()
    known = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    return next((family for family in CJK if family in known), known[0] if known else None)


def report_pdf(content: ReportContent, words: ReportWords, folder: Path | None = None) -> bytes:
    """The pages.

    Raises:
        Refusal: a template is at fault.
        NoFontError: the system has no font for the language.
    """
    ensure_gui()
    family = chinese_family()
    if words.language == "zh" and family is None:
        raise NoFontError(
            "this system has no font with Chinese letters for the PDF: install one (such as Noto Sans CJK), "
            "or take html"
        )
    font = QFont(load_fonts())
    font.setFamilies([FAMILY, *([] if family is None else [family])])
    font.setPointSizeF(9.5)
    html = report_html(content, words, folder, paper=True)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF())
    )
    writer.setTitle(f"{words('title')} {content.exam}")
    writer.setCreator(content.software)
    _draw(writer, html, font, _foot(content, words), words)
    buffer.close()
    return bytes(data.data())


def _foot(content: ReportContent, words: ReportWords) -> tuple[str, str]:
    said = f"{words('model_is', what=words.synthetic)} " if content.synthetic else ""
    return words.standing, f"{said}{content.exam}"


def _draw(writer: QPdfWriter, html: str, font: QFont, foot: tuple[str, str], words: ReportWords) -> None:
    mm = DPI / 25.4
    page = writer.pageLayout().fullRectPixels(DPI)
    body = QRectF(
        MARGIN_MM * mm,
        TOP_MM * mm,
        page.width() - 2 * MARGIN_MM * mm,
        page.height() - (TOP_MM + FOOT_MM) * mm,
    )
    document = _SealedDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.documentLayout().setPaintDevice(writer)
    document.setHtml(html)
    document.setPageSize(QSizeF(body.width(), body.height()))
    _whole_layout(document)
    _keep_headings(document, body.height())
    _whole_layout(document)
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    end = document.documentLayout().blockBoundingRect(document.lastBlock()).bottom()
    count = max(document.pageCount(), ceil((end - 1) / body.height()))
    for number in range(count):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(body.left(), body.top() - number * body.height())
        part = QRectF(0, number * body.height(), body.width(), body.height())
        painter.setClipRect(part)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = part
        context.palette.setColor(QPalette.ColorRole.Text, QColor("#1c2630"))
        document.documentLayout().draw(painter, context)
        painter.restore()
        _draw_foot(painter, body, mm, font, foot, words("page", number=number + 1, count=count))
    painter.end()


def _whole_layout(document: QTextDocument) -> None:
    """Lay out to the end now: Qt does it as needed, and counts the pages of what it has done so far."""
    document.markContentsDirty(0, document.characterCount())
    document.documentLayout().documentSize()
    document.documentLayout().blockBoundingRect(document.lastBlock())


def _keep_headings(document: QTextDocument, page_height: float) -> None:
    """No heading is left at the foot of a page: it goes with what follows it, of a table two rows."""
    layout = document.documentLayout()
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() and not QTextCursor(block).currentTable():
            last = _first_part(block.next())
            top = layout.blockBoundingRect(block).top()
            if last.isValid() and int(top // page_height) != int(
                (layout.blockBoundingRect(last).bottom() - 1) // page_height
            ):
                form = block.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _first_part(block: QTextBlock) -> QTextBlock:
    """What must stand with a heading: the block after it, or the last one of a table's second row."""
    if not block.isValid():
        return block
    table = QTextCursor(block).currentTable()
    if table is None:
        return block
    row = min(1, table.rows() - 1)
    return table.cellAt(row, table.columns() - 1).lastCursorPosition().block()


def _draw_foot(
    painter: QPainter, body: QRectF, mm: float, font: QFont, foot: tuple[str, str], page: str
) -> None:
    small = QFont(font)
    small.setPointSizeF(8)
    painter.setFont(small)
    top = body.bottom() + 4 * mm
    painter.setPen(QColor("#c9d1d9"))
    painter.drawLine(round(body.left()), round(top), round(body.right()), round(top))
    painter.setPen(QColor("#3b4855"))
    standing, rest = foot
    line = QRectF(body.left(), top + 1.5 * mm, body.width(), 4.5 * mm)
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), standing)
    below = line.translated(0, 4.5 * mm)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), rest)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), page)


class _SealedDocument(QTextDocument):
    """Loads the pictures that are in the page itself, and no file or address that a template names."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = QUrl(name)
        return super().loadResource(kind, url) if url.scheme() == "data" else None
