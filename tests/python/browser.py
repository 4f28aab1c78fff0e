"""Chromium without a window, driven over a pipe by its own protocol: what people's browsers would do with a page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE = 60.0


class Browser:
    """One page; all that it logged and asked for is kept."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        # The protocol is spoken on descriptors 3 and 4, which bash can name.
        start = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["bash", "-c", start, PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._left, self._count, self._session = b"", 0, ""
        self.logged: list[str] = []
        self.requested: list[str] = []

    def __enter__(self) -> Browser:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=_PATIENCE)
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file and wait until it and its scripts are done."""
        self._ask("Page.navigate", url="about:blank")
        self._ask("Page.navigate", url=path.resolve().as_uri() + fragment)
        end = time.monotonic() + _PATIENCE
        while self.run("document.readyState + location.protocol") != "completefile:":
            assert time.monotonic() < end, "the page does not load"
            time.sleep(0.05)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def emulate(self, medium: str, scheme: str = "light") -> None:
        """Show the page as on paper (``print``), or as on a light or dark screen."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", media=medium, features=features)

    def see_through(self, without: bool) -> None:
        """Take pictures without the white that lies below every page."""
        color = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}} if without else {}
        self._ask("Emulation.setDefaultBackgroundColorOverride", **color)

    def picture(self, width: int, height: int) -> str:
        """The window as a PNG in base64."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        return str(self._ask("Page.captureScreenshot", format="png")["data"])

    def _ask(self, method: str, **arguments: Any) -> Any:
        self._count += 1
        message = {"id": self._count, "method": method, "params": arguments}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def _note(self, event: Any) -> None:
        method, values = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requested.append(values["request"]["url"])
        elif method == "Log.entryAdded":
            self.logged.append(values["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.logged.append(str(values["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.logged.append(str(values["args"]))

    def _next(self) -> Any:
        while b"\0" not in self._left:
            piece = os.read(self._read, 1 << 16)
            assert piece, "the browser is gone"
            self._left += piece
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)
