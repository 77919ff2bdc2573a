# deps: the packages, and what Debian has only in a newer suite.
#
# Looks first and installs only what is missing.  No package starts a service:
# policy-rc.d forbids it while packages are installed and is put back after.

DEPS_BUILD="build-essential ca-certificates nginx nginx-dev libjansson-dev
    libhiredis-dev libyaml-dev libcurl4-openssl-dev librabbitmq-dev
    libexpat1-dev libpcre2-dev zlib1g-dev libssl-dev git
    openssh-client"
DEPS_RUN="curl python3 procps iproute2"
DEPS_TEST="perl python3-venv openssl redis-server openssh-server"
DEPS_FULL="rabbitmq-server amqp-tools"
DEPS_BENCH="wrk valgrind"
DEPS_CLIENTS="openjdk-17-jdk-headless maven nodejs npm"

POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# placed by build.sh for the time of an installation'


deps_main() {
    case ${1:-all} in
    all)     deps_install $DEPS_BUILD $DEPS_RUN $DEPS_TEST $DEPS_BENCH \
                 $DEPS_FULL
             deps_test_nginx ;;
    build)   deps_install $DEPS_BUILD ;;
    run)     deps_install $DEPS_BUILD $DEPS_RUN ;;
    test)    deps_install $DEPS_BUILD $DEPS_RUN $DEPS_TEST
             deps_test_nginx ;;
    full)    deps_install $DEPS_BUILD $DEPS_RUN $DEPS_TEST $DEPS_BENCH \
                 $DEPS_FULL
             deps_test_nginx ;;
    bench)   deps_install $DEPS_BUILD $DEPS_RUN $DEPS_BENCH ;;
    clients) deps_install $DEPS_BUILD $DEPS_RUN $DEPS_TEST $DEPS_FULL \
                 $DEPS_CLIENTS ;;
    *)       fail "deps: no such group: $1 (build run test full bench clients)" ;;
    esac
}


# deps_install PACKAGE ...

deps_install() {
    local missing

    missing=$(deps_missing "$@")
    [ -n "$missing" ] || return 0

    have apt-get ||
        fail "no apt-get here; install by hand what these packages of" \
            "Debian 12 hold: $missing"
    [ "$(id -u)" -eq 0 ] ||
        fail "packages are missing, and only root can install them:" \
            "apt-get install $missing"

    say "installing: $missing"
    deps_apt_install $missing

    missing=$(deps_missing "$@")
    [ -z "$missing" ] || fail "still not installed: $missing"
}


# The packages among the arguments that are not installed.

