import Artifacts
import Database
import Kernel
import NIOCore
import ObjectStore
import Tracking

/// The reading of traces on both sides.
extension MLflowImporter {
    private static let foldersAtOnce = 100

    func readTraces(into digests: inout Digests) async throws {
        guard let table = source.tables.traces else { return }
        var found = TraceDigests()
        var spans = RowDigest()
        let reader = SourceReader(database: source.database, table: table)
        try await reader.forEachPage(limit: MLflowSource.tracesAtOnce) { rows in
            for trace in try await source.traces(rows) { found.add(trace) }
            for link in try await source.runs(ofTraces: rows) { found.add(link) }
            for row in rows where try source.hasSpans(row) {
                let id = try row.plainText(0)
                for span in try await source.spans(of: try row.text(0)) {
                    // What is no JSON is on no other side, for clients could not read the file that held it.
                    let text = (try? JSON.parse(span.utf8, nonFinite: .accept))?.text ?? span
                    spans.add(CanonicalRow(id, text))
                }
            }
            report(Progress(step: "comparing \(ImportKind.traces.rawValue)", count: found.traces.count))
        }
        found.merge(into: &digests)
        digests[.spans] = spans
    }

    func readTargetTraces(into digests: inout Digests) async throws {
        var found = TraceDigests()
        try await forEachBrought(.trace) { ids in
            let ids = ids.map { TraceID($0) }
            let (traces, runs) = try await target.database.read { [tracking = target.tracking] connection in
                (try tracking.traces(ids, on: connection), try tracking.runs(ofTraces: ids, on: connection))
            }
            for trace in traces { found.add(trace) }
            for link in runs { found.add(link) }
        }
        found.merge(into: &digests)
        try await readTargetSpans(into: &digests)
    }

    /// Reads the files that were written of the spans in MLflow's database; other spans are files on both sides.
    private func readTargetSpans(into digests: inout Digests) async throws {
        guard let table = source.tables.traces else { return }
        var digest = RowDigest()
        let reader = SourceReader(database: source.database, table: table)
        try await reader.forEachPage(limit: Self.foldersAtOnce) { rows in
            for row in rows where try source.hasSpans(row) {
                let id = try row.plainText(0)
                for span in try await targetSpans(ofTraceIn: row) { digest.add(CanonicalRow(id, span.text)) }
            }
        }
        digests[.spans] = digest
    }

    private func targetSpans(ofTraceIn row: SourceRow) async throws -> [JSON] {
        guard let key = try spansKey(row) else { return [] }
        do {
            var bytes: [UInt8] = []
            for try await buffer in try await target.artifacts.objects.open(key).read() {
                bytes += buffer.readableBytesView
            }
            return try JSON.parse(bytes, nonFinite: .accept).objectValue?["spans"]?.arrayValue ?? []
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return []
        } catch is JSONSyntaxError {
            return []
        }
    }
}

/// What is compared of traces.
private struct TraceDigests {
    private(set) var traces = RowDigest()
    private var tags = RowDigest()
    private var metadata = RowDigest()
    private var assessments = RowDigest()
    private var runs = RowDigest()

    mutating func add(_ trace: Trace) {
        traces.add(CanonicalRow(trace))
        for tag in trace.tags { tags.add(CanonicalRow(trace.id, tag)) }
        for item in trace.metadata { metadata.add(CanonicalRow(trace.id, item)) }
        for assessment in trace.assessments { assessments.add(CanonicalRow(trace.id, assessment)) }
    }

    mutating func add(_ link: Owned<TraceID, RunID>) {
        runs.add(CanonicalRow(link.owner.text, link.value.text))
    }

    func merge(into digests: inout MLflowImporter.Digests) {
        digests[.traces] = traces
        digests[.traceTags] = tags
        digests[.traceMetadata] = metadata
        digests[.assessments] = assessments
        digests[.traceRuns] = runs
    }
}
