import Glibc
import Inference
import Kernel

// The descriptor is opened in `init` and closed in `deinit`, which also lets go of the lock.

/// What a batch has done so far, a line of JSON for each part: whoever finds it goes on after the last whole line.
final class BatchJournal {
    /// A part of the output.
    struct Part: Hashable, Sendable {
        /// The rows that were read for it.
        let rows: Int
        /// The rows that it has; without any there is no file.
        let written: Int
        /// The rows that could not be predicted.
        let failed: Int
        /// Its columns.
        let columns: [String]
    }

    /// What the journal is about.
    let identity: JSONObject
    /// The parts that are done, in their order.
    private(set) var parts: [Part] = []
    private let path: String
    private let descriptor: Int32

    /// The journal at `path` of a batch that is what `identity` says; a new one where there is none that had begun, or
    /// where `restarts` says so.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when another run holds it, or it is of another batch.
    init(_ path: String, of identity: JSONObject, restarts: Bool) throws {
        self.path = path
        self.identity = identity
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DurableFile.failure(path, "be opened") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw MartletError(.resourceConflict, "Another run is at work on the same output; its journal is \(path).")
        }
        let lines: (records: [JSONObject], bytes: Int) = restarts ? ([], 0) : try Self.lines(path)
        guard let first = lines.records.first else {
            guard ftruncate(descriptor, 0) == 0 else { throw DurableFile.failure(path, "be written") }
            try append(identity)
            try DurableFile.syncName(of: path)
            return
        }
        try Self.check(first, identity, path)
        parts = try lines.records.dropFirst().map { try Part($0, path) }
        // What was torn goes, so that the next line begins a line.
        guard ftruncate(descriptor, off_t(lines.bytes)) == 0 else { throw DurableFile.failure(path, "be written") }
    }

    deinit {
        close(descriptor)
    }

    /// The rows of the input that are done.
    var rows: Int { parts.reduce(0) { $0 + $1.rows } }
    /// The rows of the output that are done.
    var written: Int { parts.reduce(0) { $0 + $1.written } }
    /// The rows that could not be predicted.
    var failed: Int { parts.reduce(0) { $0 + $1.failed } }
    /// How many rows fit memory at once: those of the smallest part, but for the last, which ends where the rows do.
    var rowGroupRowsMax: Int { parts.dropLast().map(\.rows).min() ?? BatchParts.rowsWanted }
    /// The output's columns as far as they are known: a part without a single prediction has not all of them.
    var columns: [String] { parts.map(\.columns).max { $0.count < $1.count } ?? [] }

    /// Writes down a part whose file is on the disk.
    ///
    /// - Throws: `INTERNAL_ERROR`.
    func append(_ part: Part) throws {
        try append(part.json)
        parts.append(part)
    }

    private func append(_ record: JSONObject) throws {
        try DurableFile.write(Array((JSON.object(record).canonicalText + "\n").utf8), to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw DurableFile.failure(path, "be written") }
    }

    /// The whole lines of the file, as far as they are JSON, and the bytes that they take.
    ///
    /// - Throws: `INTERNAL_ERROR` when it can't be read to its end; `CancellationError`.
    private static func lines(_ path: String) throws -> (records: [JSONObject], bytes: Int) {
        var content: [UInt8] = []
        _ = try DurableFile.content(of: path, StopFlag()) { content.append(contentsOf: $0) }
        var (records, bytes): ([JSONObject], Int) = ([], 0)
        while let end = content[bytes...].firstIndex(of: 0x0A) {
            guard let record = (try? JSON.parse(content[bytes..<end]))?.objectValue else { break }
            records.append(record)
            bytes = end + 1
        }
        return (records, bytes)
    }

    private static func check(_ found: JSONObject, _ wanted: JSONObject, _ path: String) throws {
        let changed = wanted.members.filter { found[$0.name] != $0.value }.map(\.name)
        guard let first = changed.first else { return }
        throw MartletError(
            .resourceConflict,
            "The run that \(path) is about was another: its \(changed.joined(separator: ", ")) differ"
                + "\(changed.count == 1 ? "s" : "") (\(first) was \((found[first] ?? .null).canonicalText), is"
                + " \((wanted[first] ?? .null).canonicalText)). Run the same again, or begin anew with --restart."
        )
    }
}

extension BatchJournal.Part {
    fileprivate var json: JSONObject {
        [
            "rows": .integer(Int64(rows)), "written": .integer(Int64(written)), "failed": .integer(Int64(failed)),
            "columns": .array(columns.map { .string($0) }),
        ]
    }

    fileprivate init(_ json: JSONObject, _ path: String) throws {
        func number(_ name: String) -> Int? { json[name]?.integerValue.flatMap { Int(exactly: $0) } }
        guard let rows = number("rows"), let written = number("written"), let failed = number("failed"),
            let columns = json["columns"]?.arrayValue?.compactMap(\.stringValue)
        else {
            throw MartletError(.resourceConflict, "\(path) is no journal of a batch. Begin anew with --restart.")
        }
        self.init(rows: rows, written: written, failed: failed, columns: columns)
    }
}
