"""A stepper's page in a headless browser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-prefers-reduced-motion",
)  # fmt: skip


class Page:
    """A stepper's page in the browser."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, path):
        self.browser.get(Path(path).as_uri())

    def look(self, width, height, dark=False):
        """Show the page in a window of this many pixels."""
        phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def press(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def click(self, name):
        self.browser.find_element("id", name).click()

    def text(self, selector):
        return self.browser.find_element("css selector", selector).text

    def announcement(self):
        """What a screen reader reads out."""
        return self.run("return document.getElementById('announcement').textContent")

    def gradients(self):
        """The gradients of the leaves in the table, by name."""
        rows = self.run(
            "return [...document.querySelectorAll('#leaves .gradient')].map(cell =>"
            " [stepper.data.nodes[cell.dataset.leaf].label, cell.dataset.exact])"
        )
        read = lambda text: [float(x) for x in json.loads(text)] if text.startswith("[") else float(text)
        return {name: read(text) for name, text in rows}

    def step_of(self, label):
        """Go to the step of the backward pass at the node with a label."""
        self.run(
            "const node = stepper.data.nodes.findIndex(n => n.label === arguments[0]);"
            "stepper.go(stepper.count - 1); stepper.go(stepper.stepOf(node))", label,
        )  # fmt: skip

    def errors(self):
        return [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def start(profile: Path) -> Any:
    """A browser that keeps what it needs in a folder."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
