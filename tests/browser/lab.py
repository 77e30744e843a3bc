"""A JupyterLab of the tests' own: its settings, kernels and files stand in a temporary folder."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell in the page, not only those on the screen
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/themes": {"theme": "JupyterLab Dark"},
}
OPTIONS = ["--no-browser", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.allow_root=True"]
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
PATIENCE = 60  # seconds until the server answers


@contextmanager
def jupyterlab(home: Path) -> Iterator[str]:
    """Serve `home`/notebooks; yields an address with {} in place of a notebook's file name."""
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    token = secrets.token_hex()
    options = [*OPTIONS, f"--ServerApp.root_dir={home / 'notebooks'}", f"--IdentityProvider.token={token}"]
    environment = os.environ | {name: str(home / folder) for name, folder in FOLDERS.items()}
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        try:
            yield f"{_address(server, home)}lab/tree/{{}}?reset&token={token}"
        finally:
            server.terminate()  # its kernels end with it
            server.wait(30)


def _address(server: subprocess.Popen, home: Path) -> str:
    """Where the server listens, as soon as it does."""
    for _ in range(10 * PATIENCE):
        for file in (home / "runtime").glob("jpserver-*.json"):
            return json.loads(file.read_text())["url"]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError("JupyterLab did not start:\n" + (home / "server.log").read_text()[-2000:])