deps_missing() {
    local package state missing=

    for package; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
        [ "$state" = installed ] || missing="$missing $package"
    done

    say ${missing# }
}


# The lists may be old or absent, and one source that cannot be reached does
# not matter when the packages are in another: the installation itself tells.

deps_apt_install() {
    local log=$BUILD/apt.log

    mkdir -p "$BUILD"
    deps_forbid_services

    DEBIAN_FRONTEND=noninteractive apt-get -q update >"$log" 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
        --no-install-recommends "$@" >>"$log" 2>&1 || {
        deps_restore_services
        fail "$(deps_reason "$log"); see $log"
    }

    deps_restore_services
}


deps_reason() {
    local line

    if grep -qE 'Could not resolve|Unable to connect|Could not connect' "$1"
    then
        say "no network: a package source cannot be reached"
        return
    fi

    line=$(grep -m 1 '^E: ' "$1")
    say "the installation failed: ${line:-no reason given}"
}


deps_forbid_services() {
    if [ -e "$POLICY" ] && ! grep -qF "$POLICY_MARK" "$POLICY"; then
        mv -f "$POLICY" "$POLICY.rtalpha"
    fi

    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY" ||
        fail "cannot write $POLICY"
    chmod 755 "$POLICY"
    trap 'deps_restore_services; exit 130' INT TERM HUP
}


deps_restore_services() {
    trap - INT TERM HUP
    grep -qF "$POLICY_MARK" "$POLICY" 2>/dev/null && rm -f "$POLICY"
    [ ! -e "$POLICY.rtalpha" ] || mv -f "$POLICY.rtalpha" "$POLICY"
}


# Test::Nginx is not in Debian 12.

deps_test_nginx() {
    local deb

    perl -MTest::Nginx::Socket -e 1 2>/dev/null && return
    [ "$(id -u)" -eq 0 ] ||
        fail "Test::Nginx is missing, and only root can install it: cpanm" \
            "Test::Nginx"

    say "installing: Test::Nginx"

    if newer_lists testing &&
        (cd "$BUILD/apt/testing" && rm -f -- *.deb &&
            newer_apt testing apt-get -q download libtest-nginx-perl) \
            >>"$BUILD/apt.log" 2>&1
    then
        deb=$(echo "$ROOT/$BUILD"/apt/testing/libtest-nginx-perl_*.deb)
        deps_apt_install "$deb"
    elif have cpanm; then
        cpanm -q Test::Nginx >>"$BUILD/apt.log" 2>&1
    fi

    perl -MTest::Nginx::Socket -e 1 2>/dev/null ||
        fail "Test::Nginx cannot be had from a newer Debian suite; try:" \
            "apt-get install cpanminus && cpanm Test::Nginx"
}


# newer_lists SUITE: package lists of another suite of the archive that this
# machine uses, in a place of their own: the system's lists stay as they are.

newer_lists() {
    local dir=$ROOT/$BUILD/apt/$1

    have apt-get && have dpkg || return 1
    mkdir -p "$dir/sources" "$dir/lists/partial" "$dir/cache/archives/partial"
    newer_sources "$1" >"$dir/sources/newer.sources"
    [ -s "$dir/sources/newer.sources" ] || return 1

    cat >"$dir/apt.conf" <<END
Dir::Etc::sourcelist "$dir/no-such-file";
Dir::Etc::sourceparts "$dir/sources";
Dir::State::lists "$dir/lists";
Dir::Cache "$dir/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
END
    newer_apt "$1" apt-get -q update >>"$BUILD/apt.log" 2>&1
}


newer_apt() {
    local suite=$1

    shift
    APT_CONFIG=$ROOT/$BUILD/apt/$suite/apt.conf "$@"
}


# The source of the machine's own suite with another suite's name in it.

newer_sources() {
    local own stanza

    own=$(. /etc/os-release && say "${VERSION_CODENAME:-}")
    [ -n "$own" ] || return 1

    stanza=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
        newer_from_stanzas "$own" "$1")
    [ -n "$stanza" ] ||
        stanza=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
            2>/dev/null | newer_from_lines "$own" "$1")
    printf '%s\n' "$stanza"
}


newer_from_stanzas() {
    awk -v own="$1" -v suite="$2" '
        BEGIN { RS = ""; FS = "\n" }

        done || $0 !~ "(^|\n)Suites:[^\n]*[ \t]" own "([ \t\n]|$)" { next }

        {
            print "Types: deb deb-src\nSuites: " suite "\nComponents: main"
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^(URIs|Signed-By):/) { keep = 1 }
                else if ($i !~ /^[ \t]/) { keep = 0 }
                if (keep) print $i
            }
            done = 1
        }'
}


# "deb [signed-by=KEY] URI SUITE COMPONENT ..."

newer_from_lines() {
    awk -v own="$1" -v suite="$2" '
        done || $1 != "deb" { next }

        {
            key = ""; at = 2
            if ($2 ~ /^\[/) {
                for (; $at !~ /\]$/; at++) ;
                if (match($0, /signed-by=[^] ]+/)) {
                    key = substr($0, RSTART + 10, RLENGTH - 10)
                }
                at++
            }
            if ($(at + 1) != own) next

            print "Types: deb deb-src\nURIs: " $at "\nSuites: " suite
            print "Components: main"
            if (key) print "Signed-By: " key
            done = 1
        }'
}
