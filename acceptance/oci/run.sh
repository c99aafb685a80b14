#!/bin/sh
# Runs a fetched copy of a public suite for OCI runtimes against berth oci, and compares with the list of
# those tests that pass: containers/crun (its folder tests/; test_mounts needs Python's libmount, see PYTHON)
# or opencontainers/runtime-tools (its folder validation/, built before by "make runtimetest
# validation-executables"). Needs root. RUNTIME may be another one, as crun, to compare with; what the
# tests said stays in the folder RESULTS, where one is named. A test that was skipped did not pass.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [RUNTIME [RESULTS]]" >&2; exit 2; }
home=$(cd "$(dirname "$0")/../.." && pwd -P)
lists=$home/acceptance/oci
suite=$(cd "$1" && pwd -P)
runtime=${2:-${BERTH_DIST:-$home/build/dist}/bin/berth-oci}
runtime=$(command -v "$runtime") || { echo "${2:-berth-oci} is not there; run ./berth oci --version, which builds it" >&2; exit 2; }
runtime=$(readlink -f "$runtime")
keep=${3:-}

# The suites know groups of v1 or of v2, not both at once; and not every runtime leaves the machine's null
# device to root when a test's process has it and runs as somebody else: they get one of their own.
if [ "${BERTH_OCI_SUITE:-}" != inside ]; then
    BERTH_OCI_SUITE=inside
    export BERTH_OCI_SUITE
    exec unshare -m --propagation private sh -eu -c '
        [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
        mount -t tmpfs -o mode=755 tmpfs /mnt
        mknod -m 666 /mnt/null c 1 3
        mount --bind /mnt/null /dev/null
        umount -l /mnt
        exec "$@"' sh sh "$home/acceptance/oci/run.sh" "$suite" "$runtime" ${keep:+"$keep"}
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
limit="timeout -k 5 ${BERTH_OCI_SUITE_SECONDS:-600}"
python=${PYTHON:-python3}

keep_results() {
    [ -z "$keep" ] || { mkdir -p "$keep" && cp "$results"/* "$keep"; }
}

validation() {
    cd "$suite"
    for test in validation/*/*.t; do
        name=$(basename "$test" .t)
        echo "$name" >&2
        RUNTIME=$runtime $limit "$test" >"$results/$name" 2>"$results/$name.errors" </dev/null || true
    done
}

# Each line of the list: PROGRAM CHECKS, the number of its checks that pass at least.
compare_programs() {
    missing=0
    count=0
    while read -r name least; do
        case $name in '' | '#'*) continue ;; esac
        count=$((count + 1))
        passed=$(grep '^ok' "$results/$name" | grep -civ '# *skip' || true)
        [ "$passed" -ge "$least" ] || {
            echo "not passed: $name: $passed of $least checks"
            missing=$((missing + 1))
        }
    done <"$lists/runtime-tools.txt"
    echo "$((count - missing)) of the $count listed programs had all their listed checks"
}

crun_tests() {
    cd "$suite"
    [ -x tests/init ] || cc -static -I"$results" -o tests/init tests/init.c
    for test in tests/test_*.py; do
        name=$(basename "$test" .py)
        echo "$name" >&2
        OCI_RUNTIME=$runtime INIT=$suite/tests/init $limit "$python" "$test" \
            >"$results/$name" 2>"$results/$name.errors" </dev/null || true
    done
}

# Each line of the list: FILE NAME.
compare_tests() {
    missing=0
    count=0
    while read -r file name; do
        case $file in '' | '#'*) continue ;; esac
        count=$((count + 1))
        grep -v '#SKIP' "$results/$file" 2>/dev/null | grep -qE "^ok [0-9]+ - $name( # |\$)" || {
            echo "not passed: $file: $name"
            missing=$((missing + 1))
        }
    done <"$lists/crun.txt"
    echo "$((count - missing)) of the $count listed tests passed"
}

if [ -d "$suite/validation" ]; then
    validation
    keep_results
    compare_programs
else
    : >"$results/config.h" # what the test's own program includes
    crun_tests
    keep_results
    compare_tests
fi
[ "$missing" = 0 ]
