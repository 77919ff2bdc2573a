# What all subcommands share.  Sourced by build.sh; ROOT is the project.

BUILD=build


say() {
    printf '%s\n' "$*"
}


# Ends the command with its one line of explanation.

fail() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}


have() {
    command -v "$1" >/dev/null 2>&1
}


jobs_count() {
    nproc 2>/dev/null || echo 2
}


# Holds a lock for the life of this process, so that two builds of one tree
# wait for each other.  Other trees have their own.

take_lock() {
    mkdir -p "$BUILD" || fail "cannot write to $ROOT/$BUILD"
    exec 9>"$BUILD/.lock"
    flock -n 9 || { say "waiting for another build of this tree"; flock 9; }
}


# What starts after a build must not hold its lock.

drop_lock() {
    exec 9>&-
}
