// A code that two people compare over the telephone, so that nobody between them can exchange the request.
//
// Who carries the request can replace it by one of their own making, with their own key in it. Both sides
// then have different requests, and the code has to differ. The attacker may choose a nonce, a reason and a
// key at will, so every try at a request with the same code is a second preimage search: 2^n tries for n
// bits, within the time that the request stays fresh (an hour by default). At 2^64 a rented farm of ten
// thousand graphics cards (10^10 hashes a second each) comes within days of it; 80 bits are 2^16 times that,
// which is thousands of years. Collisions do not help: one of the two requests is made by the honest
// colleague's program, with 32 random bytes in it. The code covers the proof as well, so that a try also
// costs a signature and not only a hash.
//
// 80 bits are 16 characters of 32: four groups of four, which is about as much as people read out without
// losing their place. The alphabet is Crockford's (no I, L, O, U; what sounds or looks like 1 and 0 is taken
// for it). People who only look compare the first group and the last, which is 40 bits and within anybody's
// reach: so the side that decides can type what it hears (--code), and a program compares all of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "request/format.hpp"

namespace halligan::request {

/// "7QK2-M0XN-9D4T-HRWC", of the request and its proof; co-signatures do not change it.
std::string voice_code(const SignedRequest& request);

/// A typed code in the form of voice_code(): case, blanks and hyphens do not matter; O is 0, I and L are 1.
/// @errors kUsage (not 16 characters of the alphabet)
Result<std::string> parse_voice_code(std::string_view typed);

}  // namespace halligan::request
