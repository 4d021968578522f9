// What ssh-sk-helper of one OpenSSH release does with a SecurityKeyProvider: its own declaration of the
// interface, its calls, its way to free what it was given. Built with AddressSanitizer, so that a field in
// the wrong place, a block that is not malloc's and a block that nobody frees end it.
//
// usage: release_caller LIBRARY RELEASE enroll ALG FLAGS APPLICATION CHALLENGE PIN [NAME=VALUE…]
//        release_caller LIBRARY RELEASE sign ALG FLAGS APPLICATION DATA HANDLE PIN
//        release_caller LIBRARY RELEASE load PIN [NAME=VALUE…]
// Bytes are hexadecimal, an empty PIN is none; NAME=VALUE is an option that must be known. Prints NAME=VALUE
// lines.
#include <dlfcn.h>
#include <string.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Option {
  char* name;
  char* value;
  std::uint8_t required;
};

struct SignResponse {
  std::uint8_t flags;
  std::uint32_t counter;
  std::uint8_t* sig_r;
  std::size_t sig_r_len;
  std::uint8_t* sig_s;
  std::size_t sig_s_len;
};

namespace openssh_8_2 {
constexpr std::uint32_t kVersion = 0x00040000;
struct EnrollResponse {
  std::uint8_t* public_key;
  std::size_t public_key_len;
  std::uint8_t* key_handle;
  std::size_t key_handle_len;
  std::uint8_t* signature;
  std::size_t signature_len;
  std::uint8_t* attestation_cert;
  std::size_t attestation_cert_len;
};
struct ResidentKey {
  std::uint32_t alg;
  std::size_t slot;
  char* application;
  EnrollResponse key;
};
}  // namespace openssh_8_2

namespace openssh_8_3 {
constexpr std::uint32_t kVersion = 0x00050000;
using openssh_8_2::EnrollResponse;
using openssh_8_2::ResidentKey;
}  // namespace openssh_8_3

namespace openssh_8_4 {
constexpr std::uint32_t kVersion = 0x00070000;
struct EnrollResponse {
  std::uint8_t* public_key;
  std::size_t public_key_len;
  std::uint8_t* key_handle;
  std::size_t key_handle_len;
  std::uint8_t* signature;
  std::size_t signature_len;
  std::uint8_t* attestation_cert;
  std::size_t attestation_cert_len;
  std::uint8_t* authdata;
  std::size_t authdata_len;
};
struct ResidentKey {
  std::uint32_t alg;
  std::size_t slot;
  char* application;
  EnrollResponse key;
  std::uint8_t flags;
};
}  // namespace openssh_8_4

namespace openssh_8_9 {
constexpr std::uint32_t kVersion = 0x00090000;
struct EnrollResponse {
  std::uint8_t flags;
  std::uint8_t* public_key;
  std::size_t public_key_len;
  std::uint8_t* key_handle;
  std::size_t key_handle_len;
  std::uint8_t* signature;
  std::size_t signature_len;
  std::uint8_t* attestation_cert;
  std::size_t attestation_cert_len;
  std::uint8_t* authdata;
  std::size_t authdata_len;
};
struct ResidentKey {
  std::uint32_t alg;
  std::size_t slot;
  char* application;
  EnrollResponse key;
  std::uint8_t flags;
  std::uint8_t* user_id;
  std::size_t user_id_len;
};
}  // namespace openssh_8_9

namespace openssh_9_1 {
constexpr std::uint32_t kVersion = 0x000a0000;
using openssh_8_9::EnrollResponse;
using openssh_8_9::ResidentKey;
}  // namespace openssh_9_1

[[noreturn]] void stop(const char* why) {
  std::fprintf(stderr, "release_caller: %s\n", why);
  std::exit(70);
}

std::vector<std::uint8_t> bytes(const std::string& digits) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return out;
}

void print(const char* name, const std::uint8_t* data, std::size_t size) {
  std::printf("%s=", name);
  for (std::size_t i = 0; i < size; ++i) std::printf("%02x", data[i]);
  std::printf("\n");
}

