# What this host says of its sshd, for halligan trust. Reads, and changes nothing.
# Set above: accounts (words), look (files to show besides), ca_lines (public keys of the CAs), some_key (any public
# key); for halligan explain also from_address (else the address of this session) and key_base64 (a key whose lines in
# authorized_keys are shown).
# A function, called in the last line: a connection that is cut runs nothing of it.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin

put() { printf 'set %s %s\n' "$1" "$2"; }

sum_of() {
  if [ -e "$1" ]; then cksum <"$1" | tr ' ' :; else echo absent; fi
}

text_block() { # KIND NAME TEXT
  printf 'block %d %s %s\n%s\n' "$(printf %s "$3" | wc -c)" "$1" "$2" "$3"
}

shown=
show_file() { # a file with its state, once; follows links
  case "$shown" in *"|$1|"*) return 0 ;; esac
  shown="$shown|$1|"
  real=$(readlink -f "$1" 2>/dev/null) || real=$1
  [ -n "$real" ] || real=$1
  if [ ! -e "$1" ]; then
    printf 'absent %s\n' "$1"
    return 0
  fi
  if [ ! -f "$real" ]; then
    printf 'other %s\n' "$1"
    return 0
  fi
  printf 'stat %s %s\n' "$(stat -c '%a %u %g %Y %h' "$real")" "$(cksum <"$real" | tr ' ' :)"
  printf 'real %s\n' "$real"
  size=$(wc -c <"$real")
  printf 'block %d file %s\n' "$size" "$1"
  head -c "$size" "$real"
  echo
}

show_parents() { # a folder and those above it: owner and mode
  folder=${1%/}
  while :; do
    printf 'folder %s %s\n' "$(stat -L -c '%a %u' "$folder/" 2>/dev/null || echo absent -)" "${folder:-/}"
    case $folder in /*) folder=${folder%/*} ;; *) return 0 ;; esac
  done
}

quoted() { printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# The title of a listener has its arguments, joined by blanks. What follows -o goes on to the next word that
# begins with a hyphen. Kept are those that decide what the configuration is.
arguments() {
  args=
  joined=
  config=
  while [ $# -gt 0 ]; do
    case $1 in
    -o | -f | -p | -h | -c | -u | -g)
      flag=$1
      shift
      joined=${1-}
      [ $# -eq 0 ] || shift
      if [ "$flag" = -o ]; then
        while [ $# -gt 0 ]; do
          case $1 in -*) break ;; esac
          joined="$joined $1"
          shift
        done
      fi
      [ "$flag" != -f ] || config=$joined
      args="$args$flag $(quoted "$joined")"
      continue
      ;;
    -o* | -p* | -h* | -c* | -u*)
      joined=$1
      shift
      case $joined in -o*)
        while [ $# -gt 0 ]; do
          case $1 in -*) break ;; esac
          joined="$joined $1"
          shift
        done
        ;;
      esac
      args="$args$(quoted "$joined")"
      continue
      ;;
    -f*)
      config=${1#-f}
      args="$args$(quoted "$1")"
      ;;
    -E | -b | -k | -C)
      shift
      ;;
    -4 | -6) args="$args$1 " ;;
    esac
    [ $# -eq 0 ] || shift
  done
}

title_of() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null; }
parent_of() { sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status" 2>/dev/null; }
unit_of() {
  [ -d /run/systemd/system ] || return 0
  sed -n 's,^[0-9]*:[^:]*:.*/\([^/]*\.service\)$,\1,p' "/proc/$1/cgroup" 2>/dev/null | head -n 1
}

# The program that runs as this process, also after an upgrade has replaced it.
program_of() { readlink "/proc/$1/exe" 2>/dev/null | sed 's/ (deleted)$//'; }

# Anybody can give a process any title, and run a setuid program with it: root's, and sshd itself.
is_listener() {
  case $(title_of "$1") in "sshd: "*"[listener]"*) ;; *) return 1 ;; esac
  is_sshd "$1"
}

