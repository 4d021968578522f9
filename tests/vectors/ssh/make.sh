#!/bin/sh
# Makes the vectors of this folder with the real ssh-keygen (OpenSSH 9.2). They were made once and are kept: running it
# again gives other keys, other nonces and the same shapes. Nothing in here protects anything.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
g++ -shared -fPIC -o "$work/paper_token.so" paper_token.cpp -lcrypto
export SSH_SK_PROVIDER="$work/paper_token.so" TZ=UTC
rm -rf keys certificates
mkdir keys certificates

ssh-keygen -q -N '' -C 'ed25519 vector' -f keys/ed25519 -t ed25519
ssh-keygen -q -N '' -C 'ecdsa256 vector' -f keys/ecdsa256 -t ecdsa -b 256
ssh-keygen -q -N '' -C 'ecdsa384 vector' -f keys/ecdsa384 -t ecdsa -b 384
ssh-keygen -q -N '' -C 'ecdsa521 vector' -f keys/ecdsa521 -t ecdsa -b 521
ssh-keygen -q -N '' -C 'rsa vector' -f keys/rsa -t rsa -b 2048
ssh-keygen -q -N '' -C 'sk-ecdsa vector' -f keys/sk-ecdsa -t ecdsa-sk -O application=ssh:vector
ssh-keygen -q -N '' -C 'sk-ed25519 vector' -f keys/sk-ed25519 -t ed25519-sk -O no-touch-required
# Not for loading: each is refused, with its reason.
ssh-keygen -q -N 'a passphrase' -C 'encrypted vector' -f keys/encrypted -t ed25519
ssh-keygen -q -N '' -m PEM -C 'pem vector' -f keys/pem -t rsa -b 2048

# sign NAME SUBJECT CA ARGUMENTS: keys/SUBJECT.pub signed by keys/CA, kept as certificates/NAME.pub
sign() {
  name=$1 subject=$2 ca=$3
  shift 3
  cp "keys/$subject.pub" "$work/subject.pub"
  ssh-keygen -q -s "keys/$ca" -I "$name" "$@" "$work/subject.pub"
  mv "$work/subject-cert.pub" "certificates/$name.pub"
}
for subject in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa sk-ecdsa sk-ed25519; do
  sign "$subject-by-ed25519" "$subject" ed25519 -n root,admin -z 7 -V 20260101Z:20260201Z
done
for ca in ecdsa256 ecdsa384 ecdsa521 rsa sk-ecdsa sk-ed25519; do
  sign "ed25519-by-$ca" ed25519 "$ca" -n root -z 18446744073709551615 -V 20260101Z:20260201Z
done
sign by-rsa-sha256 ed25519 rsa -t rsa-sha2-256 -n root -z 1 -V 20260101Z:20260201Z
sign by-rsa-sha1 ed25519 rsa -t ssh-rsa -n root -z 1 -V 20260101Z:20260201Z
sign host ecdsa256 ed25519 -h -n host.example.org,192.0.2.1 -z 2 -V 20260101Z:20260201Z
sign no-principals ed25519 ed25519 -z 3 -V 20260101Z:20260201Z
sign defaults ed25519 ed25519
sign every-option sk-ed25519 sk-ecdsa -n root -z 4 -V 20260101Z:20260201Z \
  -O force-command='uname -a' -O source-address=192.0.2.0/24,2001:db8::/32 -O verify-required -O no-touch-required \
  -O extension:note@example.org='a value' -O extension:flag@example.org -O critical:strict@example.org=yes
sign no-option ed25519 ed25519 -n root -z 5 -V 20260101Z:20260201Z -O clear
sign odd-texts ed25519 ed25519 -n "$(printf 'a b,gr\303\274n,\033[31m')" -z 6 -V 20260101Z:20260201Z
chmod 644 keys/* certificates/*
