"""Write a picture of a report as it opens, on a desk in light and on a telephone in dark: picture.py PAGE PICTURE."""

import io
import shutil
import sys
from pathlib import Path

from machine import ARGUMENTS, NAMES
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HEIGHT, GAP, COLOURS = 1500, 24, 128


def main(page: str, picture: str) -> None:
    """Open the page twice and save both views side by side as one small PNG."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        sys.exit("no Chromium on this machine: install it to draw the picture (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        views = [view(browser, Path(page), 1280, "light"), view(browser, Path(page), 390, "dark")]
        browser.close()
    both = Image.new("RGB", (sum(image.width for image in views) + GAP, HEIGHT), "white")
    both.paste(views[0], (0, 0))
    both.paste(views[1], (views[0].width + GAP, 0))
    both.quantize(COLOURS).save(picture, optimize=True)


def view(browser: Browser, page: Path, width: int, scheme: str) -> Image.Image:
    """The beginning of a page at a width and in a colour scheme."""
    tab = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    tab.goto(page.resolve().as_uri())
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


if __name__ == "__main__":
    main(*sys.argv[1:])
