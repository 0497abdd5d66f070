import Foundation
import Glibc
import Kernel

/// The key under which secrets lie in the database: given in the environment, or made once in the data folder.
enum SecretKey {
    /// The environment's variable: 64 hexadecimal characters.
    static let variable = "MARTLET_SECRET_KEY"

    /// The key that `environment` gives, else the one in `directory`, made when there is none.
    ///
    /// - Throws: ``StartupError`` when the key is none, or its file can't be read or written.
    static func load(_ environment: [String: String], in directory: DataDirectory) throws -> SecretBox {
        if let text = environment[variable] {
            guard let key = bytes(text) else {
                throw StartupError("\(variable) must be \(2 * SecretBox.keyBytes) hexadecimal characters.")
            }
            return SecretBox(key: key)
        }
        let path = directory.secretKeyPath
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            guard let key = bytes(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw StartupError(
                    "The file '\(path)' holds no key. Put back what it held, or delete it: secrets that were kept under "
                        + "it must then be set anew."
                )
            }
            return SecretBox(key: key)
        }
        return SecretBox(key: try make(at: path))
    }

    private static func make(at path: String) throws -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let text = Hexadecimal.random(using: &generator) + Hexadecimal.random(using: &generator)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        let written = Array((text + "\n").utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        // A secret sealed under a key that a power cut took away would be lost.
        guard written == text.utf8.count + 1, fsync(file) == 0, let key = bytes(text) else {
            unlink(path)
            throw failure(path)
        }
        guard syncFolder(of: path) else { throw failure(path) }
        return key
    }

    /// Has the disk keep the name of a new file; answers whether it does.
    private static func syncFolder(of path: String) -> Bool {
        let folder = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/", O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }

    private static func failure(_ path: String) -> StartupError {
        StartupError("The key of secrets can't be written to '\(path)': \(String(cString: strerror(errno))).")
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        // A number may be written with a sign, a key may not.
        let isPlain = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        guard digits.count == 2 * SecretBox.keyBytes, isPlain else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
