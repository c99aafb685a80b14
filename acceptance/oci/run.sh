#!/bin/sh
# Runs a fetched copy of a public suite for OCI runtimes against berth oci, and compares with the list of
# those tests that pass: containers/crun (its folder tests/) or opencontainers/runtime-tools (its folder
# validation/, built before by "make runtimetest validation-executables"). Needs root.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [RUNTIME]" >&2; exit 2; }
home=$(cd "$(dirname "$0")/../.." && pwd -P)
lists=$home/acceptance/oci
suite=$(cd "$1" && pwd -P)
runtime=${2:-${BERTH_DIST:-$home/build/dist}/bin/berth-oci}
[ -x "$runtime" ] || { echo "$runtime is not there; run ./berth oci --version, which builds it" >&2; exit 2; }

# The suites know groups of v1 or of v2, not both at once.
if [ "${BERTH_OCI_SUITE:-}" != inside ] && [ -d /sys/fs/cgroup/unified ]; then
    BERTH_OCI_SUITE=inside
    export BERTH_OCI_SUITE
    exec unshare -m sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' sh "$0" "$suite" "$runtime"
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
limit="timeout -k 5 ${BERTH_OCI_SUITE_SECONDS:-600}"

# Each line of the list: FILE NAME. Reports those that did not pass.
compare() {
    missing=0
    count=0
    while read -r file name; do
        case $file in '' | '#'*) continue ;; esac
        count=$((count + 1))
        grep -qE "^ok [0-9]+ - $name( #|\$)" "$results/$file" 2>/dev/null || {
            echo "not passed: $file: $name"
            missing=$((missing + 1))
        }
    done <"$1"
    echo "$((count - missing)) of the $count listed tests passed"
    [ $missing = 0 ]
}

if [ -d "$suite/validation" ]; then
    cd "$suite"
    for test in validation/*/*.t; do
        RUNTIME=$runtime $limit "$test" >"$results/$(basename "$test" .t)" 2>/dev/null </dev/null || true
    done
    missing=0
    while read -r name least; do
        case $name in '' | '#'*) continue ;; esac
        passed=$(grep -c '^ok' "$results/$name" || true)
        [ "$passed" -ge "$least" ] || { echo "not passed: $name: $passed of $least checks"; missing=$((missing + 1)); }
    done <"$lists/runtime-tools.txt"
    echo "$missing listed programs had fewer good checks than the list has"
    [ $missing = 0 ]
    exit
fi

cd "$suite"
if [ ! -x tests/init ]; then
    mkdir "$results/include"
    : >"$results/include/config.h"
    cc -static -D_GNU_SOURCE -I"$results/include" -o tests/init tests/init.c
fi
for file in $(cut -d' ' -f1 "$lists/crun.txt" | grep '^test_' | sort -u); do
    echo "$file" >&2
    OCI_RUNTIME=$runtime INIT=$suite/tests/init $limit python3 "tests/$file.py" >"$results/$file" 2>/dev/null </dev/null || true
done
compare "$lists/crun.txt"
