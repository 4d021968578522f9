# Applies one plan of halligan trust. Set above: the variables of undo.sh, deadline (seconds), accounts,
# some_key (any public key), words (for -C, of each account), files() and expected().
# Each step is announced by a line "step NAME"; the session then waits for "keep" on its standard input, and
# without it everything is taken back.

tell() { printf '%s\n' "$*" 2>/dev/null || :; }

# Before anything was changed.
abandon() {
  rm -f "$state/pending"
  rm -rf "$dir"
  tell "refused $*"
  exit 1
}

give_up() {
  why=$*
  trap '' HUP INT TERM
  for n in 1 2 3 4 5 6 7 8 9; do
    take_back "$why" && break
    sleep 1
  done
  if [ -e "$dir/undone" ]; then tell "undone $why"; else tell "stuck $why"; fi
  exit 1
}

# NUMBER ROLE DO PATH MODE BEFORE, the new contents on standard input
stage() {
  if [ "$(sum_of "$4")" != "$6" ]; then
    cat >/dev/null
    echo "$4" >"$dir/changed"
    return 0
  fi
  printf '%s\n' "$4" >"$dir/$1.path"
  printf '%s\n' "$5" >"$dir/$1.mode"
  printf '%s\n' "$6" >"$dir/$1.before"
  : >"$dir/$1.$2"
  folder=$(dirname "$4")
  if [ "$6" != absent ]; then cp -a "$4" "$dir/$1.old" || echo "$4" >"$dir/failed"; fi
  printf '%s\n' "$folder" >"$dir/$1.foldername"
  touch -r "$folder" "$dir/$1.folder"
  case $3 in
  write) cat >"$dir/$1.new" ;;
  list) cat >"$dir/$1.new" && : >"$dir/$1.list" ;;
  remove) cat >/dev/null ;;
  restore) # the file that an earlier change has saved, and its folder's time
    read -r saved
    touch -r "${saved%.*}.folder" "$dir/$1.after"
    [ ! -e "$saved" ] || cp -a "$saved" "$dir/$1.new"
    : >"$dir/$1.restored"
    ;;
  esac || echo "$4" >"$dir/failed"
}

# A change that a killed session has left: finished, taken back, or never begun.
clear_stale() {
  name=$(cat "$state/pending")
  if [ -z "$name" ]; then
    # Somebody is about to write its name, or was killed before that.
    [ -n "$(find "$state/pending" -mmin +1)" ] || return 1
    rm -f "$state/pending"
    return 0
  fi
  left=$state/$name
  if [ -e "$left/kept" ]; then
    settle "$name"
  elif [ -e "$left/armed" ] && [ "$(cat "$left/deadline")" -gt $(($(date +%s) - 30)) ]; then
    return 1
  elif [ -e "$left/armed" ] || [ -e "$left/undoing" ]; then
    sh "$left/undo" stale || return 1
  elif same_process "$left/session"; then
    return 1
  fi
  rm -f "$state/pending"
}

# A change that is kept is the last one; one that took another back makes the one before that the last.
settle() {
  rm -f "$state/$1/session"
  was=$(cat "$state/$1/rolled-back" 2>/dev/null)
  if [ -n "$was" ]; then
    cp "$state/$was/previous" "$state/$1/link" 2>/dev/null
  else
    [ -e "$state/$1/previous" ] || cat "$state/last" 2>/dev/null >"$state/$1/previous"
    echo "$1" >"$state/$1/link"
  fi
  if [ -s "$state/$1/link" ]; then mv -f "$state/$1/link" "$state/last"; else rm -f "$state/last"; fi
}

# ssh-keygen of this host reads a KRL as its sshd does.
check_list() {
  [ "$(head -c 6 "$1")" = SSHKRL ] || return 0
  printf '%s\n' "$some_key" >"$dir/key.pub"
  said=$(ssh-keygen -Q -f "$1" "$dir/key.pub" 2>&1)
  case $?$said in 0* | 1*REVOKED*) return 0 ;; esac
  return 1
}

place() {
  path=$(cat "$dir/$1.path")
  [ "$(sum_of "$path")" = "$(cat "$dir/$1.before")" ] || return 1
  if [ ! -e "$dir/$1.new" ]; then
    rm -f "$path"
    return
  fi
  temp=$(temporary "$1")
  if [ -e "$dir/$1.restored" ]; then
    cp -a "$dir/$1.new" "$temp" || return 1
  elif [ -e "$dir/$1.old" ]; then
    cp -a "$dir/$1.old" "$temp" || return 1
  else
    (umask 077 && : >"$temp") || return 1
    chown 0:0 "$temp" && chmod "$(cat "$dir/$1.mode")" "$temp" || return 1
  fi
  [ -e "$dir/$1.restored" ] || cat "$dir/$1.new" >"$temp" || return 1
  cmp -s "$dir/$1.new" "$temp" || return 1
  mv -f "$temp" "$path" || return 1
  [ -e "$dir/$1.restored" ] || ! command -v restorecon >/dev/null 2>&1 || restorecon "$path" || :
}