is_sshd() {
  [ "$(stat -c %u "/proc/$1" 2>/dev/null)" = 0 ] || return 1
  case $(program_of "$1") in */sshd) ;; *) return 1 ;; esac
}

# The daemon that this session came through, then the unit's, then all in our namespaces.
find_daemons() {
  found=
  pid=$$
  while [ -n "$pid" ] && [ "$pid" -gt 1 ]; do
    ! is_listener "$pid" || found="$found $pid"
    pid=$(parent_of "$pid")
  done
  if [ -d /run/systemd/system ]; then
    for unit in ssh.service sshd.service; do
      pid=$(systemctl show -p MainPID "$unit" 2>/dev/null | sed -n 's/^MainPID=//p')
      [ "${pid:-0}" -gt 0 ] 2>/dev/null || continue
      is_sshd "$pid" || continue
      case " $found " in *" $pid "*) ;; *) found="$found $pid" ;; esac
    done
  fi
  own=$(readlink /proc/$$/ns/mnt):$(readlink /proc/$$/ns/net)
  for each in /proc/[0-9]*; do
    pid=${each#/proc/}
    is_listener "$pid" || continue
    [ "$(readlink "$each/ns/mnt"):$(readlink "$each/ns/net")" = "$own" ] || continue
    case " $found " in *" $pid "*) ;; *) found="$found $pid" ;; esac
  done
}

daemon_words() { # PID: its program and arguments, as they were typed as far as that is known
  title=$(title_of "$1")
  case $title in
  "sshd: "*"[listener]"*)
    title=${title#sshd: }
    printf %s "${title%% \[listener\]*}"
    ;;
  *) printf %s "$title" ;;
  esac
}

evaluate() { # -T for one account, from the address of this session
  words="user=$1,host=$address,addr=$address,laddr=$local_address,lport=$local_port,rdomain="
  if text=$(eval "\"\$sshd\" -T -G $args -C \"\$words\"" 2>&1); then return 0; fi
  case $text in
  *option*G* | *"usage:"*) ;;
  *) return 1 ;;
  esac
  if text=$(eval "\"\$sshd\" -T $args -C \"\$words\"" 2>&1); then return 0; fi
  case $text in
  *"Missing privilege separation directory"*)
    # In a /run of its own, so that the host's stays as it is.
    folder=${text##*directory: }
    # shellcheck disable=SC2016
    text=$(unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p "$1" && shift && exec "$@"' sh "$folder" \
      sh -c "sshd=\$1; words=\$2; \"\$sshd\" -T $args -C \"\$words\"" sh "$sshd" "$words" 2>&1)
    return $?
    ;;
  esac
  return 1
}

values_of() { # of a keyword, in the text of -T
  printf '%s\n' "$text" | awk -v name="$1" 'tolower($1) == name { $1 = ""; sub(/^ /, ""); print }'
}

show_config() { # FILE DEPTH
  show_file "$1"
  [ -f "$1" ] && [ "$2" -lt 16 ] || return 0
  case "$walked" in *"|$1|"*) return 0 ;; esac
  walked="$walked|$1|"
  config_files="$config_files
$1"
  sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]]*[=[:space:]]//p' "$1" | tr -d '"\r' |
    tr -s '[:blank:]' '\n' >"$list.$2"
  while IFS= read -r pattern; do
    [ -n "$pattern" ] || continue
    case $pattern in \#*) break ;; /*) ;; *) pattern=/etc/ssh/$pattern ;; esac
    [ -d "$(dirname "$pattern")" ] && show_folder "$(dirname "$pattern")"
    for each in $pattern; do
      [ -f "$each" ] && show_config "$each" $(($2 + 1))
    done
  done <"$list.$2"
}

show_folder() {
  case "$folders" in *"|$1|"*) return 0 ;; esac
  folders="$folders|$1|"
  config_files="$config_files
$1"
  show_parents "$1"
}

