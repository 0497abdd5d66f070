import Foundation
import Martlet

/// A file on this machine that a command reads whole, or standard input.
struct InputFile {
    /// The file's path; `-` for standard input.
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// What a person calls it.
    var name: String { path == "-" ? "standard input" : path }

    /// Its bytes; of more than `limit`, that many or a little more.
    ///
    /// - Throws: ``ClientError`` of kind `file`.
    func bytes(upTo limit: Int) throws(ClientError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            let file =
                try path == "-" ? FileHandle.standardInput : FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            while bytes.count < limit, let piece = try file.read(upToCount: limit), !piece.isEmpty {
                bytes.append(contentsOf: piece)
            }
        } catch {
            throw ClientError(name, cannotBe: "read", error)
        }
        return bytes
    }
}
