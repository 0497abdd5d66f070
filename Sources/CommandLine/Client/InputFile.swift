import Foundation
import Kernel
import Martlet

/// A file on this machine that a command reads whole, or standard input.
struct InputFile {
    /// As much as a server takes; what people write is far smaller.
    private static let objectBytesMax = 64 << 20

    /// The file's path; `-` for standard input.
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// What a person calls it.
    var name: String { path == "-" ? "standard input" : path }

    /// The JSON object in it, which messages call `what`.
    ///
    /// - Throws: ``ClientError``: of kind `file` for a file that can't be read, `usage` for one that holds no object.
    func object(as what: String) throws(ClientError) -> JSONObject {
        let bytes = try bytes(upTo: Self.objectBytesMax + 1)
        guard bytes.count <= Self.objectBytesMax else {
            throw ClientError(.usage, "The \(what) in \(name) is larger than \(Self.objectBytesMax >> 20) MiB.")
        }
        let value: JSON
        do {
            value = try JSON.parse(bytes)
        } catch {
            throw ClientError(.usage, "The \(what) in \(name) is \(error).")
        }
        guard let object = value.objectValue else {
            throw ClientError(.usage, "The \(what) in \(name) must be an object, not \(value.kind).")
        }
        return object
    }

    /// Its bytes; of more than `limit`, the first so many.
    ///
    /// - Throws: ``ClientError`` of kind `file`.
    func bytes(upTo limit: Int) throws(ClientError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            let file =
                try path == "-" ? FileHandle.standardInput : FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            while bytes.count < limit, let piece = try file.read(upToCount: limit - bytes.count), !piece.isEmpty {
                bytes.append(contentsOf: piece)
            }
        } catch {
            throw ClientError(name, cannotBe: "read", error)
        }
        return bytes
    }
}
