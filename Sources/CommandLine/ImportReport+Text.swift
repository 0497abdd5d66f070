import Foundation
import Kernel
import MLflowImport

extension ImportReport {
    private static let shownMax = 20

    /// The report for a person: both sides kind by kind, then what stays behind.
    func text(_ output: Output) -> String {
        var lines = [table.text(width: output.width, style: output.style)]
        // Names of files and addresses are those of whoever logged to MLflow.
        lines += notes.map(DisplayText.line)
        if !isPlan { lines.append(isEqual ? "Both sides are equal." : "The two sides differ.") }
        return lines.joined(separator: "\n")
    }

    private var table: Table {
        var columns = [Table.Column(title: "KIND"), Table.Column(title: "MLFLOW", isNumber: true)]
        if !isPlan {
            columns += [
                Table.Column(title: "MARTLET", isNumber: true), Table.Column(title: "EQUAL"),
                Table.Column(title: "DIGEST", isOptional: true),
            ]
        }
        let rows = comparisons.map { comparison in
            let digest = comparison.source.hexadecimal.prefix(12)
            let other = comparison.target.hexadecimal.prefix(12)
            let cells = [Table.Cell(comparison.kind.rawValue), Table.Cell(String(comparison.source.count))]
            guard !isPlan else { return cells }
            return cells + [
                Table.Cell(String(comparison.target.count)),
                Table.Cell(comparison.isEqual ? "✓" : "✗"),
                Table.Cell(comparison.isEqual ? String(digest) : "\(digest) ≠ \(other)"),
            ]
        }
        return Table(columns: columns, rows: rows)
    }

    private var notes: [String] {
        var notes = leftOut.map { item in
            let count = item.count == 0 ? "" : "\(item.count) "
            return "not brought over: \(count)\(item.name)"
        }
        notes += leftInPlace.map { item in
            "artifacts stay where they are: \(item.root) (\(item.count) runs, logged models and traces)"
        }
        if unfoundFolders > 0 {
            notes.append(
                "artifacts not brought over: those of \(unfoundFolders) runs, logged models and traces are on MLflow's "
                    + "server; say where, and import again: --artifact-root"
            )
        }
        if unsignedWebhooks > 0 {
            notes.append(
                "webhooks without their secret, disabled: \(unsignedWebhooks); MLflow seals secrets with a key of its "
                    + "own. Set each anew: martlet webhooks update ID --secret-file PATH --resume"
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
                ("webhooks_unsigned", .integer(Int64(unsignedWebhooks))),
                ("pins_pending", .integer(Int64(pendingPins))),
                ("unpinned", Self.counts(unpinned.map { ($0.reason, $0.count) })),
            ])
        )
    }

    private static func counts(_ counts: [(String, Int)]) -> JSON {
        .object(JSONObject(counts.map { ($0.0, .integer(Int64($0.1))) }))
    }
}
