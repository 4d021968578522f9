// An authenticator that this project did not write, npm's nid-webauthn-emulator (CTAP 2.0), behind two pipes: one request
// a line, in hexadecimal (command byte and CBOR), one answer a line (status byte and CBOR).
//
// node authenticator.js FOLDER, where FOLDER has the node_modules.
"use strict";

const crypto = require("node:crypto");
const path = require("node:path");
const readline = require("node:readline");

const modules = path.join(path.resolve(process.argv[2]), "node_modules");
const cbor = require(path.join(modules, "cbor"));
const { AuthenticatorEmulator, PasskeysCredentialsMemoryRepository } = require(path.join(modules, "nid-webauthn-emulator"));

const MAKE_CREDENTIAL = 0x01;
const OTHER_ERROR = 0x7f;
const ES256 = -7;
const EDDSA = -8;

const repository = new PasskeysCredentialsMemoryRepository();
// What happened is what was asked for: a touch unless up is false, and nobody is verified.
const interaction = (user, options) => ({ user, options: { up: options?.up !== false, uv: false } });
const authenticator = new AuthenticatorEmulator({
  credentialsRepository: repository,
  verifications: { userPresent: true, userVerified: false },
  userMakeCredentialInteraction: interaction,
  userGetAssertionInteraction: interaction,
});

// CTAP's CBOR is canonical and has no `undefined`; its outer maps have integers for keys.
function plain(value, outer = false) {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value === null || typeof value !== "object") return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return new Map(entries.filter(([, item]) => item !== undefined)
    .map(([key, item]) => [outer ? Number(key) : key, plain(item)]));
}

// ssh-keygen before 10.0 refuses "none": packed self attestation, WebAuthn section 8.2.
function attest(answer, request) {
  const { privateKey } = repository.loadCredentials().at(-1).publicKeyCredentialSource;
  const key = crypto.createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
  const elliptic = key.asymmetricKeyType === "ec";
  const hash = cbor.decodeFirstSync(request).get(1);
  const signature = crypto.sign(elliptic ? "sha256" : null, Buffer.concat([answer.get(2), hash]), key);
  answer.set(1, "packed");
  answer.set(3, new Map([["alg", elliptic ? ES256 : EDDSA], ["sig", signature]]));
}

function answer(request) {
  const [command, body] = [request[0], request.subarray(1)];
  try {
    const { status, data } = authenticator.command({ command, data: body.length > 0 ? body : undefined });
    if (data === undefined) return Buffer.from([status]);
    const decoded = plain(cbor.decodeFirstSync(Buffer.from(data)), true);
    if (command === MAKE_CREDENTIAL) attest(decoded, body);
    return Buffer.concat([Buffer.from([status]), cbor.encodeCanonical(decoded)]);
  } catch (error) {
    if (error.status === undefined) console.error(error);
    return Buffer.from([error.status ?? OTHER_ERROR]);
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(answer(Buffer.from(line, "hex")).toString("hex") + "\n");
});
