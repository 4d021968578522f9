# What this host's log says of a login with one certificate, for halligan drill --fetch-log. Reads, and changes nothing.
# Set above: serial, port (of the other end of the connection; may be empty), patience (seconds).
# A function, called in the last line: a connection that is cut runs nothing of it.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
files='/var/log/auth.log /var/log/auth.log.1 /var/log/secure /var/log/messages'

# The journal is empty for whoever may not read it.
may_read() {
  [ "$(id -u)" -ne 0 ] || return 0
  for file in $files; do [ ! -r "$file" ] || return 0; done
  case " $(id -Gn) " in *' adm '* | *' systemd-journal '* | *' wheel '*) return 0 ;; esac
  return 1
}

lines() {
  if command -v journalctl >/dev/null 2>&1; then
    journalctl -q --no-pager -o json --since=-1h _COMM=sshd _COMM=sshd-session \
      + SYSLOG_IDENTIFIER=sshd SYSLOG_IDENTIFIER=sshd-session 2>/dev/null
  fi
  for file in $files; do [ ! -r "$file" ] || tail -n 20000 "$file"; done
}

look() {
  may_read || echo no-log
  while :; do
    found=$(lines | grep -F "(serial $serial)" | grep -F "${port:+ port $port ssh2: }" | tail -n 20 | head -c 65536)
    if [ -n "$found" ]; then
      printf '%s\n' "$found"
      return 0
    fi
    [ "$patience" -gt 0 ] || return 0
    patience=$((patience - 1))
    sleep 1
  done
}

look
