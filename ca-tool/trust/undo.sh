# Takes back one change of halligan trust on this host. Run by the dead man, by a session that failed, and by
# halligan trust rollback; as often as needed, from whatever point the change came to.
# Set above: state, tx, dir, sshd, args, pidfile.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin

sum_of() {
  if [ -e "$1" ]; then cksum <"$1" | tr ' ' :; else echo absent; fi
}

temporary() { printf '%s/.halligan-%s.%s\n' "$(dirname "$(cat "$dir/$1.path")")" "$tx" "$1"; }

# With the arguments of the daemon that runs. /run/sshd may be missing where a socket starts sshd.
check_config() {
  said=$(eval "\"\$sshd\" -t $args" 2>&1) && return 0
  case $said in
  *"Missing privilege separation directory"*) said=$(eval "\"\$sshd\" -G $args" 2>&1 >/dev/null) && return 0 ;;
  esac
  return 1
}

# A process by more than its number, which another one may have later.
identity() {
  [ -r "/proc/$1/stat" ] || return 1
  echo "$1 $(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20) $(cat /proc/sys/kernel/random/boot_id)"
}

same_process() { # what identity() printed, in a file
  [ -s "$1" ] && read -r number rest <"$1" && [ "$number $rest" = "$(identity "$number")" ]
}

alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# The daemon writes its PID file again when it has read its configuration.
await_reload() {
  tries=0
  while [ $tries -lt 50 ]; do
    [ -z "$(find "$pidfile" -newer "$dir/reload" 2>/dev/null)" ] || return 0
    [ $tries -lt 10 ] || [ -f "$pidfile" ] || return 0
    tries=$((tries + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
}

start_again() { # UNIT PROGRAM ARGUMENTS
  if [ -n "$1" ]; then
    systemctl start "$1"
  else
    eval "\"\$2\" $3" </dev/null >/dev/null 2>&1
  fi
}

# The active sockets that start a unit.
sockets_of() {
  for each in $(systemctl show -p TriggeredBy "$1" 2>/dev/null </dev/null | sed 's/^[^=]*=//'); do
    case $each in *.socket) ! systemctl is-active --quiet "$each" </dev/null || echo "$each" ;; esac
  done
}

# Only a configuration that sshd accepts is loaded: with a broken one a reload ends the daemon.
# With "anyhow", a unit that cannot reload is no obstacle: going back has to succeed.
reload_daemons() {
  check_config || return 1
  : >"$dir/reload"
  sleep 0.05 2>/dev/null
  while IFS='|' read -r pid unit program its <&3; do
    if [ -n "$unit" ] && [ -n "$(sockets_of "$unit")" ]; then
      # At a reload it would lose its socket and end. Stopped, it is started at the next connection, and reads
      # what is there then; sessions go on.
      systemctl stop "$unit" </dev/null >/dev/null 2>&1 || return 1
    elif [ -n "$unit" ] && systemctl is-active --quiet "$unit" </dev/null; then
      systemctl reload "$unit" </dev/null >/dev/null 2>&1 ||
        { [ "${1-}" = anyhow ] && kill -HUP "$pid"; } || return 1
    elif alive "$pid"; then
      kill -HUP "$pid" || return 1
    else
      start_again "$unit" "$program" "$its"
    fi
  done 3<"$dir/daemons"
  [ ! -s "$dir/daemons" ] || await_reload
  return 0
}

daemons_live() {
  while IFS='|' read -r pid unit program its <&3; do
    if [ -n "$unit" ]; then
      systemctl is-active --quiet "$unit" </dev/null || [ -n "$(sockets_of "$unit")" ] || return 1
    else
      alive "$pid" || return 1
    fi
  done 3<"$dir/daemons"
}

put_back() { # the old file, with mode, owner, times and labels
  path=$(cat "$dir/$1.path")
  [ "$(sum_of "$path")" != "$(cat "$dir/$1.before")" ] || return 0
  keep_edited "$1"
  temp=$(temporary "$1")
  cp -a "$dir/$1.old" "$temp" && mv -f "$temp" "$path"
}

# What somebody else wrote meanwhile is not lost.
keep_edited() {
  path=$(cat "$dir/$1.path")
  [ -e "$path" ] || return 0
  [ -e "$dir/$1.new" ] && [ "$(sum_of "$path")" = "$(sum_of "$dir/$1.new")" ] && return 0
  cp -a "$path" "$dir/$1.edited"
}

numbers() { # of the files of a role
  for each in "$dir"/*."$1"; do
    [ -e "$each" ] || continue
    each=${each##*/}
    echo "${each%%.*}"
  done
}

remove_new() {
  [ "$(cat "$dir/$1.before")" = absent ] || return 0
  keep_edited "$1"
  rm -f "$(cat "$dir/$1.path")"
}

restore() {
  for n in $(numbers path); do rm -f "$(temporary "$n")"; done
  if [ -e "$dir/begun" ]; then
    for n in $(numbers content); do [ ! -e "$dir/$n.old" ] || put_back "$n" || return 1; done
  fi
  if [ -e "$dir/config-begun" ]; then
    for n in $(numbers config); do
      if [ -e "$dir/$n.old" ]; then put_back "$n" || return 1; else remove_new "$n"; fi
    done
    # What a daemon may still name goes only after it has stopped naming it.
    reload_daemons anyhow || return 1
  fi
  if [ -e "$dir/begun" ]; then
    for n in $(numbers content); do remove_new "$n"; done
  fi
  for each in "$dir"/*.folder; do
    [ -e "$each" ] || continue
    touch -r "$each" "$(cat "${each%.folder}.foldername")"
  done
  return 0
}

# What was written survives a power cut. On a busy host, or with a dead NFS server, all file systems take minutes: only what
# is ours is flushed, where sync(1) takes names.
flush() {
  set -- "${state%/*}" "$state" "$state"/* "$dir"/*
  for each in "$dir"/*.path; do
    [ -e "$each" ] || continue
    IFS= read -r path <"$each"
    [ ! -e "$path" ] || set -- "$@" "$path"
    [ ! -d "${path%/*}" ] || set -- "$@" "${path%/*}"
  done
  sync "$@" 2>/dev/null || sync
}

disarm() {
  [ -d /run/systemd/system ] && systemctl stop "halligan-trust-$tx.timer" </dev/null >/dev/null 2>&1
  rm -f "$dir/deadman"
  return 0
}

# @return 0: as it was before; 1: not yet; 2: it was kept, and nothing is taken back
take_back() { # WHY
  [ ! -e "$dir/undone" ] || return 0
  mv "$dir/armed" "$dir/undoing" 2>/dev/null || [ -e "$dir/undoing" ] || return 2
  if ! mkdir "$dir/busy" 2>/dev/null; then
    ! same_process "$dir/busy/process" || return 1
  fi
  identity $$ >"$dir/busy/process"
  # A session that hangs half way must not go on below our hands.
  if same_process "$dir/session" && [ "$number" != $$ ]; then
    kill -9 "$number"
    sleep 1
  fi
  if ! restore; then
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $tx $1: not taken back yet: ${said-}" >>"$state/log"
    rm -rf "$dir/busy"
    return 1
  fi
  flush
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $tx taken back: $1" >>"$state/log"
  rm -f "$state/pending"
  mv "$dir/undoing" "$dir/undone"
  rm -rf "$dir/busy"
  disarm
  return 0
}
