import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Arbitrary, Effect, Schema } from "effect"
import { base64OfBytes } from "../plan/Base64Text.ts"
import { makeRedactor, type RedactedSecret, redactText } from "./Redaction.ts"

const secret = (name: string, text: string): RedactedSecret => ({ name, bytes: utf8ToBytes(text) })

/** What comes out when the bytes come in pieces of these lengths, over and over. */
const redacted = (
  secrets: ReadonlyArray<RedactedSecret>,
  bytes: Uint8Array,
  lengths: ReadonlyArray<number>
): Uint8Array => {
  const redactor = makeRedactor(secrets)
  const out: Array<number> = []
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % Math.max(1, lengths.length)] ?? bytes.length)
    out.push(...redactor.push(bytes.subarray(at, at + length)))
    at += length
  }
  out.push(...redactor.end())
  return Uint8Array.from(out)
}

const ascii = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")

/** Secrets and texts of few letters, so that they overlap, repeat and begin in each other. */
const letters = ["a", "b", "{", "\"", "\n", " ", "é", "\\", "/", "="] as const
const Letters = Schema.Array(Schema.Literals(letters))
const Small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
/** A piece of the text: letters, or one of the secrets, plain, in base64 or wrapped. */
const Piece = Schema.Union([Letters, Schema.Struct({ secret: Small, how: Small })])

const wrapped = (text: string, width: number): string => text.replaceAll(new RegExp(`(.{${width}})`, "gu"), "$1\n")

describe("makeRedactor", () => {
  it.effect.prop(
    "gives the same wherever the pieces are cut, and never a secret or its base64",
    {
      texts: Arbitrary.schema(Schema.Array(Letters)),
      pieces: Arbitrary.schema(Schema.Array(Piece)),
      lengths: Arbitrary.schema(Schema.Array(Small))
    },
    ({ lengths, pieces, texts }) =>
      Effect.sync(() => {
        const secrets = texts.slice(0, 4).map((text, index) => secret(`S${index}`, text.join("")))
        const bytes = Uint8Array.from(pieces.flatMap((piece) => {
          if (!("how" in piece)) return [...utf8ToBytes(piece.join(""))]
          const { bytes: found } = secrets[piece.secret % Math.max(1, secrets.length)] ?? secret("", "ab")
          const shifted = base64OfBytes(Uint8Array.of(...utf8ToBytes("xyz".slice(piece.how % 3)), ...found, 1, 2, 3))
          return [
            ...(piece.how < 4
              ? found
              : utf8ToBytes(piece.how < 7 ? shifted : wrapped(shifted.replaceAll("+", "-").replaceAll("/", "_"), 5)))
          ]
        }))
        const whole = redacted(secrets, bytes, [])
        assert.deepStrictEqual(redacted(secrets, bytes, lengths), whole)
        assert.deepStrictEqual(redacted(secrets, bytes, [1]), whole)
        const out = ascii(whole)
        for (const { bytes: found } of secrets.filter((one) => one.bytes.length >= 4)) {
          assert.notInclude(out, ascii(found))
          const inner = base64OfBytes(found).slice(0, Math.floor(found.length * 8 / 6))
          assert.notInclude(out.replaceAll("\n", ""), inner)
        }
      }),
    { arbitrary: { runs: 500 } }
  )

  it("lets everything through as it is when there is no secret in it", () => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index % 256)
    assert.deepStrictEqual(redacted([], bytes, [7]), bytes)
    assert.deepStrictEqual(redacted([secret("token", "hunter2hunter2")], bytes, [7]), bytes)
  })

  it("holds back no more than what may be the beginning of a secret", () => {
    const redactor = makeRedactor([secret("token", "hunter2")])
    assert.strictEqual(
      ascii(redactor.push(utf8ToBytes("a long line without an end, hun"))),
      "a long line without an end, "
    )
    assert.strictEqual(ascii(redactor.push(utf8ToBytes("ger"))), "hunger")
    assert.strictEqual(ascii(redactor.push(utf8ToBytes("hunter"))), "")
    assert.strictEqual(ascii(redactor.end()), "hunter")
  })

  it("takes the longest of secrets that begin with each other", () => {
    const secrets = [secret("short", "hunter2"), secret("long", "hunter2hunter3")]
    assert.strictEqual(
      redactText(secrets, "hunter2 hunter2hunter3 hunter2hunter2"),
      "<secret:short> <secret:long> <secret:short><secret:short>"
    )
  })

  it("has a mark that tells no secret", () => {
    assert.strictEqual(redactText([secret("hunter2", "hunter2")], "is hunter2"), "is ***")
  })
})

describe("redactText", () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
  const json = JSON.stringify({ type: "service", login: { password: "pa\"ss/wörd", port: 5432, user: "bob" } }, null, 2)
  const cases: ReadonlyArray<readonly [what: string, value: string, text: string, expected: string]> = [
    ["a value without the line end of its file", "s3cr3t\n", "is s3cr3t!", "is <secret:X>!"],
    ["each line of a key", pem, "got MIIEvQIBADANBgkq and hkiG9w0BAQEFAASC", "got <secret:X> and <secret:X>"],
    ["but not the frame of a key", pem, "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"],
    ["nor the brackets of JSON", json, "{\n  }\n}", "{\n  }\n}"],
    ["the values of JSON", json, "password pa\"ss/wörd, user bob", "password <secret:X>, user bob"],
    ["what JSON escapes", "a\"b\\c\n\td", "{\"it\":\"a\\\"b\\\\c\\n\\td\"}", "{\"it\":\"<secret:X>\"}"],
    [
      "what URLs escape",
      "p@ss w/rd",
      "https://me:p%40ss%20w%2Frd@host p%40ss+w%2frd",
      "https://me:<secret:X>@host <secret:X>"
    ],
    ["a setting", "export PASSWORD=\"hunter2\"\nUSER=bob\n", "it is hunter2 of bob", "it is <secret:X> of bob"],
    ["base64", "hunter2", "aHVudGVyMg== aHVudGVyMg", "<secret:X> <secret:X>"],
    ["nothing too short to be a secret", "abc", "abc", "abc"]
  ]
  for (const [what, value, text, expected] of cases) {
    it(`finds ${what}`, () => {
      assert.strictEqual(redactText([secret("X", value)], text), expected)
    })
  }

  it("finds base64 wrapped at any column, and that of a text around it", () => {
    const value = "correct horse battery staple, and more than one line of base64 has room for: 0123456789"
    for (const before of ["", "x", "xy", "user:"]) {
      for (const width of [64, 76, 10]) {
        for (const lineEnd of ["\n", "\r\n", "\n    ", "\\n"]) {
          const text = wrapped(base64OfBytes(utf8ToBytes(`${before}${value} after`)), width).replaceAll("\n", lineEnd)
          const out = redactText([secret("X", value)], text)
          assert.include(out, "<secret:X>")
          assert.isBelow(out.length, 40 + lineEnd.length * 4)
        }
      }
    }
  })

  it("finds bytes that are no text", () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xfe, 0x80, 0x41)
    const out = redacted([{ name: "X", bytes }], Uint8Array.of(1, ...bytes, 2), [2])
    assert.strictEqual(ascii(out), "\u0001<secret:X>\u0002")
  })
})
