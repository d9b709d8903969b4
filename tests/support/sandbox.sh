#!/usr/bin/env bash
# A whole partnership on one machine, for integrators and for tests: certificate authority, directory, relay on loopback,
# and desks that are ready to use without a prompt. Called by `./dev sandbox up|down`.
#
#   sandbox.sh up DIR [--port P] [--clock TIME]
#                                    DIR/env then holds RELAY LOG_DIR LOG_VKEY CA_ROOT BIN as shell lines; with --clock, in
#                                    a time of its own that begins at TIME (2026-11-20T08:00:00Z): needs a test build
#   sandbox.sh clock DIR [TIME|+90m|+3d]  what that clock says; or moves it on first, for every process at once
#   sandbox.sh down DIR [--crash]
#   sandbox.sh seat DIR NAME ADDRESS another seat, in DIR/desks/NAME (used by `up`, and by tests)
#   sandbox.sh publish DIR           sign a new directory and have the relay load it
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
ORIGIN=safehand.example/sandbox/test
desks=(dsl@999001.school head@999001.school dsl@999002.school dsl@999003.school dsl@999004.school
    mash@999.social-care managers@999.social-care missing@999.social-care lado@999.social-care edt@999.social-care
    education@999.council encompass@exampleshire.police safeguarding@exampleshire.police safeguarding@ex1.health
    reviews@999.audit)

die() { printf 'sandbox: %s\n' "$*" >&2; exit 1; }

ca() { SAFEHAND_PASSPHRASE_FILE=$dir/passphrase "$BIN/safehand-ca" "$@" --dir "$dir/ca" --scrypt-p 1 >>"$dir/up.log" 2>&1 ||
    { tail -n 5 "$dir/up.log" >&2; die "safehand-ca $* failed (see $dir/up.log)"; }; }

client() { # client NAME ARGUMENTS...
    local home=$dir/desks/$1
    shift
    SAFEHAND_PASSPHRASE_FILE=$dir/passphrase "$BIN/safehand" --home "$home" "$@" >>"$dir/up.log" 2>&1 ||
        { tail -n 5 "$dir/up.log" >&2; die "safehand $* failed (see $dir/up.log)"; }
}