show_account() {
  entry=$(getent passwd "$1" 2>/dev/null || grep "^$1:" /etc/passwd)
  [ -n "$entry" ] || return 0
  shell=${entry##*:}
  works=no
  [ -x "${shell:-/bin/sh}" ] && works=yes
  put "account $1" "$(printf %s "$entry" | cut -d: -f3) $works $(id -Gn "$1" 2>/dev/null | tr ' ' ,)"
  put "home $1" "$(printf %s "$entry" | cut -d: -f6)"
  put "shell $1" "${shell:-/bin/sh}"
  state=ok
  case $(getent shadow "$1" 2>/dev/null | cut -d: -f2) in !*) state=locked ;; esac
  until=$(getent shadow "$1" 2>/dev/null | cut -d: -f8)
  [ -n "$until" ] && [ "$until" -lt $(($(date +%s) / 86400)) ] && state=expired
  put "shadow $1" "$state"
  # Days of the last change, of its longest age, of the grace after that, and of the account's end; - where there is none.
  put "aging $1" "$(getent shadow "$1" 2>/dev/null |
    awk -F: '{ for (i = 3; i <= 8; i++) if ($i == "") $i = "-"; print $3, $5, $7, $8 }')"
}

# Which modules PAM asks about an account. Their arguments stay here: some have passwords.
show_pam() { # SERVICE
  text_block pam "$1" "$(awk -v service="$1" '
    function reads(path,  line, found) {
      found = (getline line <path) >= 0
      close(path)
      return found
    }
    function walk(name, depth,  path, number, line, more, first, words, count, control, module, i) {
      path = name ~ /^\// ? name : "/etc/pam.d/" name
      if (!reads(path)) path = "/usr/lib/pam.d/" name
      if (!reads(path)) path = "/usr/etc/pam.d/" name
      if (depth > 8 || !reads(path)) {
        if (depth == 0) walk("other", 1)
        else print name ":0 required ?"
        return
      }
      while ((getline more <path) > 0) {
        number++
        sub(/#.*/, "", more)
        if (line == "") first = number
        line = line more
        if (sub(/\\$/, " ", line)) continue
        control = ""
        if (match(line, /\[[^]]*\]/)) {
          control = substr(line, RSTART, RLENGTH)
          line = substr(line, 1, RSTART - 1) "[] " substr(line, RSTART + RLENGTH)
        }
        count = split(line, words, /[ \t\r]+/)
        i = words[1] == "" ? 2 : 1
        line = ""
        if (words[i] == "@include") {
          walk(words[i + 1], depth + 1)
        } else if (tolower(words[i]) ~ /^-?account$/ && count > i + 1) {
          if (control == "") control = tolower(words[i + 1])
          module = words[i + 2]
          if (control == "include") {
            walk(module, depth + 1)
          } else {
            sub(/.*\//, "", module)
            print path ":" first " " control " " module
          }
        }
      }
      close(path)
    }
    BEGIN { walk(service, 0) }' </dev/null)"
}

show_chroot() { # PATTERN ACCOUNT
  expand "$1" "$2"
  put "chroot $2" "$file"
  show_parents "$file"
}

is_krl() { [ "$(head -c 6 "$1" 2>/dev/null)" = SSHKRL ]; }

show_revoked() { # a file that RevokedKeys names: does this host's own program read it? (Of KRLs alone it can say.)
  show_file "$1"
  is_krl "$1" || return 0
  printf '%s\n' "$some_key" >"$list.key"
  said=$(ssh-keygen -Q -f "$1" "$list.key" 2>&1)
  case $?$said in
  0* | 1*REVOKED*) put "krl $1" ok ;;
  *) put "krl $1" "$(printf '%s' "$said" | tail -n 1)" ;;
  esac
}

