import Artifacts
import Database
import Kernel
import NIOCore
import ObjectStore
import Tracking

/// The copying of traces. What is told of them goes into tables; spans become the file in which MLflow's clients look
/// for them, beside what else a trace has for artifacts.
extension MLflowImporter {
    /// The file of spans, as MLflow's clients name it.
    static let spansFile = "traces.json"
    private static let foldersAtOnce = 100

    func copyTraces() async throws {
        let (source, tracking, store) = (source, target.tracking, store)
        try await copy(.traces, source.tables.traces, limit: MLflowSource.tracesAtOnce) { rows in
            let traces = try await source.traces(rows)
            let runs = try await source.runs(ofTraces: rows)
            let folders = traces.compactMap { target.ownFolder($0.artifactURI) }
            return { connection in
                try tracking.admit(traces, in: folders, on: connection)
                try tracking.admit(runs, on: connection)
                try store.note(.trace, traces.map(\.id.text), on: connection)
            }
        }
    }

    /// Writes the spans that MLflow's database holds, a file for each trace; one that is there already is written again
    /// when spans have come to it since.
    func copySpans() async throws {
        let name = ImportKind.spans.rawValue
        guard let table = source.tables.traces, let start = try await cursor(name) else { return }
        var count = 0
        let reader = SourceReader(database: source.database, table: table)
        try await reader.forEachPage(after: start, limit: Self.foldersAtOnce) { rows in
            guard let last = rows.last else { return }
            for row in rows where try source.hasSpans(row) {
                count += try await copySpans(ofTraceIn: row)
                report(Progress(step: name, count: count))
            }
            try await target.database.write { [store] connection in
                try store.setCursor(name, SourceCursor(after: table.key(of: last)), on: connection)
            }
        }
        try await target.database.write { [store] in try store.setCursor(name, nil, on: $0) }
    }

    /// Where the spans of the trace in `row` are to lie; nil when its id can't be the name of a folder.
    func spansKey(_ row: SourceRow) throws -> ObjectKey? {
        guard let folder = target.ownFolder(try source.traceFolder(row)) else { return nil }
        return try folder.appending(Self.spansFile)
    }

    private func copySpans(ofTraceIn row: SourceRow) async throws -> Int {
        guard let key = try spansKey(row) else { return 0 }
        let spans = try await source.spans(of: try row.text(0))
        let buffer = ByteBuffer(string: "{\"spans\": [" + spans.joined(separator: ", ") + "]}")
        let size = Int64(buffer.readableBytes)
        guard try await sizeOfFile(at: key) != size else { return spans.count }
        let body = AsyncStream(ByteBuffer.self) { stream in
            stream.yield(buffer)
            stream.finish()
        }
        try await target.artifacts.put(key, from: body, expectedLength: size)
        return spans.count
    }

    private func sizeOfFile(at key: ObjectKey) async throws -> Int64? {
        do {
            return try await target.artifacts.objects.open(key).size
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return nil
        }
    }
}
