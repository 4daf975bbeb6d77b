import NNKit
import Testing

/// SHA-256 against the examples of FIPS 180-4 and of other programs.
@Suite struct ChecksumTests {
  @Test(
    "gives the published digests",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func published(_ text: String, _ digest: String) { #expect(sha256(Array(text.utf8)) == digest) }

  @Test("a million times the letter a, and every length around a block's end")
  func lengths() {
    #expect(
      sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // sha256sum of so many letters x, joined, hashed again.
    let digests = (54...66).map { sha256([UInt8](repeating: UInt8(ascii: "x"), count: $0)) }.joined()
    #expect(sha256(Array(digests.utf8)) == "230bf7e0d8adf9b0a90fcc1a3290a2d63a7de667777c41660d5e62954bb98fc1")
  }
}
