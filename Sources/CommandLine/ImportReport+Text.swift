import Foundation
import Kernel
import MLflowImport

extension ImportReport {
    private static let shownMax = 20

    /// The report for a person: both sides kind by kind, then what stays behind.
    var table: String {
        var lines = [Self.line("kind", "MLflow", isPlan ? "" : "Martlet", isPlan ? "" : "digest", "")]
        for comparison in comparisons {
            let digest = comparison.source.hexadecimal.prefix(12)
            let other = comparison.target.hexadecimal.prefix(12)
            lines.append(
                Self.line(
                    comparison.kind.rawValue,
                    String(comparison.source.count),
                    isPlan ? "" : String(comparison.target.count),
                    isPlan ? "" : comparison.isEqual ? String(digest) : "\(digest) ≠ \(other)",
                    isPlan ? "" : comparison.isEqual ? "✓" : "✗"
                )
            )
        }
        lines += notes
        if !isPlan { lines.append(isEqual ? "Both sides are equal." : "The two sides differ.") }
        return lines.joined(separator: "\n")
    }

    private static func line(_ kind: String, _ source: String, _ target: String, _ digest: String, _ mark: String)
        -> String
    {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let columns = [
            kind.padding(toLength: 22, withPad: " ", startingAt: 0), right(source, 12), right(target, 12), " " + mark,
            digest,
        ]
        return columns.joined(separator: " ").trimmingCharacters(in: .whitespaces)
    }

    private var notes: [String] {
        var notes = leftOut.map { item in
            let count = item.count == 0 ? "" : "\(item.count) "
            return "not brought over: \(count)\(item.name)"
        }
        notes += leftInPlace.map { "artifacts stay where they are: \($0.root) (\($0.count) runs and logged models)" }
        if unfoundFolders > 0 {
            notes.append(
                "artifacts not brought over: those of \(unfoundFolders) runs and logged models are on MLflow's server; "
                    + "say where, and import again: --artifact-root"
            )
        }
        if pendingPins > 0 {
            notes.append(
                "model versions whose files stay where they are: \(pendingPins); the server reads and pins them when it "
                    + "runs, those below its --default-artifact-root and --artifact-roots"
            )
        }
        notes += unpinned.map { "model versions without a pin: \($0.count), \($0.reason)" }
        notes += refusedFiles.prefix(Self.shownMax).map { "artifact not brought over: \($0)" }
        if refusedFiles.count > Self.shownMax {
            notes.append("and \(refusedFiles.count - Self.shownMax) more artifacts not brought over")
        }
        return notes
    }

    /// The report for a program.
    var json: JSON {
        let kinds = comparisons.map { comparison in
            var object: [(String, JSON)] = [
                ("kind", .string(comparison.kind.rawValue)), ("source", .integer(Int64(comparison.source.count))),
            ]
            if !isPlan {
                object += [
                    ("target", .integer(Int64(comparison.target.count))),
                    ("source_digest", .string(comparison.source.hexadecimal)),
                    ("target_digest", .string(comparison.target.hexadecimal)),
                    ("equal", .boolean(comparison.isEqual)),
                ]
            }
            return JSON.object(JSONObject(object))
        }
        return JSON.object(
            JSONObject([
                ("dry_run", .boolean(isPlan)), ("equal", isPlan ? .null : .boolean(isEqual)), ("kinds", .array(kinds)),
                ("left_out", Self.counts(leftOut.map { ($0.name, $0.count) })),
                ("artifacts_in_place", Self.counts(leftInPlace.map { ($0.root, $0.count) })),
                ("artifacts_not_found", .integer(Int64(unfoundFolders))),
                ("artifacts_refused", .array(refusedFiles.map { .string($0) })),
                ("pins_pending", .integer(Int64(pendingPins))),
                ("unpinned", Self.counts(unpinned.map { ($0.reason, $0.count) })),
            ])
        )
    }

    private static func counts(_ counts: [(String, Int)]) -> JSON {
        .object(JSONObject(counts.map { ($0.0, .integer(Int64($0.1))) }))
    }
}
