"""The service that shows reports: what is below its folder, and nothing else."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from revenue_assets.stack.reports import serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of reports with a secret beside it, a hidden file in it, and a link that leads out of it."""
    (tmp_path / "secret.html").write_text("secret")
    folder = tmp_path / "reports"
    (folder / "run <1>").mkdir(parents=True)
    (folder / "run <1>" / "usage.html").write_text("<h1>Usage</h1>")
    (folder / ".hidden.html").write_text("secret")
    (folder / "out.html").symlink_to(tmp_path / "secret.html")
    return folder


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    """Where the folder is served."""
    server = serve("127.0.0.1", 0, folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def _ask(port: int, path: str, method: str = "GET") -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.headers


def test_a_page_is_served_with_what_protects_its_reader(port: int) -> None:
    status, text, headers = _ask(port, "/run%20%3C1%3E/usage.html")
    assert (status, text, headers["Content-Type"]) == (200, "<h1>Usage</h1>", "text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/out.html",
        "/.hidden.html",
        "/run%20%3C1%3E/",
        "/none.html",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served_nor_any_folder_listed(port: int, path: str) -> None:
    status, text, _ = _ask(port, path)
    assert status == 404
    assert "secret" not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_read_only(port: int, folder: Path, method: str) -> None:
    assert _ask(port, "/run%20%3C1%3E/usage.html", method)[0] == 501
    assert (folder / "run <1>" / "usage.html").exists()


def test_the_list_names_the_pages_with_their_names_escaped(port: int) -> None:
    status, text, _ = _ask(port, "/")
    assert status == 200
    assert '<a href="/run%20%3C1%3E/usage.html">run &lt;1&gt;/usage.html</a>' in text
    assert ".hidden" not in text
    assert "out.html" not in text


def test_an_index_page_of_the_reports_takes_the_place_of_the_list(port: int, folder: Path) -> None:
    (folder / "index.html").write_text("all suites")
    assert _ask(port, "/")[1] == "all suites"


def test_before_the_first_report_there_is_a_page_that_says_so(tmp_path: Path) -> None:
    server = serve("127.0.0.1", 0, tmp_path / "none")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    status, text, _ = _ask(server.server_address[1], "/")
    server.shutdown()
    thread.join()
    server.server_close()
    assert status == 200
    assert "There are no reports yet" in text