expand() { # PATTERN ACCOUNT: sets file, its tokens replaced
  home=$(getent passwd "$2" 2>/dev/null | cut -d: -f6)
  uid=$(id -u "$2" 2>/dev/null)
  file=$(printf '%s\n' "$1" | sed "s|%%|%\\n|g; s|%u|$2|g; s|%U|$uid|g; s|%h|$home|g" | tr -d '\n')
  case $file in /*) ;; *) file=$home/$file ;; esac
}

# Of authorized_keys the lines of CAs, and those of the key that was asked about: nobody else's.
show_authorized() { # PATTERN ACCOUNT
  expand "$1" "$2"
  [ -f "$file" ] || return 0
  show_parents "$(dirname "$file")"
  lines=$(grep -n -i -F -e cert-authority ${key_base64:+-e "$key_base64"} "$file" 2>/dev/null | grep -v '^[0-9]*:[[:space:]]*#')
  text_block authorized "$2" "$(stat -L -c '%a %u' "$file") $file
$lines"
}

show_principals() { # PATTERN ACCOUNT
  expand "$1" "$2"
  put "principals $2" "$file"
  show_parents "$(dirname "$file")"
  [ -e "$file" ] || { show_file "$file"; return 0; }
  # sshd reads it as the account, whose link may lead to a file that is root's to read alone.
  if chroot --userspec=0 / true 2>/dev/null; then
    if chroot --userspec="$2" / cat "$file" >"$list.read" 2>/dev/null; then
      [ "$(sum_of "$list.read")" != "$(sum_of "$file")" ] || { show_file "$file"; return 0; }
    else
      put "unreadable $2" "$file"
    fi
  elif [ "$(readlink -f "$file")" = "$file" ]; then
    show_file "$file"
    return 0
  fi
  printf 'other %s\n' "$file"
}

# When did the daemon read its configuration? At its start or at the last reload, when it wrote its PID file
# again; systemd notes reloads too.
show_pending() {
  stamp=$(values_of pidfile | head -n 1)
  if [ -f "$stamp" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$main_pid" ]; then
    put loaded "$(stat -c %Y "$stamp")"
    printf '%s\n' "$config_files" | while IFS= read -r each; do
      [ -n "$each" ] || continue
      if [ -d "$each" ]; then
        find "$each" -prune -newer "$stamp"
      else
        find "$(readlink -f "$each")" \( -newer "$stamp" -o -cnewer "$stamp" \)
      fi
    done | sed 's/^/pending /'
    return 0
  fi
  [ -n "$main_pid" ] || return 0
  boot=$(sed -n 's/^btime //p' /proc/stat)
  ticks=$(sed 's/.*) //' "/proc/$main_pid/stat" | cut -d ' ' -f 20)
  loaded=$((boot + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100)))
  if [ -n "$main_unit" ]; then
    changed=$(systemctl show -p StateChangeTimestamp "$main_unit" 2>/dev/null | sed 's/^[^=]*=//')
    changed=$(date -d "$changed" +%s 2>/dev/null || echo 0)
    [ "$changed" -le "$loaded" ] || loaded=$changed
  fi
  put loaded "$loaded"
  printf '%s\n' "$config_files" | while IFS= read -r each; do
    [ -n "$each" ] || continue
    [ "$(stat -L -c %Y "$each")" -le "$loaded" ] || printf 'pending %s\n' "$each"
  done
}

probe() {
  echo 'halligan-trust-facts 1'
  put uid "$(id -u)"
  put host "$(uname -n)"
  put time "$(date +%s)"
  # shellcheck disable=SC2153
  if [ -n "${SSH_CONNECTION-}" ]; then
    # shellcheck disable=SC2086
    set -- $SSH_CONNECTION
    address=$1 local_address=$3 local_port=$4
  else
    address=127.0.0.1 local_address=127.0.0.1 local_port=22
  fi
  [ -z "${from_address-}" ] || address=$from_address
  put from "$address"
  put port "$local_port"
  [ ! -e /etc/nologin ] || put nologin /etc/nologin
  [ ! -e /run/nologin ] || put nologin /run/nologin
  # shellcheck disable=SC1091
  put os "$( (. /etc/os-release && echo "${ID-} ${VERSION_ID-}") 2>/dev/null)"
  [ ! -e /etc/NIXOS ] || put nixos yes
  [ "$(id -u)" = 0 ] || { echo end; return 0; }
  list=$(mktemp -d "${TMPDIR:-/tmp}/halligan.XXXXXXXX" 2>/dev/null || mktemp -d /run/halligan.XXXXXXXX) || {
    put error 'no room for temporary files'
    echo end
    return 0
  }
  trap 'rm -rf "$list"' EXIT
  scratch=$list
  list=$list/f
  printf '%s\n' "$ca_lines" >"$list.ca"
  [ -w /etc/ssh ] || put readonly /etc/ssh
  find_daemons
  main_pid=
  main_unit=
  sshd=
  args=
  main_config=
  for pid in $found; do
    words=$(daemon_words "$pid")
    set -f
    # shellcheck disable=SC2086
    set -- $words
    set +f
    program=$(program_of "$pid")
    shift
    arguments "$@"
    [ -n "$config" ] || config=/etc/ssh/sshd_config
    put daemon "$pid $(unit_of "$pid")"
    put "daemon-program $pid" "$program"
    put "daemon-arguments $pid" "$args"
    put "daemon-config $pid" "$config"
    [ -z "$main_pid" ] || continue
    main_pid=$pid main_unit=$(unit_of "$pid") sshd=$program main_args=$args main_config=$config
  done
  if [ -z "$main_pid" ]; then
    # No listener: a socket starts one for each connection, or for the first one.
    main_args=
    sshd=$(command -v sshd || echo /usr/sbin/sshd)
    main_config=/etc/ssh/sshd_config
    if [ -d /run/systemd/system ]; then
      for unit in ssh.socket sshd.socket; do
        systemctl is-active --quiet "$unit" 2>/dev/null && put socket "$unit"
      done
    fi
    put program "$sshd"
  fi
  args=${main_args-}
  [ -e "$main_config" ] || [ ! -e /usr/etc/ssh/sshd_config ] || main_config=/usr/etc/ssh/sshd_config
  put config "$main_config"
  put version "$("$sshd" -V 2>&1 | sed -n 's/.*\(OpenSSH_[^ ,]*\).*/\1/p' | head -n 1)"
  text=$(eval "\"\$sshd\" -t $args" 2>&1)
  put checked $?
  text_block said sshd-t "$text"
  config_files=
  walked=
  folders=
  show_config "$main_config" 0
  for each in $look; do
    show_file "$each"
    [ -d "$(dirname "$each")" ] && show_parents "$(dirname "$each")"
  done
  for account in $accounts; do
    show_account "$account"
    if ! evaluate "$account"; then
      text_block failed "$account" "$text"
      continue
    fi
    text_block effective "$account" "$text"
    for each in $(values_of trustedusercakeys); do [ "$each" = none ] || show_file "$each"; done
    for each in $(values_of revokedkeys); do [ "$each" = none ] || show_revoked "$each"; done
    each=$(values_of authorizedprincipalsfile | head -n 1)
    case $each in none | '') ;; *) show_principals "$each" "$account" ;; esac
    for each in $(values_of authorizedkeysfile); do [ "$each" = none ] || show_authorized "$each" "$account"; done
    each=$(values_of chrootdirectory | head -n 1)
    case $each in none | '') ;; *) show_chroot "$each" "$account" ;; esac
  done
  if [ "$(values_of usepam)" = yes ]; then
    each=$(values_of pamservicename | head -n 1)
    show_pam "${each:-sshd}"
  fi
  [ -z "$main_pid" ] || show_pending
  for each in $(values_of hostkey); do
    [ ! -f "$each" ] || put hostkey "$(ssh-keygen -l -f "$each" 2>/dev/null | cut -d ' ' -f 2)"
  done
  state=/var/lib/halligan/trust
  [ ! -s "$state/pending" ] || put transaction "$(cat "$state/pending")"
  if [ -s "$state/last" ]; then
    last=$(cat "$state/last")
    put last "$last"
    for each in "$state/$last"/*.path; do
      [ -e "$each" ] || continue
      path=$(cat "$each")
      each=${each%.path}
      role=content
      [ ! -e "$each.config" ] || role=config
      printf 'changed %s %s %s %s %s %s\n' "$role" "$each" "$(cat "$each.before")" "$(sum_of "$each.new")" \
        "$(sum_of "$path")" "$path"
    done
  fi
  rm -rf "$scratch"
  echo end
}

probe </dev/null
