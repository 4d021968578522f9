// What `halligan inspect` finds, as values. Nothing here reads or writes, and several threads may ask at
// once.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "ca/judgement.hpp"
#include "crypto/verify.hpp"
#include "handoff/bundle.hpp"
#include "inspect/age_header.hpp"
#include "request/format.hpp"
#include "ui/describe.hpp"

namespace halligan::inspect {

struct FoundRequest {
  struct CoSignature {
    ssh::PublicKey key;
    bool good;
  };
  request::SignedRequest request;
  std::vector<CoSignature> co_signatures;
};

/// A public key or certificate of a type that is not known, as of a later OpenSSH.
struct UnknownKey {
  std::string type;  ///< as it names itself
  Bytes blob;
};

/// A decrypted bundle, without its private key.
struct FoundBundle {
  std::uint64_t sealed;  ///< Unix seconds
  std::vector<std::string> hosts;
  ui::Described certificate;
};

struct Item {
  ui::Origin origin;
  std::variant<ui::Described, ssh::PublicKey, ssh::SkHandle, UnknownKey, FoundRequest, FoundBundle, AgeHeader>
      found;
  ca::Judgement judgement{};
};

struct Inspector {
  const ca::Measure& measure;
  const ca::HostAsked* host = nullptr;  ///< the server that was asked; not owned
  bool check_keys = true;               ///< could anybody use them? It takes longer than all the rest

  /// A line of a .pub or -cert.pub file, or one of authorized_keys, known_hosts or an allowed signers file.
  /// @param verifier one for each thread
  Result<Item> line(std::string_view line, ui::Origin origin, crypto::Verifier& verifier) const;
  /// A key or certificate as an agent or a server has it.
  Result<Item> blob(ByteView blob, ui::Origin origin, crypto::Verifier& verifier) const;
  Item key(ssh::PublicKey key, ui::Origin origin) const;
  Item unknown(std::string_view type, ByteView blob, ui::Origin origin) const;
  Item handle(ssh::SkHandle handle, ui::Origin origin) const;
  /// A proof that does not hold is a problem, and so is a validity that is over.
  Item request(request::SignedRequest request, ui::Origin origin) const;
  Item bundle(const handoff::Bundle& bundle, ui::Origin origin) const;

 private:
  Item certificate(ssh::Certificate certificate, ui::Origin origin, crypto::Verifier& verifier) const;
};

}  // namespace halligan::inspect
