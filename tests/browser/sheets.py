"""Contact sheets: what many pages look like, on one picture."""

import io
from pathlib import Path

from PIL import Image, ImageDraw

COLUMNS = 4
GAP = 16
LABEL = 20
# Of a long page the beginning is enough to judge it by.
TALLEST = 2.2
QUALITY = 70


def write(path: Path, pictures: dict[str, bytes], *, width: int) -> None:
    """`pictures`: PNGs by the address of their page; `width` of each on the sheet."""
    cells = [(label, _thumbnail(png, width)) for label, png in pictures.items()]
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    heights = [max(image.height for _label, image in row) + LABEL + GAP for row in rows]
    size = (COLUMNS * (width + GAP) + GAP, sum(heights) + GAP)
    sheet = Image.new("RGB", size, "#d5d9e0")
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, (label, image) in enumerate(row):
            left = GAP + column * (width + GAP)
            ImageDraw.Draw(sheet).text((left, top + 4), label[: width // 6], fill="#1d273b")
            sheet.paste(image, (left, top + LABEL))
        top += height
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, "WEBP", quality=QUALITY)


def _thumbnail(png: bytes, width: int) -> Image.Image:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, round(image.width * TALLEST))))
    return image.resize((width, round(image.height * width / image.width)), Image.LANCZOS)
