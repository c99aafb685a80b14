"""Prints the requirements that neither the installed packages nor the package index satisfy.

Runs in a build step after pip has failed, with pip's own reader of requirements. One line each,
"unsatisfied-requirement: TEXT".
"""

import os
import subprocess
import sys
import time
from importlib import metadata

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

DEADLINE = time.monotonic() + 120


def lines(path, seen):
    if path in seen:
        return
    seen.add(path)
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    for raw in text.splitlines():
        line = raw.split(" #")[0].strip()
        if line.startswith(("-r", "--requirement")):
            other = line.removeprefix("--requirement").removeprefix("-r").lstrip("= ").strip()
            yield from lines(os.path.join(os.path.dirname(path), other), seen)
        elif line and not line.startswith(("#", "-")):
            yield line.split(" --")[0].strip()


def installed(requirement):
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def available(text):
    if time.monotonic() > DEADLINE:
        return False
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--quiet"]
    command += ["--retries", "0", "--timeout", "10", text]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


for text in lines(sys.argv[1], set()):
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        continue
    if requirement.marker and not requirement.marker.evaluate():
        continue
    if not installed(requirement) and not available(text):
        print("unsatisfied-requirement: " + text, flush=True)