arm() {
  echo $(($(date +%s) + deadline)) >"$dir/deadline"
  : >"$dir/armed"
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
    # Again every ten seconds, until it has succeeded and stops its own timer.
    systemd-run --quiet --collect --unit="halligan-trust-$tx" --on-active="$deadline" --on-unit-inactive=10 \
      --timer-property=AccuracySec=1s /bin/sh "$dir/undo" </dev/null >/dev/null 2>&1
    return
  fi
  : >"$dir/deadman"
  # Of no session: it outlives the connection.
  command -v setsid >/dev/null 2>&1 || return 1
  # shellcheck disable=SC2016
  setsid sh -c 'trap "" HUP; sleep "$1"; while [ -e "$2/deadman" ]; do sh "$2/undo" && exit; sleep 10; done' \
    sh "$deadline" "$dir" </dev/null >/dev/null 2>&1 &
}

# What -T says of each account now, against what the plan expects.
check_effective() {
  for account in $accounts; do
    text=$(eval "\"\$sshd\" -T -G $args -C \"user=\$account,\$words\"" 2>/dev/null) ||
      text=$(eval "\"\$sshd\" -T $args -C \"user=\$account,\$words\"" 2>&1) || {
      said=$text
      return 1
    }
    wrong=$(expected "$account" | while read -r name value; do
      now=$(printf '%s\n' "$text" | awk -v name="$name" 'tolower($1) == name { $1 = ""; sub(/^ /, ""); print; exit }')
      [ "${now:-none}" = "$value" ] || printf '%s is %s for %s, not %s; ' "$name" "${now:-none}" "$account" "$value"
    done)
    if [ -n "$wrong" ]; then
      said=${wrong%; }
      return 1
    fi
  done
}

apply() {
  umask 077
  trap '' PIPE
  mkdir -p "$state" 2>/dev/null || { tell "refused cannot create $state"; exit 1; }
  [ ! -e "$state/pending" ] || clear_stale
  if ! (set -C && echo "$tx" >"$state/pending") 2>/dev/null; then
    if [ -s "$state/pending" ] && [ "$(cat "$state/pending")" != "$tx" ]; then
      tell "refused another change is not finished: $(cat "$state/pending")"
    else
      tell "refused cannot write to $state"
    fi
    exit 1
  fi
  mkdir "$dir" 2>/dev/null || abandon "cannot write to $state"
  identity $$ >"$dir/session"
  save >"$dir/undo" 2>/dev/null || abandon "cannot write to $state: is the disk full?"
  daemons >"$dir/daemons"
  [ -z "$rolled_back" ] || echo "$rolled_back" >"$dir/rolled-back"
  files stage
  [ ! -e "$dir/failed" ] || abandon "cannot save $(cat "$dir/failed"): is the disk full?"
  [ ! -e "$dir/changed" ] || abandon "$(cat "$dir/changed") has changed since the plan was made"
  for n in $(numbers list); do
    check_list "$dir/$n.new" || abandon "ssh-keygen of this host does not read the list: $said"
  done
  flush
  tell step staged
  trap 'give_up "the session was ended"' HUP INT TERM
  arm || { disarm; abandon "cannot start a timer that takes the change back"; }
  tell step armed
  : >"$dir/begun"
  for n in $(numbers content); do
    [ ! -e "$dir/$n.new" ] || place "$n" || give_up "cannot write $(cat "$dir/$n.path")"
  done
  flush
  tell step contents
  if [ -n "$(numbers config)" ]; then
    : >"$dir/config-begun"
    for n in $(numbers config); do place "$n" || give_up "cannot write $(cat "$dir/$n.path")"; done
    tell step directives
    check_config || give_up "sshd does not accept the configuration: $said"
    check_effective || give_up "the configuration would not be as planned: $said"
    tell step checked
    reload_daemons || give_up "sshd could not be reloaded: ${said-}"
    daemons_live || give_up "sshd did not survive the reload"
    tell step reloaded
  fi
  for n in $(numbers content); do
    [ -e "$dir/$n.new" ] || place "$n" || give_up "cannot remove $(cat "$dir/$n.path")"
  done
  for each in "$dir"/*.after; do
    [ ! -e "$each" ] || touch -r "$each" "$(cat "${each%.after}.foldername")"
  done
  tell "applied $tx"
  answer=
  read -r answer
  [ "$answer" = keep ] || give_up "${answer:-the connection was cut}"
  trap '' HUP INT TERM
  mv "$dir/armed" "$dir/kept" 2>/dev/null || give_up "it took longer than $deadline s"
  disarm
  settle "$tx"
  rm -f "$state/pending"
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $tx kept" >>"$state/log"
  flush
  tell "kept $tx"
}
