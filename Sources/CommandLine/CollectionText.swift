import Kernel
import Server

/// The report of a collection, for a person and for programs.
enum CollectionText {
    /// A few sentences, and tables of what stays.
    static func text(_ report: CollectionReport, _ output: Output) -> String {
        let counts = [
            (report.runs.count, "run"), (report.loggedModels.count, "logged model"),
            (report.traces.count, "trace"), (report.experiments.count, "experiment"),
            (report.orphans.count, "folder without an owner"),
        ]
        let gone = counts.filter { $0.0 > 0 }.map { "\($0.0) \(plural($0.1, $0.0))" }
        let files =
            "\(report.fileCount) \(plural("file", report.fileCount)) of "
            + Readable.size(report.byteCount)
        let verb = report.isDryRun ? "Would remove" : "Removed"
        var details = Details()
        details.add(verb, gone.isEmpty ? "nothing that is deleted" : gone.joined(separator: ", "))
        if report.fileCount > 0 { details.add("Artifacts", files) }
        if report.uncountedFolders > 0 { details.add("Folders not counted", String(report.uncountedFolders)) }
        if report.hasUnfinishedWork { details.add("Left over", "what an interrupted collection removed only in part") }
        if report.unfinishedUploads > 0 { details.add("Unfinished uploads", String(report.unfinishedUploads)) }
        if report.missing.count > 0 { details.add("Not there", report.missing.ids.joined(separator: ", ")) }
        details.add(heading("Kept", report.kept), table(report.kept, "BECAUSE"))
        details.add(heading("Files that the server does not keep", report.elsewhere), table(report.elsewhere, "AT"))
        return details.text(width: output.width, style: output.style)
    }

    /// One document; lists hold at most a thousand, counts are of all.
    static func json(_ report: CollectionReport) -> JSON {
        [
            "dry_run": .boolean(report.isDryRun),
            "runs": things(report.runs),
            "logged_models": things(report.loggedModels),
            "traces": things(report.traces),
            "experiments": things(report.experiments),
            "orphans": things(report.orphans),
            "artifacts": [
                "files": .integer(Int64(report.fileCount)), "bytes": .integer(report.byteCount),
            ],
            "uncounted_folders": .integer(Int64(report.uncountedFolders)),
            "unfinished_uploads": .integer(Int64(report.unfinishedUploads)),
            "unfinished_work": .boolean(report.hasUnfinishedWork),
            "kept": remainders(report.kept, "reason"),
            "elsewhere": remainders(report.elsewhere, "artifact_uri"),
            "missing": things(report.missing),
        ]
    }

    private static func plural(_ noun: String, _ count: Int) -> String {
        guard count != 1 else { return noun }
        return noun.hasPrefix("folder") ? "folders without an owner" : noun + "s"
    }

    private static func heading(_ text: String, _ remainders: CollectionReport.Remainders) -> String {
        let isCut = remainders.count > remainders.items.count
        return "\(text) (\(remainders.count)\(isCut ? ", the first \(remainders.items.count)" : ""))"
    }

    private static func table(_ remainders: CollectionReport.Remainders, _ last: String) -> Table {
        Table(
            columns: [.init(title: "KIND"), .init(title: "ID"), .init(title: last, isFlexible: true)],
            rows: remainders.items.map { item in
                [.init(item.kind.replacing("_", with: " ")), .init(item.id), .init(item.reason)]
            }
        )
    }

    private static func things(_ things: CollectionReport.Things) -> JSON {
        ["count": .integer(Int64(things.count)), "ids": .array(things.ids.map { .string($0) })]
    }

    private static func remainders(_ remainders: CollectionReport.Remainders, _ last: String) -> JSON {
        let items = remainders.items.map { item in
            JSON.object(["kind": .string(item.kind), "id": .string(item.id), last: .string(item.reason)])
        }
        return ["count": .integer(Int64(remainders.count)), "items": .array(items)]
    }
}
