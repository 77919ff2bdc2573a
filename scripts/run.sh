# run: the demo, in the foreground, in a folder of its own that goes with it.
#
# nginx and the services are in sessions of their own, so that Ctrl-C reaches
# this script alone, which stops them in the order that lets the services take
# themselves out of the registry.

RUN_PORTS="8888 8761 8080 8090 8101 8102"
RUN_DIR=
RUN_NGINX=
RUN_SERVICES=


run_main() {
    local offset=0

    while [ $# -gt 0 ]; do
        case $1 in
        --offset=*[!0-9]*) fail "run: no number: $1" ;;
        --offset=?*)       offset=${1#*=} ;;
        *)                 fail "run: no such option: $1" ;;
        esac
        shift
    done

    . scripts/deps.sh
    . scripts/build.sh
    deps_main run
    build_main
    run_check_ports "$offset"

    RUN_DIR=$(mktemp -d /tmp/rtalpha-run-XXXXXX) ||
        fail "cannot make a folder in /tmp"
    chmod 755 "$RUN_DIR"
    trap run_stop EXIT
    trap 'exit 130' INT TERM HUP

    run_prepare "$offset"
    run_start "$offset"
    run_explain "$offset"
    run_wait
}


run_check_ports() {
    local port

    for port in $RUN_PORTS; do
        port=$((port + $1))
        [ "$port" -le 65535 ] || fail "run: port $port is too large"
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            fail "port $port is taken; free it, or move all ports:" \
                "./build.sh run --offset=10000"
        fi
    done
}


# The folder is nginx's prefix: configuration, module, state, repository.

run_prepare() {
    local port sed_ports=

    for port in $RUN_PORTS; do
        sed_ports="$sed_ports;s/\\b$port\\b/$((port + $1))/g"
    done

    mkdir -p "$RUN_DIR/modules"
    ln -s "$ROOT/$BUILD/dynamic/ngx_rtalpha_module.so" "$RUN_DIR/modules/"
    cp conf/* "$RUN_DIR/"
    cp -r examples/config-repo "$RUN_DIR/config-repo"
    sed "${sed_ports#;}" nginx.conf.example >"$RUN_DIR/nginx.conf"
    sed -i "${sed_ports#;}" "$RUN_DIR"/config-repo/*

    run_git init -q -b main &&
        run_git config user.name demo &&
        run_git config user.email demo@example.org &&
        run_git add -A &&
        run_git commit -q -m "Demo configuration" ||
        fail "git cannot make the demo repository in $RUN_DIR"
}


run_git() {
    GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
        git -C "$RUN_DIR/config-repo" "$@"
}


run_start() {
    local config=http://127.0.0.1:$((8888 + $1))

    CONFIG_REPO=$RUN_DIR/config-repo setsid "$(nginx_binary)" \
        -p "$RUN_DIR" -c "$RUN_DIR/nginx.conf" -e "$RUN_DIR/error.log" \
        -g "daemon off;" 2>"$RUN_DIR/start.log" </dev/null &
    RUN_NGINX=$!

    run_until "$config/pms/default" "the config server"
    run_until "http://127.0.0.1:$((8761 + $1))/eureka/apps" "the registry"

    setsid python3 examples/service.py pms $((8101 + $1)) "$config" \
        >"$RUN_DIR/pms.log" 2>&1 </dev/null &
    RUN_SERVICES=$!
    setsid python3 examples/service.py ums $((8102 + $1)) "$config" \
        >"$RUN_DIR/ums.log" 2>&1 </dev/null &
    RUN_SERVICES="$RUN_SERVICES $!"

    run_until "http://127.0.0.1:$((8080 + $1))/pms/hello" "the service pms"
    run_until "http://127.0.0.1:$((8080 + $1))/ums/hello" "the service ums"
}


# run_until URL WHAT: waits for 200.

run_until() {
    local tries=0

    until curl -sf -m 2 -o "$RUN_DIR/answer" "$1"; do
        kill -0 "$RUN_NGINX" 2>/dev/null || {
            cat "$RUN_DIR/start.log" "$RUN_DIR/error.log" 2>/dev/null |
                grep -E 'emerg|alert|crit|error' | tail -n 5 >&2
            fail "nginx does not start"
        }
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            tail -n 5 "$RUN_DIR/error.log" "$RUN_DIR"/?ms.log >&2
            fail "$2 does not answer at $1"
        fi
        sleep 0.05
    done
}


run_explain() {
    local config=127.0.0.1:$((8888 + $1)) registry=127.0.0.1:$((8761 + $1))
    local gateway=127.0.0.1:$((8080 + $1)) admin=127.0.0.1:$((8090 + $1))

    cat <<END

rtalpha is running.

  config server  http://$config
  registry       http://$registry/eureka/
  gateway        http://$gateway
  admin          http://$admin/_rtalpha/health
  log            $RUN_DIR/error.log

Try, in another terminal:

  curl http://$config/pms/dev
  curl -H 'Accept: application/json' http://$registry/eureka/apps
  curl http://$gateway/pms/hello

What to try next:

  the greeting changes in every service's configuration:
    cd $RUN_DIR/config-repo
    sed -i 's/Hello/Good day/' application.yml && git commit -qam greeting
    sleep 2; curl http://$config/pms/default

  a route moves, without a reload and without a failed request:
    sed -i 's#pms: /pms/#pms: /projects/#' api-gateway.yml
    git commit -qam route
    sleep 2; curl http://$gateway/projects/hello
    (/pms/hello stays: each registered service has a route of its name)

  a service that does not register, reached by its URL:
    curl http://$gateway/ems/hello

  a file of the repository, as it is:
    curl http://$config/pms/default/main/logback-spring.xml

  a service takes itself out of the registry, and the gateway says so:
    kill ${RUN_SERVICES% *}
    sleep 2; curl -i http://$gateway/projects/hello

  your own Spring Boot service, in its application.properties:
    spring.config.import=configserver:http://$config
    eureka.client.service-url.defaultZone=http://$registry/eureka/

Ctrl-C stops everything.
END
}


run_wait() {
    trap 'say; say "stopping"; exit 0' INT TERM HUP
    wait "$RUN_NGINX"
    fail "nginx has ended; its last words:" \
        "$(tail -n 1 "$RUN_DIR/error.log" 2>/dev/null)"
}


# The services first: they still have to reach the registry.

run_stop() {
    trap '' INT TERM HUP

    run_end TERM $RUN_SERVICES
    run_end QUIT $RUN_NGINX
    rm -rf "$RUN_DIR"
}


# run_end SIGNAL PID ...

run_end() {
    local signal=$1 pid tries

    shift
    [ $# -gt 0 ] || return 0
    kill "-$signal" "$@" 2>/dev/null

    for tries in $(seq 100); do
        kill -0 "$@" 2>/dev/null || break
        sleep 0.05
    done

    kill -KILL "$@" 2>/dev/null
    wait "$@" 2>/dev/null
}
