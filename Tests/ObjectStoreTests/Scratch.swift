import FoundationEssentials
import Glibc
import Kernel
import NIOCore
import ObjectStore

/// A folder for one test, removed with all that is in it when the test lets go of it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path())object-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ScratchError.system(errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }

    /// The root of a store in this folder, not yet there.
    var root: String { path + "/artifacts" }

    /// Writes a file beside or in the store, not through it.
    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(file)"))
    }

    func link(_ file: String, to target: String) throws {
        guard symlink(target, "\(path)/\(file)") == 0 else { throw ScratchError.system(errno) }
    }

    /// The names in a folder of the store, its own folder for uploads included.
    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }
}

enum ScratchError: Error {
    case system(Int32)
    case bodyBroke
}

/// A body of `count` buffers of `size` bytes, each filled with its number; it breaks after `breaksAfter` of them.
struct Body: AsyncSequence, Sendable {
    var count: Int
    var size: Int
    var fill: UInt8?
    var breaksAfter: Int = .max

    struct Iterator: AsyncIteratorProtocol {
        let body: Body
        var index = 0

        mutating func next() async throws -> ByteBuffer? {
            if index == body.breaksAfter { throw ScratchError.bodyBroke }
            guard index < body.count else { return nil }
            defer { index += 1 }
            return ByteBuffer(repeating: body.fill ?? UInt8(truncatingIfNeeded: index), count: body.size)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }
}

extension ObjectStore {
    @discardableResult
    func put(_ key: String, text: String) async throws -> StoredObject {
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
        return try await put(ObjectKey(key), from: body, expectedLength: Int64(text.utf8.count))
    }

    func text(_ key: String, _ range: Range<Int64>? = nil) async throws -> String {
        var all = ByteBuffer()
        for try await buffer in try await open(ObjectKey(key)).read(range) { all.writeImmutableBuffer(buffer) }
        return String(buffer: all)
    }
}

/// Bytes of memory that the process has in use.
func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return (Int(text.split(separator: " ")[1]) ?? 0) * Int(getpagesize())
}