free_port() { # not in use now, and outside the range from which the kernel gives out its own
    local port
    for port in $(shuf -i 20000-30000 -n 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    die "no free port on loopback"
}

make_keys() { # NAME ADDRESS
    client "$1" enrol request --address "$2" --out "$dir/requests/$1" --scrypt-p 1
}

certify_seat() { # NAME ADDRESS
    ca issue "$dir/requests/$1" --holder "Sandbox, $2" --out "$dir/requests/$1"
}

install_seat() { # NAME
    cp "$dir/directory" "$dir/requests/$1/directory"
    client "$1" enrol install "$dir/requests/$1" --root-fingerprint "$(root_fingerprint)"
    # Ready without a prompt: the passphrase lies beside the home. Only a sandbox does that.
    cp "$dir/passphrase" "$dir/desks/$1/passphrase"
}

root_fingerprint() { openssl x509 -in "$dir/ca/root.pem" -noout -fingerprint -sha256 | cut -d= -f2; }

name_everything() {
    ca organisation set 999001.school --name "Example All-through School" --telephone "01632 960001"
    ca organisation set 999002.school --name "Example Secondary School" --telephone "01632 960002"
    ca organisation set 999003.school --name "Example Nursery School" --telephone "01632 960003"
    ca organisation set 999004.school --name "Example College" --telephone "01632 960004"
    ca organisation set 999.social-care --name "Exampleshire Children's Social Care" --telephone "01632 960100"
    ca organisation set 999.council --name "Exampleshire Council" --telephone "01632 960110"
    ca organisation set exampleshire.police --name "Exampleshire Police" --telephone "01632 960200"
    ca organisation set ex1.health --name "Example Hospital" --telephone "01632 960300"
    ca organisation set 999.audit --name "Exampleshire Safeguarding Partnership"
    ca desk set mash@999.social-care --name "Multi-agency safeguarding hub" --telephone "01632 960100" \
        --hours "Mon-Fri 08:30-17:00" --cover edt@999.social-care
    ca desk set edt@999.social-care --name "Emergency duty team" --telephone "01632 960101" --hours "out of hours"
}

write_config() {
    cat >"$dir/relay.yaml" <<EOF
endpoint: tcp://127.0.0.1:$port
state_dir: state
log_dir: log
directory_file: directory
policy_file: policy.yaml
root_file: ca/root.pem
curve_key_file: curve.key.pem
log_key_file: log.key.pem
passphrase_file: passphrase
log_origin: $ORIGIN
EOF
    cp "$here/../../relay/dist/policy-england.yaml" "$dir/policy.yaml"
    cp "$here/../../relay/dist/bank-holidays.json" "$dir/bank-holidays.json"
}

wait_until_serving() {
    local i
    for i in $(seq 200); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        kill -0 "$(cat "$dir/supervisor.pid")" 2>/dev/null || { tail -n 5 "$dir/relay.log" >&2; die "the relay ended"; }
        sleep 0.05
    done
    tail -n 5 "$dir/relay.log" >&2
    die "the relay does not serve"
}

# ---- a time of its own (proto/base/clock_turned.c) ----
to_ms() { date -u -d "$1" +%s%3N 2>/dev/null || die "'$1' is no time"; }

from_ms() { date -u -d "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%Y-%m-%dT%H:%M:%S.%3NZ; }

set_clock() { # MILLISECONDS: replaced, so that nobody reads half a line
    from_ms "$1" >"$dir/clock.new"
    mv "$dir/clock.new" "$dir/clock"
}

clock_ms() { echo $(($(to_ms "$(cat "$dir/clock")") + $(date +%s%3N) - $(date -r "$dir/clock" +%s%3N))); }

move_clock() { # TIME|+90m|+3d
    local to now factor
    now=$(clock_ms)
    if [[ $1 =~ ^\+([0-9]{1,6})([smhd])$ ]]; then
        case ${BASH_REMATCH[2]} in s) factor=1 ;; m) factor=60 ;; h) factor=3600 ;; d) factor=86400 ;; esac
        to=$((now + 10#${BASH_REMATCH[1]} * factor * 1000))
    else
        to=$(to_ms "$1")
    fi
    [ "$to" -ge "$now" ] || die "the clock says $(from_ms "$now") already, and moves only forward"
    set_clock "$to"
}

begin_clock() {
    grep -q SAFEHAND_CLOCK "$BIN/safehand-core" ||
        die "$BIN holds no test build, and takes no other time than the machine's: ./dev sandbox makes one"
    set_clock "$(to_ms "$clock")"
    export SAFEHAND_CLOCK=$dir/clock
}

start_relay() {
    setsid "$BIN/safehand-relay" --config "$dir/relay.yaml" --clock-checked >>"$dir/relay.log" 2>&1 </dev/null &
    echo $! >"$dir/supervisor.pid"
    wait_until_serving
}

publish() {
    ca publish --out "$dir/directory"
    if [ -s "$dir/supervisor.pid" ] && kill -0 "$(cat "$dir/supervisor.pid")" 2>/dev/null; then
        kill -HUP "$(cat "$dir/supervisor.pid")"
    fi
}

up() {
    [ ! -e "$dir" ] || [ -z "$(ls -A "$dir")" ] || die "$dir is not empty: take it down and remove it, or name another"
    mkdir -p "$dir/desks" "$dir/requests"
    chmod 700 "$dir"
    umask 077
    [ -z "$clock" ] || begin_clock
    openssl rand -hex 16 >"$dir/passphrase"
    port=${port:-$(free_port)}
    write_config
    "$BIN/safehand-relay" --config "$dir/relay.yaml" --make-keys --scrypt-p 1 >"$dir/keys" 2>>"$dir/up.log" ||
        die "making the relay's keys failed (see $dir/up.log)"
    vkey=$(sed -n 's/^log-vkey //p' "$dir/keys")
    ca init --partnership "Exampleshire sandbox" --origin "$ORIGIN"
    for sector in school police health social-care council audit; do ca sector add "$sector"; done
    ca relay set --endpoint "tcp://127.0.0.1:$port" --curve-key "$(sed -n 's/^curve-key //p' "$dir/keys")"
    ca key add --log "$vkey"
    name_everything
    # A desk's keys cost some CPU: two desks at a time.
    for seat in "${desks[@]}" dsl@999001.school+deputy; do
        make_keys "$seat" "${seat%+deputy}" &
        [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    done
    wait
    for seat in "${desks[@]}" dsl@999001.school+deputy; do certify_seat "$seat" "${seat%+deputy}"; done
    for desk in "${desks[@]}"; do ca recovery "$desk" --out "$dir/requests/$desk.recovery"; done
    publish
    for seat in "${desks[@]}" dsl@999001.school+deputy; do
        install_seat "$seat" &
        [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    done
    wait
    for seat in "${desks[@]}" dsl@999001.school+deputy; do
        [ -s "$dir/desks/$seat/passphrase" ] || die "making the seat $seat failed (see $dir/up.log)"
    done
    start_relay
    cat >"$dir/env" <<EOF
RELAY=tcp://127.0.0.1:$port
LOG_DIR=$dir/log
LOG_VKEY='$vkey'
CA_ROOT=$dir/ca/root.pem
BIN=$BIN
EOF
    [ -z "$clock" ] || echo "export SAFEHAND_CLOCK=$dir/clock" >>"$dir/env"
    printf 'sandbox: serving on tcp://127.0.0.1:%s, desks in %s\n' "$port" "$dir/desks"
}

down() {
    [ -s "$dir/supervisor.pid" ] || die "$dir holds no running sandbox"
    local pid
    pid=$(cat "$dir/supervisor.pid")
    if [ "${crash:-}" ]; then
        kill -9 "$(cat "$dir/state/core.pid")"
        return
    fi
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || { : >"$dir/supervisor.pid"; return; }
        sleep 0.05
    done
    kill -9 "$pid"
    die "the relay did not stop in 5 s and was killed"
}

command=${1:?up, down, clock, seat or publish}
[ $# -ge 2 ] || die "usage: sandbox up DIR [--port P] [--clock TIME] | down DIR [--crash] | clock DIR [TIME|+90m|+3d]"
dir=$(readlink -m "$2")
shift 2
port='' clock=''
# A sandbox that stands goes on with its own programs, in its own time.
if [ "$command" != up ] && [ -s "$dir/env" ]; then . "$dir/env"; fi
: "${BIN:?BIN must name the folder of the programs}"
case $command in
up)
    while [ $# -gt 0 ]; do
        case $1 in
        --port) port=${2:?--port needs a number}; shift 2 ;;
        --clock) clock=${2:?--clock needs a time}; shift 2 ;;
        *) die "unknown option $1" ;;
        esac
    done
    up
    ;;
down)
    [ "${1:-}" = --crash ] && crash=1
    down
    ;;
clock)
    [ -s "$dir/clock" ] || die "$dir lives in the machine's time"
    if [ $# -gt 0 ]; then move_clock "$1"; fi
    from_ms "$(clock_ms)"
    ;;
start)
    port=${RELAY##*:}
    start_relay
    ;;
seat)
    make_keys "$1" "$2"
    certify_seat "$1" "$2"
    publish
    install_seat "$1"
    ;;
publish) publish ;;
*) die "unknown command $command" ;;
esac
