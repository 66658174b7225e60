"""A container engine and Docker Compose on it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMPOSE = str(Path(sys.executable).parent / "docker-compose")


def build_image(docker: str, name: str, folder: Path) -> None:
    """Build the image sticker-atlas/<name>:dev of a folder, as deploy/rehearsal/<name>.Dockerfile says."""
    file = f"deploy/rehearsal/{name}.Dockerfile"
    subprocess.run(
        [docker, "build", "--quiet", "--tag", f"sticker-atlas/{name}:dev", "--file", file, folder], check=True
    )


def build_next_image(docker: str, name: str) -> None:
    """Build sticker-atlas/<name>:next, which differs from :dev in a label only: something to upgrade to."""
    command = [docker, "build", "--quiet", "--label", "rehearsal=next", "--tag", f"sticker-atlas/{name}:next", "-"]
    subprocess.run(command, input=f"FROM sticker-atlas/{name}:dev\n".encode(), check=True)


@dataclass(frozen=True, slots=True)
class Engine:
    """One Compose project; `settings` are the variables that its files read."""

    docker: str
    project: str
    files: tuple[str, ...]
    settings: Mapping[str, str]

    def answers(self) -> bool:
        return subprocess.run([self.docker, "info"], capture_output=True, check=False).returncode == 0

    def compose(self, *arguments: str) -> str:
        """What Compose prints; it fails loudly."""
        files = [argument for file in self.files for argument in ("--file", file)]
        command = [COMPOSE, "--project-name", self.project, *files, *arguments]
        return self._output(command)

    def kill(self, service: str) -> None:
        """Kill the service's process, as a crash would: Compose's own kill would also keep it from starting again."""
        container = self.compose("ps", "--quiet", service).strip()
        pid = self._output([self.docker, "inspect", "--format", "{{.State.Pid}}", container])
        os.kill(int(pid), signal.SIGKILL)

    def restarts(self) -> int:
        containers = self.compose("ps", "--quiet").split()
        return sum(
            map(int, self._output([self.docker, "inspect", "--format", "{{.RestartCount}}", *containers]).split())
        )

    def memory(self) -> dict[str, str]:
        """What each container holds now, by name."""
        lines = self._output([self.docker, "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"]).splitlines()
        return {line.split()[0]: line.split()[1] for line in lines if line.startswith(self.project)}

    def image_sizes(self) -> dict[str, int]:
        """Bytes of each image that the project builds."""
        names = self._output(
            [self.docker, "image", "ls", "--filter", "reference=sticker-atlas/*:dev", "--format", "{{.Repository}}"]
        )
        return {
            name.partition("/")[2]: int(
                self._output([self.docker, "image", "inspect", "--format", "{{.Size}}", f"{name}:dev"])
            )
            for name in names.split()
        }

    def _output(self, command: list[str]) -> str:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | dict(self.settings), check=True
        )
        return done.stdout
