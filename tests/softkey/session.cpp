#include "softkey/session.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"

namespace halligan::softkey {
namespace {

constexpr std::uint8_t kMaxLockSeconds = 10;

std::string_view option(std::optional<bool> value) { return !value ? "-" : *value ? "1" : "0"; }

/// A relying party's id is the client's text: on one line, without blanks.
std::string token(const std::string& text) {
  if (text.empty()) return "-";
  std::string safe;
  for (const char c : printable(text)) {
    if (c == ' ')
      safe += "\\x20";
    else
      safe += c;
  }
  return safe;
}

bool is(const HidMessage& message, Command command) {
  return !message.payload.empty() && message.payload[0] == static_cast<std::uint8_t>(command);
}

}  // namespace

std::string log_line(const Exchange& exchange, std::int64_t time_ms) {
  const Trace& trace = exchange.trace;
  return fmt::format(
      "time={} channel={:08x} hid={} ctap={} sub={} in={} out={} status={} up={} uv={} rk={} rp={}", time_ms,
      exchange.channel, name(exchange.command), trace.command, trace.subcommand, exchange.request_length,
      exchange.reply_length, exchange.status, option(trace.options.up), option(trace.options.uv),
      option(trace.options.rk), token(trace.rp_id));
}

void Session::initialized(std::uint32_t channel, std::size_t question, std::size_t answer) {
  hooks_.log({channel, HidCommand::kInit, question, answer, "0x00:OK", {}, false});
}

void Session::run() {
  while (const auto message = transport_.take()) work(*message);
}

void Session::work(const HidMessage& message) {
  Exchange exchange{message.channel, message.command, message.payload.size(), 0, {}, {}, false};
  ++requests_;
  if (how_.hang_after && requests_ > *how_.hang_after) {
    transport_.abandon();
    exchange.status = "silent";
  } else if (message.command == HidCommand::kPing) {
    reply(exchange, message.payload, "0x00:OK");
  } else if (message.command == HidCommand::kWink) {
    hooks_.wink();
    reply(exchange, {}, "0x00:OK");
  } else if (message.command == HidCommand::kLock) {
    if (message.payload[0] > kMaxLockSeconds) {
      fail(exchange, HidError::kInvalidParameter);
    } else {
      transport_.lock(message.channel, message.payload[0], env_.now_ms());
      reply(exchange, {}, "0x00:OK");
    }
  } else if (message.command == HidCommand::kMsg) {
    work_u2f(message, exchange);
  } else {
    work_cbor(message, exchange);
  }
  if (!exchange.logged) hooks_.log(exchange);
}

void Session::work_cbor(const HidMessage& message, Exchange& exchange) {
  const bool credential_use = is(message, Command::kMakeCredential) || is(message, Command::kGetAssertion);
  Bytes request = message.payload;
  if (credential_use && how_.endless_keepalive) {
    exchange.trace.command = command_name(request[0]);
    return never_answer(exchange);
  }
  if (how_.get_info_unknown && is(message, Command::kGetInfo)) {
    exchange.trace.command = command_name(request[0]);
    return fail(exchange, HidError::kInvalidCommand);
  }
  if (credential_use && how_.other_answer) request = {static_cast<std::uint8_t>(Command::kGetInfo)};
  Bytes answer = authenticator_.handle(request);
  exchange.trace = authenticator_.trace();
  std::string status = fmt::format("0x{:02x}:{}", answer[0], name(static_cast<Status>(answer[0])));
  const bool honest = is(message, Command::kGetInfo);
  if (!honest) answer = spoil(std::move(answer));
  if (how_.trailing_bytes && answer.size() > 1) answer.insert(answer.end(), {0xde, 0xad, 0xbe, 0xef});
  reply(exchange, answer, std::move(status), honest ? Misbehaviour() : how_);
}

void Session::work_u2f(const HidMessage& message, Exchange& exchange) {
  if (how_.endless_keepalive) return never_answer(exchange);
  Bytes answer = authenticator_.handle_u2f(message.payload);
  exchange.trace = authenticator_.trace();
  const auto word = static_cast<std::uint16_t>(answer[answer.size() - 2] << 8 | answer.back());
  const bool key_use = exchange.trace.command == "REGISTER" || exchange.trace.command == "AUTHENTICATE";
  if (key_use) answer = spoil_u2f(std::move(answer));
  reply(exchange, answer, fmt::format("0x{:04x}:{}", word, name(static_cast<StatusWord>(word))), how_);
}

void Session::never_answer(Exchange& exchange) {
  hooks_.stall();
  transport_.abandon();
  exchange.status = "silent";
}

Bytes Session::spoil_u2f(Bytes answer) const {
  if (how_.wrong_status) return {0x6f, 0x00};
  if (how_.short_answer) return {0x90};
  if (how_.never_touched) return {0x69, 0x85, 0x90, 0x00};
  if (how_.other_answer) {
    const Apdu version{0, static_cast<std::uint8_t>(U2fCommand::kVersion), 0, 0, {}, true, 65536};
    return authenticator_.handle_u2f(version.encode());
  }
  return answer;
}

Bytes Session::spoil(Bytes answer) const {
  if (answer.size() < 2) return answer;
  // 0x5f opens a byte string of indefinite length, 0xff would close it: no parser may like what is in
  // between.
  if (how_.garbage_cbor) return {answer[0], 0x5f, 0xde, 0xad, 0xbe, 0xef};
  if (how_.truncated_cbor) answer.resize(1 + answer.size() / 2);
  return answer;
}

void Session::reply(Exchange& exchange, ByteView payload, std::string status, const Misbehaviour& how) {
  if (transport_.aborted()) {
    exchange.status = "aborted";
    return;
  }
  exchange.status = std::move(status);
  exchange.reply_length = payload.size();
  log_before_answer(exchange);
  transport_.reply(exchange.command, payload, how);
}

void Session::fail(Exchange& exchange, HidError error) {
  exchange.status = fmt::format("error:{}", name(error));
  exchange.reply_length = 1;
  log_before_answer(exchange);
  transport_.fail(error);
}

// Whoever has seen an answer finds its line in the log: a test counts as soon as its client has ended.
void Session::log_before_answer(Exchange& exchange) {
  hooks_.log(exchange);
  exchange.logged = true;
}

}  // namespace halligan::softkey