/// OpenSSH overwrites what it frees: a length that is not the block's would be seen.
void freezero(void* data, std::size_t size) {
  if (data == nullptr) return;
  ::explicit_bzero(data, size);
  std::free(data);
}

class Options {
 public:
  Options(int count, char** words) {
    for (int i = 0; i < count; ++i) {
      const std::string word = words[i];
      const std::size_t equal = word.find('=');
      if (equal == std::string::npos) stop("an option is NAME=VALUE");
      list_.push_back(
          new Option{::strdup(word.substr(0, equal).c_str()), ::strdup(word.c_str() + equal + 1), 1});
    }
    list_.push_back(nullptr);
  }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() {
    for (const Option* each : list_) {
      if (each == nullptr) continue;
      std::free(each->name);
      std::free(each->value);
      delete each;
    }
  }
  Option** get() { return list_.size() == 1 ? nullptr : list_.data(); }

 private:
  std::vector<Option*> list_;
};

template <typename Enroll, typename Resident>
class Helper {
 public:
  Helper(const char* path, std::uint32_t version) : library_(::dlopen(path, RTLD_NOW)) {
    if (library_ == nullptr) stop(::dlerror());
    const auto api_version = find<std::uint32_t()>("sk_api_version");
    if ((api_version() & 0xffff0000) != version) stop("implements unsupported version");
    // All four are wanted before one is called.
    enroll_ = find<EnrollFunction>("sk_enroll");
    sign_ = find<SignFunction>("sk_sign");
    load_ = find<LoadFunction>("sk_load_resident_keys");
  }

  int enroll(char** words, int count) {
    const std::vector<std::uint8_t> challenge = bytes(words[3]);
    Options options(count - 5, words + 5);
    Enroll* response = nullptr;
    const int status = enroll_(alg(words), challenge.data(), challenge.size(), words[2], flags(words),
                               pin(words[4]), options.get(), &response);
    close();
    if (response != nullptr) {
      show(*response);
      free_enroll(response);
    }
    return status;
  }

  int sign(char** words) {
    const std::vector<std::uint8_t> data = bytes(words[3]);
    const std::vector<std::uint8_t> handle = bytes(words[4]);
    SignResponse* response = nullptr;
    const int status = sign_(alg(words), data.data(), data.size(), words[2], handle.data(), handle.size(),
                             flags(words), pin(words[5]), nullptr, &response);
    close();
    if (response != nullptr) {
      std::printf("flags=%u\ncounter=%u\n", response->flags, response->counter);
      print("sig_r", response->sig_r, response->sig_r_len);
      print("sig_s", response->sig_s, response->sig_s_len);
      freezero(response->sig_r, response->sig_r_len);
      freezero(response->sig_s, response->sig_s_len);
      freezero(response, sizeof *response);
    }
    return status;
  }

  int load(char** words, int count) {
    Options options(count - 1, words + 1);
    Resident** keys = nullptr;
    std::size_t size = 0;
    const int status = load_(pin(words[0]), options.get(), &keys, &size);
    close();
    for (std::size_t i = 0; i < size; ++i) {
      std::printf("alg=%u\nslot=%zu\napplication=%s\n", keys[i]->alg, keys[i]->slot, keys[i]->application);
      show(keys[i]->key);
      if constexpr (requires { keys[i]->flags; }) std::printf("resident_flags=%u\n", keys[i]->flags);
      if constexpr (requires { keys[i]->user_id; }) print("user_id", keys[i]->user_id, keys[i]->user_id_len);
    }
    free_residents(keys, size);
    return status;
  }

 private:
  using EnrollFunction = int(std::uint32_t, const std::uint8_t*, std::size_t, const char*, std::uint8_t,
                             const char*, Option**, Enroll**);
  using SignFunction = int(std::uint32_t, const std::uint8_t*, std::size_t, const char*, const std::uint8_t*,
                           std::size_t, std::uint8_t, const char*, Option**, SignResponse**);
  using LoadFunction = int(const char*, Option**, Resident***, std::size_t*);

