#!/bin/sh
# Process 1 of the virtual machine: makes it a small Linux, then does what comes over the second serial port.
#
# One request a line: limit in seconds, user, script in base64. One answer a line: exit status, then stdout and stderr in
# base64, each behind a colon so that none is an empty word.
PATH=/usr/sbin:/usr/bin
export PATH
/usr/bin/busybox mount -t devtmpfs dev /dev
/usr/bin/busybox --install -s /usr/bin
mkdir -p /dev/pts /proc /sys /run/sshd /tmp
chmod 755 /
chmod 1777 /tmp
mount -t devpts devpts /dev/pts
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in hid hid-generic uhid; do
  insmod "/modules/$module.ko" || echo "no module $module" >/dev/console
done
ip link set lo up
umask 022

serve() {
  stty raw -echo
  echo ready
  while read -r limit user script; do
    printf '%s' "$script" | base64 -d >/tmp/request
    timeout -k 1 "$limit" su "$user" /tmp/request </dev/null >/tmp/out 2>/tmp/err
    status=$? out='' err=''
    [ ! -s /tmp/out ] || out=$(base64 -w 0 /tmp/out)
    [ ! -s /tmp/err ] || err=$(base64 -w 0 /tmp/err)
    echo "$status :$out :$err"
  done
}

# Not in this process: it gets a signal for every orphan that ends, and the shell's read then forgets half a line.
serve </dev/ttyS1 >/dev/ttyS1 2>/dev/console &
wait $!
