// Signatures over drills on record, in files beside the record: SSHSIG, so that ssh-keygen alone can verify
// them.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "drill/record.hpp"
#include "io/files.hpp"
#include "ui/json.hpp"

namespace halligan::drill {

enum class Role { kOperator, kWitness };
/// "operator", "witness".
std::string_view role_word(Role role);
/// Of SSHSIG: a signature is of one role. "halligan-drill-operator", "halligan-drill-witness"
std::string_view role_namespace(Role role);

/// What is signed: the records up to that one, as the first lines of the file are. Each one that is changed
/// spoils all signatures from it on; those that follow change nothing.
/// @param number of a drill of the log
std::string signed_text(const DrillLog& log, std::uint64_t number);
/// "…/ca.drills-3.operator.sig"
std::string signature_file(const DrillLog& log, std::uint64_t number, Role role);

struct DrillSignature {
  Role role = Role::kOperator;
  std::string file{};
  std::string key{};     ///< fingerprint; empty where it cannot be read
  std::string person{};  ///< whose key that is, by the list of signers; empty without one
  std::string why{};     ///< it is bad; empty: it is good

  bool good() const { return why.empty(); }
};

/// Sign it by ssh-keygen, and put the signature there.
/// @errors kExists · kNo (the key of the other role) · as ca::sign_by_ssh_keygen(), io::write_files()
Result<DrillSignature> sign_drill(const DrillLog& log, std::uint64_t number, Role role,
                                  const std::string& key, io::Existing existing);

/// Those that are there, each verified.
/// @param signers a file of allowed signers: whose key it is not is bad, and so is that the operator's is not
/// there; empty: any key will do
/// @errors as io::read_file(), ssh::parse_allowed_signers()
Result<std::vector<DrillSignature>> verify_signatures(const DrillLog& log, std::uint64_t number,
                                                      const std::string& signers);

std::string to_text(const DrillSignature& signature);
ui::Json to_json(const DrillSignature& signature);

}  // namespace halligan::drill