  template <typename Function>
  Function* find(const char* name) {
    void* symbol = ::dlsym(library_, name);
    if (symbol == nullptr) stop(name);
    return reinterpret_cast<Function*>(symbol);
  }

  /// Every release closes the library before it frees what came from it.
  void close() {
    if (::dlclose(library_) != 0) stop(::dlerror());
  }

  static std::uint32_t alg(char** words) { return static_cast<std::uint32_t>(std::stoul(words[0])); }
  static std::uint8_t flags(char** words) { return static_cast<std::uint8_t>(std::stoul(words[1])); }
  static const char* pin(const char* word) { return *word == '\0' ? nullptr : word; }

  static void show(const Enroll& key) {
    if constexpr (requires { key.flags; }) std::printf("flags=%u\n", key.flags);
    print("public_key", key.public_key, key.public_key_len);
    print("key_handle", key.key_handle, key.key_handle_len);
    print("signature", key.signature, key.signature_len);
    print("attestation_cert", key.attestation_cert, key.attestation_cert_len);
    if constexpr (requires { key.authdata; }) print("authdata", key.authdata, key.authdata_len);
  }

  static void free_enroll(Enroll* response) {
    freezero(response->key_handle, response->key_handle_len);
    freezero(response->public_key, response->public_key_len);
    freezero(response->signature, response->signature_len);
    freezero(response->attestation_cert, response->attestation_cert_len);
    if constexpr (requires { response->authdata; }) freezero(response->authdata, response->authdata_len);
    freezero(response, sizeof *response);
  }

  // No release frees the authdata of a resident key, and none frees the list if it is empty.
  static void free_residents(Resident** keys, std::size_t size) {
    if (size == 0 || keys == nullptr) return;
    for (std::size_t i = 0; i < size; ++i) {
      std::free(keys[i]->application);
      if constexpr (requires { keys[i]->user_id; }) freezero(keys[i]->user_id, keys[i]->user_id_len);
      freezero(keys[i]->key.key_handle, keys[i]->key.key_handle_len);
      freezero(keys[i]->key.public_key, keys[i]->key.public_key_len);
      freezero(keys[i]->key.signature, keys[i]->key.signature_len);
      freezero(keys[i]->key.attestation_cert, keys[i]->key.attestation_cert_len);
      freezero(keys[i], sizeof *keys[i]);
    }
    std::free(keys);
  }

  void* library_;
  EnrollFunction* enroll_;
  SignFunction* sign_;
  LoadFunction* load_;
};

template <typename Enroll, typename Resident>
int work(std::uint32_t version, int count, char** words) {
  Helper<Enroll, Resident> helper(words[0], version);
  const std::string what = words[2];
  if (what == "enroll" && count >= 8) return helper.enroll(words + 3, count - 3);
  if (what == "sign" && count == 9) return helper.sign(words + 3);
  if (what == "load" && count >= 4) return helper.load(words + 3, count - 3);
  stop("see the usage at the top of its source");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) stop("see the usage at the top of its source");
  const std::string release = argv[2];
  const int count = argc - 1;
  char** words = argv + 1;
  int status = 0;
  if (release == "8.2") {
    status = work<openssh_8_2::EnrollResponse, openssh_8_2::ResidentKey>(openssh_8_2::kVersion, count, words);
  } else if (release == "8.3") {
    status = work<openssh_8_3::EnrollResponse, openssh_8_3::ResidentKey>(openssh_8_3::kVersion, count, words);
  } else if (release == "8.4") {
    status = work<openssh_8_4::EnrollResponse, openssh_8_4::ResidentKey>(openssh_8_4::kVersion, count, words);
  } else if (release == "8.9") {
    status = work<openssh_8_9::EnrollResponse, openssh_8_9::ResidentKey>(openssh_8_9::kVersion, count, words);
  } else if (release == "9.1") {
    status = work<openssh_9_1::EnrollResponse, openssh_9_1::ResidentKey>(openssh_9_1::kVersion, count, words);
  } else {
    stop("no such release");
  }
  std::printf("status=%d\n", status);
  return 0;
}
