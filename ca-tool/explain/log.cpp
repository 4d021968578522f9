#include "explain/log.hpp"

#include <algorithm>

namespace halligan::explain {
namespace {

// A message of sshd: how it begins, and how it ends. What strangers write is between the two.
struct Message {
  std::string_view begin;
  std::string_view end;
  Reason reason;
};

constexpr Message kMessages[] = {
    {"drop connection ",
     "",
     {"throttled", "maxstartups", "refused before authentication: too many connections, or a penalty",
      "wait a minute, or set PerSourcePenaltyExemptList"}},
    {"Timeout before authentication for ",
     "",
     {"grace", "logingracetime", "the login took longer than LoginGraceTime", "try again"}},
    {"Unable to negotiate with ",
     "",
     {"kex", "kexalgorithms", "client and host have no algorithm in common",
      "compare: sshd -T | grep -i algorithms; ssh -Q kex"}},
    {"administratively prohibited connection for ",
     "",
     {"refuse-connection", "refuseconnection", "RefuseConnection is set",
      "remove RefuseConnection for this user"}},
    {"Invalid user ", "", {"user", "", "there is no such user", "name an account of the host"}},
    {"User ",
     " not allowed because account is locked",
     {"locked", "usepam", "the account is locked or expired, and UsePAM is no",
      "usermod -p '*' USER; chage -E -1 USER"}},
    {"User ",
     " does not exist",
     {"shell", "", "the shell of the account does not exist", "usermod -s /bin/sh USER"}},
    {"User ",
     " is not executable",
     {"shell", "", "the shell of the account is not executable", "usermod -s /bin/sh USER"}},
    {"User ",
     " not allowed because listed in DenyUsers",
     {"deny-users", "denyusers", "DenyUsers lists the user", "take the user out of DenyUsers"}},
    {"User ",
     " not allowed because not listed in AllowUsers",
     {"allow-users", "allowusers", "AllowUsers does not list the user", "add the user to AllowUsers"}},
    {"User ",
     " not allowed because a group is listed in DenyGroups",
     {"deny-groups", "denygroups", "DenyGroups lists a group of the user",
      "take the user out of the group, or the group out of DenyGroups"}},
    {"User ",
     " not allowed because none of user's groups are listed in AllowGroups",
     {"allow-groups", "allowgroups", "AllowGroups lists no group of the user",
      "add a group of the user to AllowGroups"}},
    {"Account ",
     " has expired",
     {"locked", "usepam", "the account has expired, and UsePAM is no", "chage -E -1 USER"}},
    {"userauth_pubkey: signature algorithm ",
     " not in PubkeyAcceptedAlgorithms",
     {"algorithm", "pubkeyacceptedalgorithms", "the kind of key or certificate is not accepted",
      "add its certificate name to PubkeyAcceptedAlgorithms"}},
    {"userauth_pubkey: key type ",
     " not in PubkeyAcceptedAlgorithms",
     {"algorithm", "pubkeyacceptedalgorithms", "the kind of key or certificate is not accepted",
      "add its certificate name to PubkeyAcceptedAlgorithms"}},
    {"userauth_pubkey: key type ",
     " not in PubkeyAcceptedKeyTypes",
     {"algorithm", "pubkeyacceptedalgorithms", "the kind of key or certificate is not accepted",
      "add its certificate name to PubkeyAcceptedKeyTypes"}},
    {"userauth_pubkey: unsupported public key algorithm: ",
     "",
     {"algorithm", "pubkeyacceptedalgorithms", "this sshd does not know the kind of key",
      "use a key of another type"}},
    {"userauth_pubkey: parse key: ",
     "",
     {"signature", "", "the key or certificate cannot be read, or the CA's signature does not verify",
      "mint a new certificate: halligan mint"}},
    {"userauth_pubkey: certificate signature algorithm ",
     "",
     {"ca-algorithm", "casignaturealgorithms", "the kind of the CA's signature is not accepted",
      "add it to CASignatureAlgorithms, or use the other CA"}},
    {"refusing ",
     " key: Invalid key length",
     {"rsa-size", "requiredrsasize", "the key is too short", "use a longer key"}},
    {"refusing previously-used ",
     " key",
     {"repeated", "", "the same key was refused before in this connection", "see the line before"}},
    {"Authentication key ",
     "",
     {"revoked", "revokedkeys", "the key, the certificate or its CA is revoked",
      "mint a certificate for a new key: halligan mint"}},
    {"Error checking authentication key ",
     "",
     {"revoked-keys", "revokedkeys", "the file of RevokedKeys cannot be read: every key is refused",
      "make it, empty or a valid list: touch FILE"}},
    {"Could not open user '",
     "Permission denied",
     {"principals", "authorizedprincipalsfile", "the user may not read the file",
      "let the user read it: chmod 644 FILE"}},
    {"Authentication refused: bad ownership or modes for ",
     "",
     {"principals", "strictmodes", "others may write to a file or folder (StrictModes)",
      "chmod go-w what the line names, and chown root it"}},
    {"Certificate critical option \"",
     "\" is not supported",
     {"critical", "", "this sshd does not know a critical option of the certificate",
      "mint it without the option"}},
    {"cert: Authentication tried for ",
     "",
     {"source-address", "", "the certificate is not for this address (source-address)",
      "log in from a permitted address, or mint a new certificate"}},
    {"principals: Authentication tried for ",
     "",
     {"line-options", "", "the line of the principals file is not for this address (from=)",
      "change the options of the line"}},
    {"Authentication tried for ",
     "",
     {"line-options", "", "the line of authorized_keys is not for this address (from=)",
      "change the options of the line"}},
    {"Refused by key options",
     "",
     {"line-options", "", "options of the line in authorized_keys refuse it",
      "change the options of the line"}},
    {"public key ",
     "user presence signature) requirement not met",
     {"touch", "pubkeyauthoptions", "the security key was not touched", "touch it"}},
    {"public key ",
     " requirement not met ",
     {"touch", "pubkeyauthoptions", "the security key was not touched, or no PIN was given",
      "touch it; give the PIN"}},
    {"ROOT LOGIN REFUSED FROM ",
     "",
     {"root", "permitrootlogin", "PermitRootLogin does not let root in",
      "set PermitRootLogin prohibit-password"}},
    {"monitor_read: unsupported request: 26",
     "",
     {"root", "permitrootlogin", "PermitRootLogin is forced-commands-only, and no command is forced",
      "mint with -O force-command=…, or set PermitRootLogin prohibit-password"}},
    {"Access denied for user ",
     " by PAM account configuration",
     {"pam", "usepam", "PAM refuses the account: expired, /etc/nologin, pam_access",
      "chage -l USER; ls /etc/nologin; see /etc/pam.d/sshd"}},
    {"fatal: Access denied for user ",
     " by PAM account configuration",
     {"pam", "usepam", "PAM refuses the account: expired, /etc/nologin, pam_access",
      "chage -l USER; ls /etc/nologin; see /etc/pam.d/sshd"}},
    {"Partial publickey for ",
     "",
     {"methods", "authenticationmethods", "the key was accepted; another method is required",
      "have the other method ready"}},
    {"maximum authentication attempts exceeded for ",
     "",
     {"attempts", "maxauthtries", "too many keys were offered",
      "offer one alone: ssh -o IdentitiesOnly=yes -i KEY"}},
    {"Connection closed by authenticating user ",
     "",
     {"ca", "trustedusercakeys",
      "no rule is named: at LogLevel INFO that is all there is of a CA that is not trusted",
      "halligan explain CERT --host HOST; halligan trust status HOST"}},
};

constexpr Reason kSourceAddress{"source-address", "",
                                "the certificate is not for this address (source-address)",
                                "log in from a permitted address, or mint a new certificate"};

// Reasons inside a certificate: on a line of their own up to 10.0, since then at the end of a longer one.
struct CertificateReason {
  std::string_view text;
  Reason reason;
};
constexpr CertificateReason kCertificate[] = {
    {"Certificate does not contain an authorized principal",
     {"principals", "authorizedprincipalsfile", "no principal of the certificate is in the file or line",
      "add one of its principals to the file"}},
    {"Certificate invalid: not a user certificate",
     {"type", "", "it is a host certificate", "mint a user certificate"}},
    {"Certificate invalid: not yet valid",
     {"validity", "", "it is not valid yet, by the host's clock",
      "compare the clocks: date -u there and here"}},
    {"Certificate invalid: expired",
     {"validity", "", "it has expired, by the host's clock",
      "mint a new certificate; compare the clocks: date -u"}},
    {"Certificate lacks principal list",
     {"principals", "", "it has no principals", "mint a certificate with -n USER"}},
    {"Certificate invalid: name is not a listed principal",
     {"principals", "", "the account is not among its principals", "mint a certificate with -n USER"}},
    {"Invalid certificate options",
     {"critical", "", "a critical option cannot be read or is not known", "mint it without the option"}},
    {"Refused by certificate options",
     {"source-address", "", "the certificate is not for this address (source-address)",
      "log in from a permitted address, or mint a new certificate"}},
    {"Refused by certificate principals options",
     {"line-options", "authorizedprincipalsfile", "options of the line in the principals file refuse it",
      "change the options of the line"}},
    {"forced command options do not match",
     {"forced-command", "", "certificate and line force different commands",
      "let one of them force a command, not both"}},
};

}  // namespace

const Reason* reason_in(std::string_view message) {
  if (message.ends_with(" [preauth]")) message.remove_suffix(10);
  if (message.starts_with("error: ")) message.remove_prefix(7);
  // "FILE:LINE: " of authorized_keys; nothing of a stranger's is before it.
  constexpr std::string_view kTried = ": Authentication tried for ";
  if (message.starts_with('/') && message.find(kTried) != std::string_view::npos) {
    message.remove_prefix(message.find(kTried) + 2);
    if (message.find(" with valid certificate but not from ") != std::string_view::npos)
      return &kSourceAddress;
  }
  const bool wrapped = message.starts_with("Refusing certificate ID \"");
  for (const CertificateReason& each : kCertificate) {
    if (message == each.text) return &each.reason;
    if (wrapped && message.ends_with(each.text) &&
        message.substr(0, message.size() - each.text.size()).ends_with(": "))
      return &each.reason;
  }
  for (const Message& each : kMessages) {
    if (message.starts_with(each.begin) && message.ends_with(each.end) &&
        message.size() >= each.begin.size() + each.end.size())
      return &each.reason;
  }
  return nullptr;
}

}  // namespace halligan::explain
