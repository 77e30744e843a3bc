"""A Slurm of several nodes on this machine: Debian's slurmctld and slurmd with munge, all state in one folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "sinfo", "scontrol")
CONF = """
ClusterName=test
SlurmctldHost={host}
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdTimeout=5
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
MpiDefault=none
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """The nodes of a running Slurm, by name."""

    def __init__(self, folder: Path, nodes: dict[str, subprocess.Popen]) -> None:
        self.nodes = nodes
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}

    def run(self, *command: str) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.strip()

    def kill(self, name: str) -> None:
        """Pull a node's plug: its daemon and everything that it started end at once."""
        daemon = self.nodes.pop(name)
        steps = [pid for pid, command in _commands() if "slurmstepd" in command and _is_of(pid, name)]
        victims = [daemon.pid, *(child for pid in steps for child in [pid, *_descendants(pid)])]
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        daemon.wait()

    def wait(self, seconds: float) -> None:
        """Wait until no job is queued or running."""
        end = time.monotonic() + seconds
        while self.run("squeue", "--noheader"):
            if time.monotonic() > end:
                raise TimeoutError(self.run("squeue") + "\n" + self.run("sinfo"))
            time.sleep(0.5)


@contextmanager
def cluster(folder: Path, names: tuple[str, ...] = ("node1", "node2")) -> Iterator[Cluster]:
    """A Slurm with one processor a node; all its processes end with the block."""
    host, (port, *ports) = socket.gethostname(), _free_ports(1 + len(names))
    lines = [
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={at} CPUs=1 State=UNKNOWN"
        for name, at in zip(names, ports, strict=True)
    ]
    (folder / "state").mkdir()
    (folder / "slurm.conf").write_text(CONF.format(host=host, port=port, folder=folder, nodes="\n".join(lines)))
    daemons = []
    try:
        daemons.append(_munge(folder / "munge"))
        environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        daemons.append(_start(["slurmctld", "-D"], environment))
        nodes = {name: _start(["slurmd", "-D", "-N", name], environment) for name in names}
        daemons += nodes.values()
        made = Cluster(folder, dict(nodes))
        end = time.monotonic() + 30
        while _idle(made) < len(names):
            if time.monotonic() > end:
                raise TimeoutError((folder / "slurmctld.log").read_text()[-3000:])
            time.sleep(0.3)
        yield made
        with suppress(subprocess.SubprocessError):
            made.run("scancel", "--user=root")
    finally:
        for daemon in reversed(daemons):
            daemon.kill()
            daemon.wait()


def _idle(made: Cluster) -> int:
    """How many nodes wait for work; none while the controller does not answer."""
    with suppress(subprocess.CalledProcessError):
        return int(made.run("sinfo", "--noheader", "--states=idle", "--format=%D") or 0)
    return 0


def _munge(folder: Path) -> subprocess.Popen:
    """The daemon that signs Slurm's messages, as its own user."""
    folder.mkdir(mode=0o700)
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o600)
    for path in (folder, folder / "key"):
        shutil.chown(path, "munge", "munge")
    for parent in folder.parents:
        if parent != Path(parent.root):
            parent.chmod(parent.stat().st_mode | 0o111)
    files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "seed-file": "seed", "log-file": "log"}
    options = [f"--{option}={folder / name}" for option, name in files.items()]
    return _start(["munged", "--foreground", "--force", *options], os.environ, user="munge", group="munge")


def _start(command: list[str], environment: dict, **options: str) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _commands() -> Iterator[tuple[int, str]]:
    """Every process with its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield int(path.parent.name), path.read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _is_of(pid: int, node: str) -> bool:
    """Whether a step's processes belong to a node."""
    for child in _descendants(pid):
        with suppress(OSError):
            if f"SLURMD_NODENAME={node}\0".encode() in Path(f"/proc/{child}/environ").read_bytes() + b"\0":
                return True
    return False


def _descendants(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children += map(int, path.read_text().split())
    return [each for child in children for each in [child, *_descendants(child)]]
