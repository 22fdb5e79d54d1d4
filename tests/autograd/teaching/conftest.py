"""One browser for all tests of pages."""

import pytest

from tests.tools.page.browser import CHROMIUM, DRIVER, Page, start


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[browser]'")
    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium with its chromedriver: apt install chromium-driver")
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    """A page in the browser, whose console must stay empty."""
    page = Page(browser)
    page.look(1280, 800)
    yield page
    assert page.errors() == []
