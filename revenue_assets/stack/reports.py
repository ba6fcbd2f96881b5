"""Serves the pages that checks link to: the files below `links.reports_dir()`, read-only, and a list of them.

`python -m revenue_assets.stack.reports --host HOST --port PORT`, one of the services of the stack. Nothing outside of
the folder is served, hidden files and what links lead out of it neither. The pages show data of customers: they are
served to this machine only, unless REVENUE_UI_HOST says otherwise.
"""

import argparse
import html
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from socket import AF_INET6
from typing import Any, BinaryIO
from urllib.parse import quote

from revenue_assets.links import reports_dir

_LISTED = 500
# Pages are ours, but show text of the sources: none of it may run, load anything or be framed.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reports</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}</style></head>
<body><h1>Reports</h1><p>{summary}</p><ul>{items}</ul></body></html>
"""


class Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files below one folder."""

    server_version, sys_version = "revenue-reports", ""
    timeout = 30  # of a client that sends nothing

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Answer with the file, with the list for the folder itself, or with 404."""
        root = Path(self.directory).resolve()
        wanted = Path(self.translate_path(self.path)).resolve()
        if wanted == root and not (root / "index.html").is_file():
            return self._send_list(root)
        wanted = root / "index.html" if wanted == root else wanted
        is_inside = wanted.is_relative_to(root)
        if not is_inside or _is_hidden(wanted.relative_to(root)) or not wanted.is_file():
            self.send_error(HTTPStatus.NOT_FOUND, "There is no such report")
            return None
        return super().send_head()

    def end_headers(self) -> None:
        """With what protects the reader."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Only what went wrong is worth a line; a health check asks every few seconds."""

    def log_error(self, format: str, *args: Any) -> None:
        """As a line that the log understands."""
        print(f"WARNING: {self.address_string()} asked for {self.path!r}: {format % args}", flush=True)

    def _is_root(self, root: Path, wanted: Path) -> bool:
        return wanted.resolve() == root and not (root / "index.html").is_file()

    def _send_list(self, root: Path) -> BytesIO:
        pages = {file.relative_to(root): file.stat() for file in root.rglob("*.html") if not file.is_symlink()}
        found = sorted((path for path in pages if not _is_hidden(path)), key=lambda path: -pages[path].st_mtime)
        paths = [path.as_posix() for path in found[:_LISTED]]
        items = "".join(f'<li><a href="/{quote(path)}">{html.escape(path)}</a></li>' for path in paths)
        none = "There are no reports yet: checks write them when they run."
        summary = f"{len(found)} pages, the newest first." if found else none
        page = _PAGE.format(summary=summary, items=items).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return BytesIO(page)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


class Server(ThreadingHTTPServer):
    """One thread a request; none of them keeps the process from ending."""

    daemon_threads = True


def serve(host: str, port: int, folder: Path) -> Server:
    """A server that listens; the caller lets it serve and closes it."""

    def handler(*args: Any) -> Handler:
        return Handler(*args, directory=str(folder))

    kind = type("Server", (Server,), {"address_family": AF_INET6}) if ":" in host else Server
    return kind((host, port), handler)  # type: ignore[no-any-return]


def main() -> None:
    """Serve the reports of this installation until the process is ended."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, required=True)
    given = arguments.parse_args()
    serve(given.host, given.port, reports_dir()).serve_forever()


if __name__ == "__main__":
    main()
